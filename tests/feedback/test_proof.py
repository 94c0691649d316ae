"""Only what answers a letter of ours is acted upon, and for whom that letter was."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from rtesmail.delivery.returns import find_returned
from rtesmail.delivery.tokens import load_secret
from rtesmail.delivery.verp import VerpMaker
from rtesmail.feedback.classifying import classify
from rtesmail.model.feedback import (
    Belief,
    FeedbackKind,
    RecipientReport,
)
from rtesmail.store.opening import open_store

from ..delivery.conftest import Post, add_people, make_edition, make_workspace
from ..delivery.conftest import post as post
from .policy_house import FULL, HARD, POLICY, SOFT, WHO, House, decisions
from .policy_house import house as house


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


def test_a_strangers_address_is_not_kept(house: House) -> None:
    house.treat(HARD, "stranger@example.net", diagnostic="550 <stranger@example.net> no such user")
    house.treat(FeedbackKind.BLOCKED, "stranger@example.net", diagnostic="554 stranger@example.net: blocked")
    dump = "\n".join(house.store.conn.iterdump())
    assert "stranger" not in dump
    assert "554 … blocked" in dump or "554 …: blocked" in dump


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
