"""A signed account says what the ledger says, adds up, names nobody who was written to, and shows any later change."""

import csv
import hmac
import io
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.audience.spreadsheets import read_sheet
from rtesmail.delivery import mailings
from rtesmail.delivery.accounts import who
from rtesmail.delivery.certificates.certificate import MailingAccount, Omission, account_of
from rtesmail.delivery.certificates.certifying import account_facts, certificate_text, sign_account, verify_certificate
from rtesmail.delivery.certificates.files import keep_files, people_table, require_new_files
from rtesmail.delivery.resolving import Decision, decide
from rtesmail.delivery.scheduling import cancel_mailing, schedule_mailing
from rtesmail.delivery.tokens import load_secret
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, MailingState
from rtesmail.model.publication import DomainPace, Limits, PaceSettings

from .conftest import ISSUE, Post, Script, suppress

ACCEPTED, PENDING, REFUSED, UNKNOWN = (
    DeliveryState.ACCEPTED,
    DeliveryState.PENDING,
    DeliveryState.REFUSED,
    DeliveryState.UNKNOWN,
)
WORDS = {state: state.value for state in DeliveryState}


@pytest.fixture
def over(mailed: tuple[Post, Script]) -> tuple[Post, Script]:
    """A finished mailing: three refused, one unknown, one who said no in the middle, five accepted."""
    post, script = mailed
    script.behaviour = {
        "p002@example.org": ["550 5.1.1 <p002@example.org> no such person"],
        "p003@example.org": ["550 5.1.1 <P003@example.org>: p003 is unknown here"],
        "p004@example.org": ["550 5.7.1 blocked"],
        "p005@example.org": ["drop after the dot"],
    }
    post.send(limit=2)
    suppress(post.store, "p009@example.org")
    assert post.send().mailing.state is MailingState.FINISHED
    return post, script


def accounted(post: Post) -> MailingAccount:
    return account_of(post.store, ISSUE, "abonnes")


def decided(post: Post, before: DeliveryState, after: DeliveryState, *addresses: str) -> None:
    decide(
        post.store, post.workspace, ISSUE, "abonnes", Decision(before, after, "Une Relectrice", addresses), post.watch
    )


def signed(post: Post, path: Path) -> Path:
    certificate = sign_account(post.workspace, accounted(post), by=" Claire  Directrice ", now=post.watch())
    keep_files({path: certificate_text(certificate)})
    return path


def fingerprint(post: Post, facts: dict[str, object]) -> str:
    """Sign what a file says as the format tells to."""
    canonical = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    content = b"rtesmail\0certificate\0" + canonical.encode()
    return hmac.digest(load_secret(post.workspace), content, "sha256").hex()


def behind_the_ledger(post: Post, *statements: str) -> None:
    """Change the database as somebody could who takes its guards away."""
    connection: sqlite3.Connection = post.store.conn
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        assert connection.execute(statement).rowcount


def test_the_account_adds_up_and_tells_who_was_refused_and_why(over: tuple[Post, Script]) -> None:
    post, _script = over
    account = accounted(post)
    assert {s.value: n for s, n in account.totals.by_state.items()} == {
        "accepted": 5,
        "refused": 3,
        "unknown": 1,
        "skipped": 1,
    }
    assert sum(account.totals.by_state.values()) == account.totals.audience == 10
    assert account.transports == {"smtp": {ACCEPTED: 5, REFUSED: 3, UNKNOWN: 1}}
    assert [(r.code, r.enhanced, r.people) for r in account.refusals] == [(550, "5.1.1", 2), (550, "5.7.1", 1)]
    assert account.omissions == (Omission("unsubscribed", 1),)
    assert (account.approval.approved_by, account.edition.digest) == ("Une Relectrice", post.edition.digest)


def test_a_certificate_names_none_of_those_who_were_written_to(over: tuple[Post, Script]) -> None:
    post, _script = over
    told = json.dumps(account_facts(accounted(post)), ensure_ascii=False).lower()
    assert [n for n in range(1, 11) if f"p{n:03d}" in told or f'personne {n}"' in told] == []
    assert "5.1.1 <…> no such person" in told


