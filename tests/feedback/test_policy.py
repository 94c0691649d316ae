"""What comes back ends as the policy says: once, in any order, and only where it is proven."""

import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from rtesmail.audience.restoring import restore
from rtesmail.audience.suppression import resubscribe, suppress
from rtesmail.delivery.returns import find_returned
from rtesmail.delivery.tokens import load_secret
from rtesmail.delivery.verp import VerpMaker
from rtesmail.feedback.classifying import classify
from rtesmail.feedback.treating import treat_event, treat_message
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.feedback import (
    Belief,
    Decision,
    FeedbackEvent,
    FeedbackKind,
    FeedbackPolicy,
    RecipientReport,
    ReturnedMessage,
    Treatment,
)
from rtesmail.model.publication import Workspace
from rtesmail.privacy.erasure import erase_person
from rtesmail.privacy.history import EventKind, history_of
from rtesmail.privacy.persons import find_person
from rtesmail.store.opening import open_store

from ..delivery.conftest import START, Post, add_people, make_edition, make_workspace
from ..delivery.conftest import post as post

SOFT, FULL, HARD = FeedbackKind.SOFT_BOUNCE, FeedbackKind.MAILBOX_FULL, FeedbackKind.HARD_BOUNCE
POLICY = FeedbackPolicy(soft_bounces=3, soft_days=30)
WHO = "p001@example.org"


@dataclass
class House:
    """A house that has sent one letter to ten people."""

    post: Post
    numbers: Iterator[int]

    @property
    def store(self) -> Database:
        return self.post.store

    def delivery(self, address: str = WHO) -> int:
        return int(self.post.reply_to(address)["id"])

    def treat(self, kind: FeedbackKind, *recipients: str, days: float = 1, **said: Any) -> tuple[Treatment, ...]:
        """Treat one message; a new one each time unless `identity` says otherwise."""
        options = {
            "identity": said.pop("identity", None) or f"{next(self.numbers):064d}",
            "source": "mailbox returns",
            "happened_at": said.pop("happened_at", START + timedelta(days=days)),
            "policy": said.pop("policy", POLICY),
            "secrets": (),
            "now": said.pop("now", START + timedelta(days=100)),
        }
        return treat_message(self.store, ReturnedMessage(kind, recipients, **said), **options)

    def tell(self, kind: FeedbackKind, address: str = WHO, *, days: float = 1, **said: Any) -> Treatment:
        """Treat one event of a provider."""
        identity = said.pop("identity", None) or f"{next(self.numbers):064d}"
        fields = {"message_id": "", "provider_id": "", "words": "", "happened_at": START + timedelta(days=days), **said}
        event = FeedbackEvent(kind, address, **fields)
        now = START + timedelta(days=100)
        return treat_event(self.store, event, identity=identity, source="webhook: x", policy=POLICY, now=now)

    def status(self, address: str = WHO) -> str:
        sql = "SELECT status FROM subscribers WHERE email_key = ?"
        return str(self.store.execute(sql, (address,)).fetchone()[0])

    def suppressed(self) -> set[tuple[str, str]]:
        return {tuple(row) for row in self.store.execute("SELECT email_key, reason FROM suppressions")}

    def events(self) -> int:
        return int(self.store.execute("SELECT count(*) FROM feedback_events").fetchone()[0])


@pytest.fixture
def house(post: Post) -> House:
    post.send()
    return House(post, itertools.count(1))


def decisions(done: tuple[Treatment, ...]) -> list[tuple[str, str]]:
    return [(treatment.decision.value, treatment.address) for treatment in done]


