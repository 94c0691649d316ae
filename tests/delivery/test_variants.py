"""Blocks for some readers only: each gets those for them, as they were known when the audience was frozen."""

import email
import email.policy
import sqlite3
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.delivery.approvals import approve, find_approval, load_edition
from rtesmail.delivery.catcher import Catcher
from rtesmail.delivery.planning import plan_mailing
from rtesmail.delivery.proofs import send_proof
from rtesmail.model.conditions import Condition
from rtesmail.model.edition import Variant
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, MailingState
from rtesmail.model.publication import TransportKind, TransportSettings

from .conftest import OCCITANIE, REGION, START, Post, Script, count, make_conditional_edition, make_edition

KINDS = {
    "p001@example.org": ("région", "Occitanie"),
    "p002@example.org": ("région", "Bretagne"),
    "p003@example.org": ("commune", "occitanie"),
}
"""Level and region of three people; of the other seven nothing is known."""


@pytest.fixture
def house(mailed: tuple[Post, Script]) -> tuple[Post, Script]:
    """The small house with people of several kinds, and an approved edition with blocks for some of them."""
    post, script = mailed
    post.edition = make_conditional_edition()
    post.approve()
    for address, (level, region) in KINDS.items():
        tell(post, address, level, region)
    return post, script


def tell(post: Post, address: str, level: str, region: str) -> None:
    """Write down what is known of a person."""
    post.store.conn.execute("UPDATE subscribers SET level = ?, region = ? WHERE email = ?", (level, region, address))


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def blocks_in(message: EmailMessage) -> str:
    """Name the blocks of a message by a digit each, the same in both its parts."""
    found = []
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        content = str(body.get_content())
        found.append("".join("1" if words in content else "0" for words in ("Pour les régions", "En Occitanie")))
    assert found[0] == found[1]
    return found[0]


def got(script: Script) -> dict[str, str]:
    return {address: blocks_in(parsed(content)) for address, content in script.received}


EXPECTED = {f"p{n:03d}@example.org": "00" for n in range(1, 11)} | {
    "p001@example.org": "11",
    "p002@example.org": "10",
    "p003@example.org": "01",
}


def test_each_person_gets_the_blocks_for_them_and_no_other(house: tuple[Post, Script]) -> None:
    post, script = house
    assert count(post.send(), DeliveryState.ACCEPTED) == 10
    assert got(script) == EXPECTED
    assert set(script.copies().values()) == {1}


def test_a_picture_goes_to_those_alone_who_see_it(house: tuple[Post, Script]) -> None:
    post, script = house
    post.send()
    for address, content in script.received:
        pictures = [part for part in parsed(content).walk() if part.get_content_maintype() == "image"]
        assert len(pictures) == int(EXPECTED[address][0])


def test_what_is_learnt_of_a_person_after_the_freeze_changes_nothing(house: tuple[Post, Script]) -> None:
    post, script = house
    post.send(limit=2)
    tell(post, "p003@example.org", "région", "")
    tell(post, "p004@example.org", "région", "Occitanie")
    report = post.send()
    assert report.resumed
    assert report.mailing.state is MailingState.FINISHED
    assert got(script) == EXPECTED


def test_who_is_put_off_gets_the_same_blocks_later(house: tuple[Post, Script]) -> None:
    post, script = house
    script.behaviour["p001@example.org"] = ["451 4.7.1 Come back later"]
    assert count(post.send(), DeliveryState.DEFERRED) == 1
    tell(post, "p001@example.org", "", "")
    post.watch.move(hours=1)
    post.send()
    assert got(script) == EXPECTED


def test_the_database_refuses_to_give_a_person_other_blocks(house: tuple[Post, Script]) -> None:
    post, _script = house
    post.send(limit=1)
    with pytest.raises(sqlite3.IntegrityError, match="keeps the variant"):
        post.store.conn.execute("UPDATE deliveries SET variant = '11'")