def test_refusals_are_told_by_group_of_domains(over: tuple[Post, Script]) -> None:
    post, _script = over
    group = DomainPace("maison", ("example.org",), Limits(connections=1))
    post.transport = replace(post.transport, pace=PaceSettings(groups=(group,)))
    decided(post, REFUSED, PENDING)
    over[1].behaviour = {"p002@example.org": ["552 5.2.2 mailbox full"]}
    post.send()
    assert [(r.group, r.code, r.people) for r in accounted(post).refusals] == [("maison", 552, 1)]


def test_a_mailing_in_which_people_wait_gets_no_certificate(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.behaviour = {"p002@example.org": ["451 4.7.1 later"]}
    post.send(limit=4)
    with pytest.raises(RefusedError, match="7 people of 10 still wait") as error:
        accounted(post)
    assert "rtesmail send" in error.value.hint
    post.send()
    with pytest.raises(RefusedError, match="1 person of 10 still waits"):
        accounted(post)
    post.watch.move(hours=1)
    post.send()
    assert accounted(post).totals.of(ACCEPTED) == 10


def test_what_was_never_begun_has_nothing_to_account_for(post: Post) -> None:
    with pytest.raises(WorkspaceError, match="no mailing"):
        accounted(post)
    schedule_mailing(post.store, post.workspace, ISSUE, "abonnes", at=post.watch(), not_after=None, now=post.watch)
    with pytest.raises(RefusedError, match="never begun"):
        accounted(post)


def test_a_mailing_that_was_given_up_is_accounted_for(mailed: tuple[Post, Script]) -> None:
    post, _script = mailed
    post.send(limit=4)
    cancel_mailing(post.store, post.workspace, ISSUE, "abonnes", now=post.watch)
    account = accounted(post)
    assert (account.mailing.state, account.totals.of(ACCEPTED)) == (MailingState.CANCELLED, 4)
    assert account.omissions == (Omission("the mailing was cancelled", 6),)


def test_what_people_decided_stands_in_it_with_their_name(over: tuple[Post, Script]) -> None:
    post, script = over
    script.behaviour = {}
    decided(post, UNKNOWN, ACCEPTED)
    post.watch.move(minutes=5)
    decided(post, REFUSED, PENDING, "p002@example.org", "p003@example.org")
    post.send()
    told = [(d.by, d.before, d.after, d.people) for d in accounted(post).decisions]
    assert told == [("Une Relectrice", UNKNOWN, ACCEPTED, 1), ("Une Relectrice", REFUSED, PENDING, 2)]


def test_who_was_put_back_and_then_said_no_was_not_left_out_by_the_one_who_put_them_back(
    over: tuple[Post, Script],
) -> None:
    post, _script = over
    decided(post, REFUSED, PENDING, "p004@example.org")
    suppress(post.store, "p004@example.org")
    post.send()
    assert [(d.before, d.after) for d in accounted(post).decisions] == [(REFUSED, PENDING)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("DELETE FROM deliveries WHERE id = 10", r"frozen at 10, the rows are 9 for 9 people"),
        ("UPDATE mailings SET audience = 11", r"frozen at 11, the rows are 10 for 10 people"),
        ("UPDATE deliveries SET message_id = '' WHERE state = 'accepted'", "5 accepted deliveries"),
        ("UPDATE deliveries SET message_id = '<1@x>' WHERE state = 'accepted'", "share the Message-ID"),
        ("DELETE FROM approvals", "no approval"),
    ],
)
def test_numbers_that_do_not_add_up_are_not_vouched_for(over: tuple[Post, Script], change: str, told: str) -> None:
    post, _script = over
    behind_the_ledger(post, change)
    with pytest.raises(RefusedError, match=told):
        accounted(post)


def test_an_altered_edition_is_not_vouched_for(over: tuple[Post, Script]) -> None:
    post, _script = over
    behind_the_ledger(post, "UPDATE editions SET html = 'other'")
    with pytest.raises(WorkspaceError, match="altered"):
        accounted(post)