@pytest.mark.parametrize(
    ("kind", "decision", "status"),
    [
        (HARD, "suppressed", "bounced"),
        (FeedbackKind.COMPLAINT, "suppressed", "complained"),
        (FeedbackKind.UNSUBSCRIBE_REQUEST, "suppressed", "unsubscribed"),
        (SOFT, "counted", "active"),
        (FULL, "counted", "active"),
        (FeedbackKind.BLOCKED, "alerted", "active"),
        (FeedbackKind.AUTO_REPLY, "noted", "active"),
        (FeedbackKind.CHALLENGE, "noted", "active"),
        (FeedbackKind.DELIVERED, "noted", "active"),
        (FeedbackKind.DEFERRED, "noted", "active"),
        (FeedbackKind.UNRELATED, "noted", "active"),
        (FeedbackKind.HUMAN_REPLY, "forward", "active"),
        (FeedbackKind.UNIDENTIFIED, "kept", "active"),
    ],
)
def test_each_kind_ends_as_the_policy_says(house: House, kind: FeedbackKind, decision: str, status: str) -> None:
    done = house.treat(kind, WHO, delivery=house.delivery(), diagnostic="550 no")
    assert decisions(done) == [(decision, WHO)]
    assert done[0].reason
    assert house.status() == status
    # Nobody else is touched.
    assert {house.status(f"p{number:03d}@example.org") for number in range(2, 11)} == {"active"}


@pytest.mark.parametrize(
    ("kind", "decision", "status"),
    [
        (HARD, "suppressed", "bounced"),
        (FeedbackKind.COMPLAINT, "suppressed", "complained"),
        (FeedbackKind.UNSUBSCRIBED, "suppressed", "unsubscribed"),
        (SOFT, "counted", "active"),
        (FULL, "counted", "active"),
        (FeedbackKind.BLOCKED, "alerted", "active"),
        (FeedbackKind.DELIVERED, "noted", "active"),
        (FeedbackKind.OTHER, "noted", "active"),
    ],
)
def test_a_providers_event_ends_as_the_same_policy_says(
    house: House, kind: FeedbackKind, decision: str, status: str
) -> None:
    assert house.tell(kind).decision.value == decision
    assert house.status() == status


def test_what_a_provider_tells_of_opening_and_arriving_is_not_kept(house: House) -> None:
    for kind in (FeedbackKind.OTHER, FeedbackKind.DELIVERED, FeedbackKind.DEFERRED):
        house.tell(kind)
    assert house.events() == 0


def test_a_providers_event_is_tied_to_its_delivery_by_our_message_id_or_by_its_own_number(house: House) -> None:
    row = house.post.reply_to("p002@example.org")
    house.tell(SOFT, "p002@example.org", message_id=row["message_id"])
    house.store.execute("UPDATE deliveries SET reply = 'queued as <abc-77@provider>' WHERE id = ?", (row["id"],))
    house.tell(FULL, "P002@example.org", provider_id="abc-77@provider", days=2)
    found = house.store.execute("SELECT delivery_id, email_key FROM feedback_events")
    assert [tuple(one) for one in found] == [(row["id"], "p002@example.org")] * 2


def test_the_same_thing_twice_changes_nothing(house: House) -> None:
    before = house.treat(SOFT, WHO, delivery=house.delivery(), identity="a" * 64)
    again = house.treat(SOFT, WHO, delivery=house.delivery(), identity="a" * 64, days=20)
    assert (before[0].is_repeat, again[0].is_repeat) == (False, True)
    assert again == (replace(before[0], is_repeat=True),)
    assert house.events() == 1
    assert [house.tell(HARD, identity="b" * 64).is_repeat for _time in range(2)] == [False, True]


def test_a_failure_is_counted_once_a_mailing_and_once_a_day(house: House) -> None:
    for days in (1, 2, 3, 4):
        house.treat(SOFT, WHO, delivery=house.delivery(), days=days)
    assert house.status() == "active", "one letter that is told of four times has failed once"
    for hours in range(4):
        house.tell(FULL, days=10 + hours / 24)
    assert house.status() == "active", "a day is counted once"
    house.tell(SOFT, days=12)
    assert house.status() == "bounced"


def test_failures_grow_old(house: House) -> None:
    for days in (0, 20, 40, 60, 80):
        assert house.tell(SOFT, days=days).decision is Decision.COUNTED
    assert house.tell(SOFT, days=81).decision is Decision.SUPPRESSED
    told = history_of(house.store, find_person(house.store, WHO))
    assert "3 failures of 3 that may pass, within 30 days" in [one.reason for one in told]


