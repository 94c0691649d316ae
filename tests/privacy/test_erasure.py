"""Who asks to be forgotten is: out of every table, out of the file, out of mailings under way, for good."""

import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from rtesmail.audience import consent
from rtesmail.audience.erased import erased_at
from rtesmail.audience.imports import RowStatus, import_file
from rtesmail.audience.subscribers import audience_of, get_person
from rtesmail.audience.suppression import is_suppressed, resubscribe, suppress
from rtesmail.delivery.certificates.certificate import account_of
from rtesmail.delivery.certificates.certifying import certificate_text, sign_account, verify_certificate
from rtesmail.delivery.certificates.files import keep_files
from rtesmail.model.consent import ConsentKind
from rtesmail.model.errors import RefusedError, StoppedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, MailingState
from rtesmail.privacy.erasure import erase_person
from rtesmail.privacy.sweeping import needs_sweep
from rtesmail.privacy.tables import IMPERSONAL, personal_tables

from ..delivery.conftest import ISSUE, START, Post, Script

ADDRESS = "p003@example.org"
BY = "Une Déléguée"


def bytes_of(store: Database, folder: Path) -> bytes:
    """Everything that the database's files hold, whatever part of them."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("rtesmail.db*")))


def everything(store: Database) -> str:
    """Every value of every table, as text."""
    return "\n".join(
        str(value) for table in store.table_names() for row in store.table(table).rows for value in row.values()
    )


def refused_once(post: Post, script: Script) -> None:
    """A finished mailing in which servers quoted the person at the first attempt and at the second."""
    script.behaviour = {
        ADDRESS: [f"450 4.2.1 <{ADDRESS}> Personne 3 is busy, p003", "550 5.1.1 <P003@Example.org> p003 is gone"],
        "p004@example.org": ["550 5.1.1 <p004@example.org>: p004 is unknown"],
    }
    post.send()
    post.watch.move(hours=1)
    assert post.send().mailing.state is MailingState.FINISHED
    assert post.states()[ADDRESS] == "refused"


def test_every_table_and_column_of_the_database_is_on_the_map(post: Post) -> None:
    mapped = {table.name: set(table.columns) for table in personal_tables()}
    in_store = {name for name in post.store.table_names() if not name.startswith("sqlite_")}
    assert in_store - IMPERSONAL == set(mapped), "say in privacy/tables.py what the table holds on whom"
    for name, columns in mapped.items():
        found = {row["name"] for row in post.store.conn.execute(f"PRAGMA table_info({name})")}
        assert found == columns, f"say in privacy/tables.py what the columns of {name} hold"
    assert in_store >= IMPERSONAL


def test_nothing_of_an_erased_person_is_left_in_the_database_or_its_file(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    post.store.conn.execute(
        "UPDATE subscribers SET organisation = 'Ville de Nulle-Part', role = 'maire de Nulle-Part' WHERE id = 3"
    )
    consent.record(
        post.store,
        ADDRESS,
        ConsentKind.CONFIRMED,
        source="Personne 3, by phone",
        now=START,
        wording="I want the letter",
        ip="192.0.2.77",
    )
    refused_once(post, script)
    suppress(post.store, ADDRESS, "complained", source=f"complaint of {ADDRESS}", now=START)
    folder = post.workspace.database.parent
    assert b"p003" in bytes_of(post.store, folder)
    done = erase_person(post.store, post.workspace, " P003@Example.ORG ", by=BY, now=post.watch)
    assert done.is_swept
    for trace in ("p003", "Personne 3", "Nulle-Part", "192.0.2.77"):
        assert trace.lower() not in everything(post.store).lower()
        assert trace.lower().encode() not in bytes_of(post.store, folder).lower()
    assert "p004" in everything(post.store), "only one person was erased"
    assert post.store.conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_the_ledger_and_the_journal_still_count_who_was_erased(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    refused_once(post, script)
    suppress(post.store, ADDRESS, "unsubscribed", source="a call", now=START)
    counted = "SELECT COUNT(*), COUNT(DISTINCT email_key) FROM deliveries"
    before = tuple(post.store.conn.execute(counted).fetchone())
    totals = account_of(post.store, ISSUE, "abonnes").totals
    erase_person(post.store, post.workspace, ADDRESS, by=BY, now=post.watch)
    assert tuple(post.store.conn.execute(counted).fetchone()) == before
    assert account_of(post.store, ISSUE, "abonnes").totals == totals
    events = post.store.execute("SELECT event, email_key FROM consent_events ORDER BY id").fetchall()
    assert [tuple(row) for row in events] == [("unsubscribed", "erased:1"), ("erased", "erased:1")]
    assert tuple(post.store.execute("SELECT reason, erased_by, door FROM erasures").fetchone()) == ("request", BY, None)


def test_a_certificate_signed_before_an_erasure_says_so_and_still_shows_any_other_change(
    mailed: tuple[Post, Script], tmp_path: Path
) -> None:
    post, script = mailed
    refused_once(post, script)
    account = account_of(post.store, ISSUE, "abonnes")
    before = tmp_path / "before.json"
    keep_files({before: certificate_text(sign_account(post.workspace, account, by="Claire", now=post.watch()))})
    assert verify_certificate(post.store, post.workspace, before)["erased_since"] == 0
    post.watch.move(hours=1)
    erase_person(post.store, post.workspace, ADDRESS, by=BY, now=post.watch)
    assert verify_certificate(post.store, post.workspace, before)["erased_since"] == 1
    post.watch.move(hours=1)
    after = tmp_path / "after.json"
    again = account_of(post.store, ISSUE, "abonnes")
    assert again.refusals == account.refusals
    keep_files({after: certificate_text(sign_account(post.workspace, again, by="Claire", now=post.watch()))})
    assert verify_certificate(post.store, post.workspace, after)["erased_since"] == 0
    post.store.conn.execute("UPDATE deliveries SET transport = 'another' WHERE id = 7")
    with pytest.raises(RefusedError, match="has changed"):
        verify_certificate(post.store, post.workspace, before)


def test_who_is_erased_in_the_middle_of_a_mailing_gets_nothing_and_is_counted(post: Post) -> None:
    post.send(limit=4)
    assert post.states()["p008@example.org"] == "pending"
    done = erase_person(post.store, post.workspace, "p008@example.org", by=BY, now=post.watch)
    assert done.skipped == 1
    report = post.send()
    assert report.mailing.state is MailingState.FINISHED
    assert report.totals.of(DeliveryState.ACCEPTED) == 9
    assert report.totals.of(DeliveryState.SKIPPED) == 1
    assert len(list((post.workspace.root / "outbox").glob("*.eml"))) == 9


def test_who_was_put_off_by_a_server_is_let_go_too(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.behaviour = {ADDRESS: [f"450 4.2.0 {ADDRESS} is greylisted"]}
    post.send()
    assert post.states()[ADDRESS] == "deferred"
    erase_person(post.store, post.workspace, ADDRESS, by=BY, now=post.watch)
    assert "p003" not in everything(post.store)
    assert post.store.execute("SELECT COUNT(*) FROM deliveries WHERE state = 'skipped'").fetchone()[0] == 1


def test_a_message_under_way_is_not_cut_from_its_person(post: Post) -> None:
    from rtesmail.delivery.lock import sending_lock

    post.send(limit=2)
    post.store.conn.execute(
        "UPDATE deliveries SET state = 'sending', sending_at = ? WHERE id = 5", (START.isoformat(),)
    )
    with sending_lock(post.workspace.database.parent), pytest.raises(StoppedError, match="is sending"):
        erase_person(post.store, post.workspace, "p005@example.org", by=BY, now=post.watch)
    assert get_person(post.store, "p005@example.org")
    # Nobody holds the lock any more: the run is dead, what became of the message will never be known.
    erase_person(post.store, post.workspace, "p005@example.org", by=BY, now=post.watch)
    assert post.store.execute("SELECT state FROM deliveries WHERE id = 5").fetchone()[0] == "unknown"


def test_a_call_that_a_provider_still_remembers_is_waited_for(post: Post) -> None:
    post.send(limit=2)
    connection: sqlite3.Connection = post.store.conn
    connection.execute("UPDATE deliveries SET state = 'sending', sending_at = ? WHERE id = 5", (START.isoformat(),))
    connection.execute(
        "INSERT INTO provider_calls (mailing_id, transport, idempotency_key, payload, deliveries, made_at, expires_at) "
        "VALUES (1, 'brevo', 'k', ?, '[5, 6]', ?, ?)",
        (b"To: p005@example.org", "2025-04-03T07:00:00.000+00:00", "2025-04-03T07:12:00.000+00:00"),
    )
    with pytest.raises(RefusedError, match="can still be asked") as error:
        erase_person(post.store, post.workspace, "p005@example.org", by=BY, now=post.watch)
    assert "--resume" in error.value.hint
    post.watch.move(minutes=13)
    erase_person(post.store, post.workspace, "p005@example.org", by=BY, now=post.watch)
    assert connection.execute("SELECT payload FROM provider_calls").fetchone()[0] == b""


def test_no_import_brings_an_erased_person_back_under_any_spelling(post: Post, tmp_path: Path) -> None:
    erase_person(post.store, post.workspace, ADDRESS, by=BY, now=post.watch)
    file = tmp_path / "again.csv"
    file.write_text("email;nom\nP003@EXAMPLE.org;Le Retour\np011@example.org;Neuf\n", encoding="utf-8")
    report = import_file(post.store, file, "abonnes", now=START)
    assert [row.status for row in report.rows] == [RowStatus.HELD_BACK, RowStatus.ADDED]
    assert "forgotten" in report.rows[0].message
    assert get_person(post.store, ADDRESS) is None
    assert "p003" not in everything(post.store).lower()
    assert len(list(audience_of(post.store, "abonnes"))) == 10
    assert is_suppressed(post.store, ADDRESS)


def test_a_late_bounce_of_an_erased_person_writes_their_address_down_nowhere(post: Post) -> None:
    erase_person(post.store, post.workspace, ADDRESS, by=BY, now=post.watch)
    assert not suppress(post.store, ADDRESS, "bounced", source="550", now=START)
    with pytest.raises(RefusedError, match="forgotten"):
        resubscribe(post.store, ADDRESS, source="x", wording="", now=START)
    assert "p003" not in everything(post.store)


def test_another_secret_stops_an_import_instead_of_forgetting_who_was_erased(post: Post, tmp_path: Path) -> None:
    erase_person(post.store, post.workspace, ADDRESS, by=BY, now=post.watch)
    post.workspace.secret_key.write_text("0123456789abcdef0123456789abcdef\n", encoding="utf-8")
    file = tmp_path / "again.csv"
    file.write_text(f"email\n{ADDRESS}\n", encoding="utf-8")
    with pytest.raises(RefusedError, match="another secret"):
        import_file(post.store, file, "abonnes", now=START)
    assert get_person(post.store, ADDRESS) is None


def test_the_erased_are_recognised_after_a_change_of_secret_that_keeps_the_former(post: Post, tmp_path: Path) -> None:
    erase_person(post.store, post.workspace, ADDRESS, by=BY, now=post.watch)
    former = post.workspace.secret_key.read_text(encoding="utf-8")
    post.workspace.secret_key.write_text(f"0123456789abcdef0123456789abcdef\n{former}", encoding="utf-8")
    erase_person(post.store, post.workspace, "p004@example.org", by=BY, now=post.watch)
    file = tmp_path / "again.csv"
    file.write_text(f"email\n{ADDRESS}\np004@example.org\n", encoding="utf-8")
    report = import_file(post.store, file, "abonnes", now=START)
    assert [row.status for row in report.rows] == [RowStatus.HELD_BACK, RowStatus.HELD_BACK]


def test_who_came_back_by_themself_can_say_no_and_be_erased_again(post: Post) -> None:
    erase_person(post.store, post.workspace, ADDRESS, by=BY, now=post.watch)
    post.store.conn.execute(
        "INSERT INTO subscribers (email, email_key, created_at, updated_at) VALUES (?, ?, '2025', '2025')",
        (ADDRESS, ADDRESS),
    )
    assert not is_suppressed(post.store, ADDRESS)
    assert suppress(post.store, ADDRESS, "unsubscribed", source="a call", now=START)
    assert is_suppressed(post.store, ADDRESS)
    assert erased_at(post.store, ADDRESS) == START
    post.watch.move(days=1)
    erase_person(post.store, post.workspace, ADDRESS, by=BY, now=post.watch)
    assert get_person(post.store, ADDRESS) is None
    assert is_suppressed(post.store, ADDRESS)
    assert erased_at(post.store, ADDRESS) == post.watch()
    assert erased_at(post.store, "p004@example.org") is None


def test_who_was_never_on_a_list_can_be_erased_too(post: Post) -> None:
    suppress(post.store, "stranger@example.org", "unsubscribed", source="a letter", now=START)
    erase_person(post.store, post.workspace, "stranger@example.org", by=BY, now=post.watch)
    assert "stranger" not in everything(post.store)
    assert is_suppressed(post.store, "stranger@example.org")


def test_erasing_twice_or_a_stranger_or_without_a_name_is_told(post: Post) -> None:
    with pytest.raises(WorkspaceError, match="Who erases"):
        erase_person(post.store, post.workspace, ADDRESS, by="  ", now=post.watch)
    erase_person(post.store, post.workspace, ADDRESS, by=BY, now=post.watch)
    with pytest.raises(RefusedError, match="was erased"):
        erase_person(post.store, post.workspace, ADDRESS, by=BY, now=post.watch)
    with pytest.raises(WorkspaceError, match="Nothing is held"):
        erase_person(post.store, post.workspace, "nobody@example.org", by=BY, now=post.watch)
    with pytest.raises(WorkspaceError, match="not an e-mail address"):
        erase_person(post.store, post.workspace, "nobody", by=BY, now=post.watch)


def test_two_people_of_one_mailing_can_both_be_erased(post: Post) -> None:
    post.send()
    for address in (ADDRESS, "p004@example.org"):
        erase_person(post.store, post.workspace, address, by=BY, now=post.watch)
    assert account_of(post.store, ISSUE, "abonnes").totals.of(DeliveryState.ACCEPTED) == 10


def test_a_file_that_cannot_be_rewritten_now_is_rewritten_later(post: Post) -> None:
    from rtesmail.delivery.lock import sending_lock

    with sending_lock(post.workspace.database.parent):
        done = erase_person(post.store, post.workspace, ADDRESS, by=BY, now=post.watch)
    assert not done.is_swept
    assert needs_sweep(post.store)
    assert erase_person(post.store, post.workspace, "p004@example.org", by=BY, now=post.watch).is_swept
    assert not needs_sweep(post.store)
    assert b"p003" not in bytes_of(post.store, post.workspace.database.parent)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_events SET email_key = 'erased:1', source = '', detail = '', ip = ''",
        "UPDATE deliveries SET email = '', email_key = 'erased:1:' || id, name = '', organisation = ''",
        "UPDATE delivery_history SET reply = ''",
        "INSERT INTO erasure_subjects VALUES ('p004@example.org')",
        "INSERT INTO suppressions VALUES ('p004@example.org', 'erased', 'x', '')",
        "DELETE FROM erasures",
        "UPDATE erasures SET door = 0",
        "UPDATE subscribers SET email = 'p003@example.org' WHERE id = 3",
    ],
)
def test_the_database_lets_nobody_through_but_by_the_door(mailed: tuple[Post, Script], statement: str) -> None:
    post, script = mailed
    refused_once(post, script)
    suppress(post.store, "p004@example.org", "unsubscribed", source="x", now=START)
    erase_person(post.store, post.workspace, ADDRESS, by=BY, now=post.watch)
    with pytest.raises(sqlite3.IntegrityError):
        post.store.conn.execute(statement)


def test_an_open_door_lets_only_its_person_go_and_cannot_stay_open(post: Post) -> None:
    connection: sqlite3.Connection = post.store.conn
    for number in (3, 4):
        suppress(post.store, f"p00{number}@example.org", "unsubscribed", source="x", now=START)
    clear = "UPDATE consent_events SET email_key = 'erased:1', source = '' WHERE email_key = ?"
    connection.execute("BEGIN")
    connection.execute(
        "INSERT INTO erasures (reason, erased_by, erased_at, secret_mark, door) VALUES ('request', 'x', '', '', 0)"
    )
    connection.execute("INSERT INTO erasure_subjects VALUES (?)", (ADDRESS,))
    assert connection.execute(clear, (ADDRESS,)).rowcount == 1
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(clear, ("p004@example.org",))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute("UPDATE consent_events SET event = 'subscribed' WHERE email_key = 'erased:1'")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        connection.execute("COMMIT")
    connection.execute("ROLLBACK")
    assert connection.execute("SELECT COUNT(*) FROM erasures").fetchone()[0] == 0