def test_an_unchanged_certificate_is_verified(over: tuple[Post, Script], tmp_path: Path) -> None:
    post, _script = over
    path = signed(post, tmp_path / "c.json")
    facts = verify_certificate(post.store, post.workspace, path)
    assert (facts["signed_by"], facts["account"]["audience"]) == ("Claire Directrice", 10)
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
    assert verify_certificate(post.store, post.workspace, path) == facts


def test_any_change_of_the_file_is_seen(over: tuple[Post, Script], tmp_path: Path) -> None:
    post, _script = over
    path = signed(post, tmp_path / "c.json")
    text = path.read_text(encoding="utf-8")
    changes: list[Callable[[str], str]] = [
        lambda t: t.replace("Claire", "Carole"),
        lambda t: t.replace('"accepted": 5', '"accepted": 6'),
        lambda t: t.replace('"rtesmail_certificate": 1,', '"rtesmail_certificate": 1, "remark": "all is well",'),
        lambda t: t.replace('"approved_by"', '"approved_by": "Ada", "approved_by"', 1),
        lambda t: t[: t.rindex(",")] + "}",
    ]
    for change in changes:
        assert change(text) != text
        path.write_text(change(text), encoding="utf-8")
        with pytest.raises((RefusedError, WorkspaceError), match=r"altered|no certificate"):
            verify_certificate(post.store, post.workspace, path)


def test_another_secret_does_not_vouch_for_it(over: tuple[Post, Script], tmp_path: Path) -> None:
    post, _script = over
    path = signed(post, tmp_path / "c.json")
    post.workspace.secret_key.write_text("0123456789abcdef0123456789abcdef\n", encoding="utf-8")
    with pytest.raises(RefusedError, match="another secret"):
        verify_certificate(post.store, post.workspace, path)


def test_what_changes_in_the_ledger_afterwards_is_named(over: tuple[Post, Script], tmp_path: Path) -> None:
    post, _script = over
    path = signed(post, tmp_path / "c.json")
    decided(post, UNKNOWN, ACCEPTED)
    with pytest.raises(RefusedError, match=r"accepted: 5 → 6; unknown: 1 → 0") as error:
        verify_certificate(post.store, post.workspace, path)
    assert "rtesmail certificate" in error.value.hint
    decided(post, REFUSED, PENDING)
    with pytest.raises(RefusedError, match=r"state: finished → sending"):
        verify_certificate(post.store, post.workspace, path)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE deliveries SET email = 'another@example.org' WHERE id = 1",
        "UPDATE deliveries SET reply = 'as you like' WHERE id = 1",
        "UPDATE deliveries SET settled_at = '2025-04-03T07:00:01.000+00:00' WHERE id = 1",
    ],
)
def test_one_altered_row_is_seen(over: tuple[Post, Script], tmp_path: Path, change: str) -> None:
    post, _script = over
    path = signed(post, tmp_path / "c.json")
    behind_the_ledger(post, change)
    with pytest.raises(RefusedError, match="what single deliveries say"):
        verify_certificate(post.store, post.workspace, path)


def test_an_altered_history_is_seen(over: tuple[Post, Script], tmp_path: Path) -> None:
    post, _script = over
    decided(post, UNKNOWN, ACCEPTED)
    path = signed(post, tmp_path / "c.json")
    behind_the_ledger(post, "UPDATE delivery_history SET reply = 'it arrived'")
    with pytest.raises(RefusedError, match="what single deliveries say"):
        verify_certificate(post.store, post.workspace, path)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=80),
        st.recursive(st.none() | st.integers() | st.text(), st.lists).map(
            lambda value: json.dumps({"rtesmail_certificate": value, "fingerprint": value}).encode()
        ),
    )
)
def test_a_file_of_something_else_is_said_to_be_none(post: Post, content: bytes) -> None:
    path = post.workspace.root / "c.json"
    path.write_bytes(content)
    with pytest.raises((WorkspaceError, RefusedError), match=r"no certificate|not what was signed"):
        verify_certificate(post.store, post.workspace, path)


def test_a_certificate_needs_a_name(over: tuple[Post, Script]) -> None:
    post, _script = over
    with pytest.raises(RefusedError, match="name of the person"):
        sign_account(post.workspace, accounted(post), by=" ", now=post.watch())