def test_a_delivery_of_a_variant_that_was_not_approved_stops_the_run_and_writes_to_nobody(
    house: tuple[Post, Script],
) -> None:
    post, script = house
    post.send(limit=1)
    post.store.conn.execute("DROP TRIGGER deliveries_keep_their_variant")
    post.store.conn.execute("UPDATE deliveries SET variant = '' WHERE state = 'pending'")
    with pytest.raises(WorkspaceError, match="has no variant ''"):
        post.send()
    assert len(script.received) == 1
    assert set(post.states().values()) == {"accepted", "pending"}


@pytest.mark.parametrize(
    "edition", [make_edition(), make_conditional_edition(conditions=(REGION, Condition(roles=("élu",))))]
)
def test_another_condition_voids_the_approval(house: tuple[Post, Script], edition) -> None:
    post, script = house
    post.store.conn.execute("DELETE FROM approvals WHERE digest = ?", (make_edition().digest,))
    post.edition = edition
    with pytest.raises(RefusedError, match="has changed since"):
        post.send()
    assert script.received == []


def test_a_word_changed_in_one_variant_voids_the_approval(house: tuple[Post, Script]) -> None:
    post, _script = house
    first, *rest = post.edition.variants
    assert find_approval(post.store, post.edition) is not None
    changed = replace(post.edition, variants=(replace(first, text=f"{first.text}!"), *rest))
    assert find_approval(post.store, changed) is None


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
conditions = st.builds(Condition, *(st.lists(words, max_size=2).map(tuple),) * 3)
variants = st.builds(Variant, st.text("01", max_size=3), words, words)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(conditions, min_size=1, max_size=3).map(tuple), st.lists(variants, max_size=3).map(tuple))
def test_a_kept_edition_comes_back_with_whom_its_blocks_are_for(
    post: Post, whom: tuple[Condition, ...], shown: tuple[Variant, ...]
) -> None:
    edition = make_edition(conditions=whom, variants=shown)
    approve(post.store, edition, by="Une Relectrice", now=START)
    assert load_edition(post.store, edition.digest) == edition


def test_a_plan_says_who_would_get_what_and_which_block_is_for_nobody(house: tuple[Post, Script]) -> None:
    post, _script = house
    plan = plan_mailing(post.store, post.workspace, post.edition.issue, "abonnes", post.edition, post.transport)
    assert plan.variants == (("", 7), ("région", 1), ("Occitanie", 1), ("région + Occitanie", 1))
    assert plan.unmet == ()
    for address in KINDS:
        tell(post, address, "commune", "Occitanie")
    plan = plan_mailing(post.store, post.workspace, post.edition.issue, "abonnes", post.edition, post.transport)
    assert plan.variants == (("", 7), ("Occitanie", 3))
    assert plan.unmet == ("région",)
    post.send(limit=4)
    plan = plan_mailing(post.store, post.workspace, post.edition.issue, "abonnes", post.edition, post.transport)
    assert (plan.variants, plan.unmet) == ((("", 6),), ())


def test_a_plan_of_an_edition_for_everybody_speaks_of_no_variant(post: Post) -> None:
    plan = plan_mailing(post.store, post.workspace, post.edition.issue, "abonnes", post.edition, post.transport)
    assert (plan.variants, plan.unmet) == ((), ())


@pytest.mark.parametrize(
    ("variant", "blocks", "subject"),
    [
        (None, "11", "[BAT, tous les blocs] "),
        ("00", "00", "[BAT pour les autres] "),
        ("01", "01", "[BAT pour : Occitanie] "),
    ],
)
def test_a_proof_shows_every_block_or_what_one_reader_gets_and_says_so(
    post: Post, tmp_path: Path, variant: str | None, blocks: str, subject: str
) -> None:
    edition = make_conditional_edition()
    assert edition.conditions == (REGION, OCCITANIE)
    with Catcher(tmp_path / "recus") as catcher:
        transport = TransportSettings("local", TransportKind.SMTP, host=catcher.host, port=catcher.port)
        send_proof(post.workspace, edition, ["a@rtes.example"], transport, post.watch, variant=variant)
        message = parsed(catcher.messages()[0].read_bytes())
    assert blocks_in(message) == blocks
    assert str(message["Subject"]).replace("\u00a0", " ") == f"{subject}{edition.subject}"