def test_who_is_suppressed_already_stays_so_for_the_heavier_reason(house: House) -> None:
    suppress(house.store, WHO, "unsubscribed", source="test", now=START)
    assert house.tell(HARD).decision is Decision.ALREADY
    assert house.status() == "unsubscribed"
    assert house.tell(FeedbackKind.COMPLAINT).decision is Decision.SUPPRESSED
    assert house.status() == "complained"


@pytest.mark.parametrize("kind", [HARD, SOFT, FULL, FeedbackKind.COMPLAINT])
def test_what_nothing_proves_is_kept_for_a_person(house: House, kind: FeedbackKind) -> None:
    forged = {"message_id": f"<{house.delivery()}.{'0' * 32}@rtes.example>"}
    for said in ({}, forged, {"message_id": "<9" + "9" * 30 + ".x@y>"}, {"message_id": "<x@y>"}):
        assert decisions(house.treat(kind, WHO, **said)) == [("kept", WHO)]
    assert decisions(house.treat(kind, "stranger@example.net")) == [("kept", "")]
    assert house.suppressed() == set()


def test_a_quoted_message_id_of_ours_is_a_proof_also_that_of_an_earlier_attempt(house: House) -> None:
    row = house.post.reply_to("p002@example.org")
    assert decisions(house.treat(HARD, "other@example.net", message_id=row["message_id"])) == [
        ("suppressed", "p002@example.org")
    ]
    number = house.delivery("p003@example.org")
    house.store.execute(
        """INSERT INTO delivery_history (delivery_id, state, attempts, message_id, transport, enhanced, reply,
        settled_at, settled_by) VALUES (?, 'unknown', 1, ?, '', '', '', '', '')""",
        (number, f"<{number}.earlier@rtes.example>"),
    )
    house.treat(HARD, "p003@example.org", message_id=f"<{number}.earlier@rtes.example>")
    assert house.status("p003@example.org") == "bounced"


def test_nobody_can_guess_a_message_id_without_the_secret(house: House, tmp_path: Path) -> None:
    other = make_workspace(tmp_path / "other")
    store = open_store(other.database)
    add_people(store, 10)
    twin = Post(other, store, make_edition(), replace(house.post.transport, folder=tmp_path / "other" / "out"))
    twin.approve()
    twin.send()
    theirs = twin.reply_to(WHO)
    store.conn.close()
    ours = house.post.reply_to(WHO)
    assert (theirs["id"], theirs["sending_at"]) == (ours["id"], ours["sending_at"])
    assert theirs["message_id"] != ours["message_id"]


def test_the_one_we_wrote_to_is_acted_on_when_a_bounce_names_where_it_was_forwarded(house: House) -> None:
    done = house.treat(HARD, "perso@example.net", delivery=house.delivery())
    assert decisions(done) == [("suppressed", WHO)]
    assert house.suppressed() == {(WHO, "bounced")}


def test_an_address_that_hands_on_to_several_works_while_one_of_them_does(house: House) -> None:
    reports = (RecipientReport(HARD, "a@example.net"), RecipientReport(FeedbackKind.DELIVERED, "b@example.net"))
    done = house.treat(HARD, "a@example.net", delivery=house.delivery(), reports=reports)
    assert decisions(done) == [("noted", WHO)]
    named = (*reports, RecipientReport(SOFT, "P001@example.org"))
    assert decisions(house.treat(HARD, "a@example.net", delivery=house.delivery(), reports=named)) == [("counted", WHO)]