def test_every_person_stands_in_the_table_and_no_cell_is_a_formula(over: tuple[Post, Script], tmp_path: Path) -> None:
    post, _script = over
    behind_the_ledger(
        post,
        "UPDATE deliveries SET name = '=HYPERLINK(\"x\")', organisation = '@SUM(1)' WHERE id = 1",
        "UPDATE deliveries SET reply = '+1 for you' WHERE id = 2",
    )
    text = people_table(who(post.store, accounted(post).mailing.id), WORDS)
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert [row[1] for row in rows[1:]] == [f"p{n:03d}@example.org" for n in range(1, 11)]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    path = tmp_path / "people.csv"
    keep_files({path: text})
    read = read_sheet(path, lambda headings: len(headings))
    assert next(iter(read.rows)).cells[2:4] == ('=HYPERLINK("x")', "@SUM(1)")


def test_what_is_kept_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="exists already"):
        require_new_files([path])
    other = tmp_path / "other.json"
    with pytest.raises(WorkspaceError, match="cannot be written"):
        keep_files({other: "x", path: "y"})
    assert (path.read_text(encoding="utf-8"), other.exists()) == ("mine", False)
    with pytest.raises(WorkspaceError, match="no folder"):
        require_new_files([tmp_path / "nowhere" / "c.json"])


def test_a_mailing_of_another_database_is_told(over: tuple[Post, Script], tmp_path: Path) -> None:
    post, _script = over
    path = signed(post, tmp_path / "c.json")
    behind_the_ledger(post, "UPDATE mailings SET list_name = 'presse'")
    assert mailings.find(post.store, ISSUE, "presse") is not None
    with pytest.raises(WorkspaceError, match="does not hold the mailing"):
        verify_certificate(post.store, post.workspace, path)


def test_a_certificate_signed_with_an_older_secret_still_verifies(over: tuple[Post, Script], tmp_path: Path) -> None:
    post, _script = over
    path = signed(post, tmp_path / "certificate.json")
    key = post.workspace.secret_key
    old = key.read_text(encoding="utf-8")
    key.write_text(f"the secret of this year\n{old}", encoding="utf-8")
    assert verify_certificate(post.store, post.workspace, path)["signed_by"] == "Claire Directrice"
    key.write_text("the secret of this year\n", encoding="utf-8")
    with pytest.raises(RefusedError, match="another secret"):
        verify_certificate(post.store, post.workspace, path)


def test_a_certificate_of_before_there_were_segments_still_verifies(over: tuple[Post, Script], tmp_path: Path) -> None:
    post, _script = over
    path = signed(post, tmp_path / "certificate.json")
    facts = json.loads(path.read_text(encoding="utf-8"))
    del facts["fingerprint"], facts["account"]["segment"], facts["account"]["condition"]
    path.write_text(json.dumps({**facts, "fingerprint": fingerprint(post, facts)}), encoding="utf-8")
    assert verify_certificate(post.store, post.workspace, path)["account"]["list"] == "abonnes"


def test_a_certificate_names_the_segment_and_its_condition(post: Post, tmp_path: Path) -> None:
    (post.workspace.root / "lists" / "segments.toml").write_text(
        "[regions]\nexpression = 'level == \"région\"'\n", encoding="utf-8"
    )
    post.store.conn.execute("UPDATE subscribers SET level = 'région' WHERE id < 4")
    post.send(segment="regions")
    with pytest.raises(WorkspaceError, match="no mailing"):
        accounted(post)
    account = account_of(post.store, ISSUE, "abonnes", "regions")
    facts = account_facts(account)
    assert (facts["segment"], facts["condition"], facts["audience"]) == ("regions", 'level == "région"', 3)
    path = tmp_path / "certificate.json"
    keep_files({path: certificate_text(sign_account(post.workspace, account, by="Une Directrice", now=post.watch()))})
    assert verify_certificate(post.store, post.workspace, path)["erased_since"] == 0
    behind_the_ledger(post, "UPDATE mailings SET condition = 'level == \"commune\"'")
    with pytest.raises(RefusedError, match="condition: level"):
        verify_certificate(post.store, post.workspace, path)