def test_a_bounce_that_names_one_of_ours_is_believed_on_wish_and_only_lately(house: House) -> None:
    named = replace(POLICY, believe=Belief.NAMED)
    assert decisions(house.treat(HARD, WHO, policy=named, days=11)) == [("kept", WHO)]
    assert decisions(house.treat(HARD, WHO, policy=named, days=-1)) == [("kept", WHO)]
    assert decisions(house.treat(FeedbackKind.COMPLAINT, WHO, policy=named)) == [("kept", WHO)]
    assert decisions(house.treat(HARD, "stranger@example.net", policy=named)) == [("kept", "")]
    reports = tuple(RecipientReport(HARD, address) for address in (WHO, "p002@example.org", "x@example.net", WHO))
    done = house.treat(HARD, WHO, policy=named, reports=reports)
    assert decisions(done) == [("suppressed", WHO), ("suppressed", "p002@example.org"), ("kept", "")]
    assert house.suppressed() == {(WHO, "bounced"), ("p002@example.org", "bounced")}


def test_a_bounce_older_than_a_persons_own_yes_is_history(house: House) -> None:
    suppress(house.store, WHO, "unsubscribed", source="test", now=START + timedelta(days=2))
    resubscribe(house.store, WHO, source="mail", wording="yes", now=START + timedelta(days=5))
    for kind in (HARD, FeedbackKind.COMPLAINT, FeedbackKind.UNSUBSCRIBE_REQUEST):
        assert decisions(house.treat(kind, WHO, delivery=house.delivery(), days=4)) == [("noted", WHO)]
        # Without a moment it is as old as the letter that it is about.
    assert decisions(house.treat(HARD, WHO, delivery=house.delivery(), happened_at=None)) == [("noted", WHO)]
    assert house.status() == "active"
    assert decisions(house.treat(HARD, WHO, delivery=house.delivery(), days=6)) == [("suppressed", WHO)]


def test_a_no_by_mail_counts_for_a_subscribers_own_address_only(house: House) -> None:
    kind = FeedbackKind.UNSUBSCRIBE_REQUEST
    assert decisions(house.treat(kind, "stranger@example.net")) == [("kept", "")]
    assert decisions(house.treat(kind, "P004@example.org")) == [("suppressed", "p004@example.org")]
    assert decisions(house.treat(kind, "p004@example.org")) == [("already", "p004@example.org")]
    source = house.store.execute("SELECT source FROM consent_events WHERE event = 'unsubscribed'").fetchone()[0]
    assert "mailbox returns" in source
    assert "by a mail from their address" in source


def test_writing_back_is_a_contact_of_a_subscriber_once(house: House) -> None:
    for _time in range(2):
        done = house.treat(FeedbackKind.HUMAN_REPLY, WHO, identity="c" * 64)
        # Being read twice is not being handed on: who forwards knows that.
        assert [(one.decision, one.is_repeat) for one in done] == [(Decision.FORWARD, False)]
    house.treat(FeedbackKind.HUMAN_REPLY, "stranger@example.net")
    found = house.store.execute("SELECT email_key FROM consent_events WHERE event = 'replied'").fetchall()
    assert [row[0] for row in found] == [WHO]


def test_an_address_that_works_again_is_written_to_on_a_colleagues_word(house: House) -> None:
    for days in (1, 2, 3):
        house.tell(SOFT, days=days)
    assert house.status() == "bounced"
    at = START + timedelta(days=10)
    assert restore(house.store, "P001@Example.org", by="Anne", reason="wrote from it", now=at)
    assert house.status() == "active"
    assert house.suppressed() == set()
    assert decisions(house.treat(HARD, WHO, delivery=house.delivery(), days=9)) == [("noted", WHO)]
    house.tell(SOFT, days=11)
    house.tell(SOFT, days=12)
    assert house.status() == "active", "what was counted before counts no more"
    house.tell(SOFT, days=13)
    assert house.status() == "bounced"
    restored = [one for one in history_of(house.store, find_person(house.store, WHO)) if one.what == "restored"]
    assert [(one.by, one.reason, one.at) for one in restored] == [("Anne", "wrote from it", at)]


@pytest.mark.parametrize(
    ("reason", "hint"), [("unsubscribed", "people resubscribe"), ("complained", "another address")]
)
def test_no_colleague_restores_who_said_no(house: House, reason: str, hint: str) -> None:
    suppress(house.store, WHO, reason, source="test", now=START)
    with pytest.raises(RefusedError) as error:
        restore(house.store, WHO, by="Anne", reason="x", now=START)
    assert hint in error.value.hint
    assert house.status() == reason


def test_restoring_needs_somebody_who_answers_for_it(house: House) -> None:
    suppress(house.store, WHO, "bounced", source="test", now=START)
    for by, reason in (("", "x"), (" ", "x"), ("Anne", "\n")):
        with pytest.raises(WorkspaceError):
            restore(house.store, WHO, by=by, reason=reason, now=START)
    with pytest.raises(WorkspaceError):
        restore(house.store, "nobody@example.org", by="Anne", reason="x", now=START)
    assert house.status() == "bounced"
    assert restore(house.store, "p002@example.org", by="Anne", reason="x", now=START) is False


def test_an_erased_person_comes_back_by_nothing_and_leaves_no_words(house: House) -> None:
    number = house.delivery()
    said = f"550 <{WHO}> unknown"
    house.treat(HARD, WHO, delivery=number, identity="d" * 64, diagnostic=said)
    restore(house.store, WHO, by="Anne", reason=f"{WHO} wrote", now=START + timedelta(days=3))
    erase_person(house.store, house.post.workspace, WHO, by="Une Déléguée", now=lambda: START + timedelta(days=5))
    assert WHO not in "\n".join(house.store.conn.iterdump())
    assert [one.address for one in house.treat(HARD, WHO, delivery=number, identity="d" * 64)] == [""]
    for kind in (HARD, FeedbackKind.COMPLAINT, SOFT):
        house.treat(kind, WHO, delivery=number, diagnostic=said)
        house.treat(kind, WHO, diagnostic=said)
        house.tell(kind, WHO, words=said)
    assert WHO not in "\n".join(house.store.conn.iterdump())


def test_what_came_back_stays_as_it_was_written(house: House) -> None:
    import sqlite3

    house.treat(HARD, WHO, delivery=house.delivery())
    restore(house.store, WHO, by="Anne", reason="x", now=START + timedelta(days=3))
    for table in ("feedback_events", "restorations"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET email_key = 'x'"):
            with pytest.raises(sqlite3.IntegrityError):
                house.store.execute(statement)


def test_a_persons_history_tells_each_decision_with_its_reason(house: House) -> None:
    house.treat(SOFT, WHO, delivery=house.delivery(), status="4.2.0", diagnostic="450 try later\r\nplease")
    house.treat(HARD, WHO)
    told = [one for one in history_of(house.store, find_person(house.store, WHO)) if one.kind is EventKind.FEEDBACK]
    assert [(one.what, one.decision) for one in told] == [("soft_bounce", "counted"), ("hard_bounce", "kept")]
    assert told[0].about == house.post.edition.issue
    assert "450 try later please" in told[0].words
    assert all(one.reason for one in told)


def test_a_strangers_address_is_not_kept(house: House) -> None:
    house.treat(HARD, "stranger@example.net", diagnostic="550 <stranger@example.net> no such user")
    house.treat(FeedbackKind.BLOCKED, "stranger@example.net", diagnostic="554 stranger@example.net: blocked")
    dump = "\n".join(house.store.conn.iterdump())
    assert "stranger" not in dump
    assert "554 … blocked" in dump or "554 …: blocked" in dump


Happening = tuple[str, FeedbackKind, int]
KINDS = st.sampled_from([HARD, SOFT, FULL, FeedbackKind.BLOCKED, FeedbackKind.COMPLAINT, FeedbackKind.UNSUBSCRIBED,
                         FeedbackKind.DELIVERED, FeedbackKind.UNSUBSCRIBE_REQUEST])  # fmt: skip
# Mostly failures that may pass, near the limit.
HAPPENINGS = st.lists(
    st.tuples(st.sampled_from([WHO, "p002@example.org"]), st.sampled_from([SOFT, FULL]) | KINDS, st.integers(0, 50)),
    min_size=2,
    max_size=7,
)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Database]:
    """Give copies in memory of a database that has sent two letters to ten people."""
    import sqlite3

    root = tmp_path_factory.mktemp("policy")
    workspace: Workspace = make_workspace(root)
    store = open_store(workspace.database)
    add_people(store, 2)
    first = store.conn.execute("INSERT INTO mailings (issue, list_name, state, created_at) "
                               "VALUES ('one', 'a', 'scheduled', '') RETURNING id").fetchone()[0]  # fmt: skip
    for person in (1, 2):
        store.conn.execute(
            "INSERT INTO deliveries (mailing_id, subscriber_id, email, email_key, name, organisation, sending_at) "
            "SELECT ?, id, email, email_key, '', '', ? FROM subscribers WHERE id = ?",
            (first, "2025-04-03T07:00:00.000+00:00", person),
        )

    def copy() -> Database:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.row_factory = sqlite3.Row
        store.conn.backup(connection)
        return Database(connection)

    return copy


def ending(store: Database, happenings: list[Happening]) -> set[tuple[str, str]]:
    """Treat what happened, half of it as mail that proves its delivery, half as events; give who is suppressed."""
    now = START + timedelta(days=100)
    for address, kind, day in happenings:
        identity = hashlib.sha256(f"{address} {kind} {day}".encode()).hexdigest()
        common: dict[str, Any] = {"identity": identity, "source": "x", "policy": POLICY, "now": now}
        at = START + timedelta(days=day, hours=day % 5)
        if day % 2 or kind is FeedbackKind.UNSUBSCRIBE_REQUEST:
            delivery = 1 if address == WHO else 2
            message = ReturnedMessage(kind, (address,), delivery=delivery)
            treat_message(store, message, happened_at=at, secrets=(), **common)
        else:
            treat_event(store, FeedbackEvent(kind, address, "", "", at, ""), **common)
    return {tuple(row) for row in store.execute("SELECT email_key, reason FROM suppressions")}


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(happenings=HAPPENINGS, data=st.data())
def test_any_order_and_repetition_ends_in_the_same_suppressions(
    fresh: Callable[[], Database], happenings: list[Happening], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(happenings + data.draw(st.lists(st.sampled_from(happenings), max_size=4))))
    one, other = fresh(), fresh()
    assert ending(one, happenings) == ending(other, mixed)
    one.conn.close()
    other.conn.close()


def test_a_real_collection_read_with_genuine_return_addresses_suppresses_nobody_who_answers(
    house: House,
) -> None:
    from .conftest import FLUFL, OURS

    secret = load_secret(house.post.workspace)
    verp = VerpMaker(secret, "retours@rtes.example")
    add_people(house.store, len(FLUFL + OURS), start=11)
    house.post.edition = replace(house.post.edition, issue="2025-05-mensuelle")
    house.post.approve()
    house.post.send()
    missed: list[str] = []
    quiet = {"auto_reply", "challenge", "human_reply", "unrelated", "delivered", "deferred", "blocked", "unidentified"}
    for number, case in enumerate(FLUFL + OURS, start=11):
        address = f"p{number:03d}@example.org"
        delivery = house.delivery(address)
        raw = f"X-Original-To: {verp.address_of(delivery)}\n".encode() + case.path.read_bytes()
        told = classify(raw, lambda to: find_returned(house.store, (secret,), to))
        assert told.delivery == delivery, case.path.name
        house.treat(told.kind, *told.recipients, **{name: getattr(told, name) for name in
                    ("status", "diagnostic", "reports", "delivery", "message_id", "token")})  # fmt: skip
        if case.kind in quiet:
            assert house.status(address) == "active", case.path.name
        if case.kind == "hard_bounce" and house.status(address) != "bounced":
            missed.append(case.path.name)
    # Of the first only the letter's subject, about a virus, is understood: an alert for a person. The other tells of
    # two people of whom one still gets it, so that an address which hands on to both works.
    assert missed == ["microsoft_02.txt", "two-recipients.eml"]
