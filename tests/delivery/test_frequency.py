"""Who wants one rhythm only gets nothing of another, even when they say so during the mailing."""

from types import MappingProxyType

import pytest
from msgspec.structs import replace

from rtesmail.audience.wishes import choose_frequency
from rtesmail.delivery import audiences
from rtesmail.model.mailing import DeliveryState
from rtesmail.model.publication import Publication, Sender
from rtesmail.model.wishes import Frequency

from .conftest import ISSUE, Post, count


def publish(post: Post, frequency: Frequency | None) -> None:
    """Say in the settings which rhythm the publication has."""
    sender = Sender("RTES", "lettre@rtes.example")
    publication = Publication("mensuelle", "La newsletter", "monthly", sender, "smtp", (), frequency=frequency)
    settings = replace(post.workspace.configuration, publications=MappingProxyType({"mensuelle": publication}))
    post.workspace = replace(post.workspace, configuration=settings)


def choose(post: Post, person: int, frequency: Frequency | None) -> bool:
    return choose_frequency(post.store, person, frequency, source="a link", now=post.watch())


@pytest.mark.parametrize(
    ("rhythm", "left_out"),
    [(Frequency.MONTHLY, "p002"), (Frequency.QUARTERLY, "p001"), (None, "p001 p002")],
)
def test_who_wants_one_rhythm_gets_that_one_and_nothing_else(
    post: Post, rhythm: Frequency | None, left_out: str
) -> None:
    publish(post, rhythm)
    choose(post, 1, Frequency.MONTHLY)
    choose(post, 2, Frequency.QUARTERLY)
    gone = {f"{name}@example.org" for name in left_out.split()}
    frequency = post.workspace.configuration.frequency_of("mensuelle")
    people, held = audiences.foresee(post.store, ISSUE, "abonnes", frequency=frequency)
    assert held == {"wants another frequency": len(gone)}
    post.send()
    assert set(post.states()) == {person.email for person in people}
    assert not gone & set(post.states())
    assert len(people) + len(gone) == 10


def test_a_frequency_chosen_during_the_mailing_counts_at_once(post: Post) -> None:
    publish(post, Frequency.MONTHLY)
    post.send(limit=3)
    assert choose(post, 10, Frequency.QUARTERLY)
    assert choose(post, 9, Frequency.MONTHLY)
    report = post.send()
    assert count(report, DeliveryState.ACCEPTED) == 9
    assert post.states()["p010@example.org"] == "skipped"
    assert post.reply_to("p010@example.org")["reply"] == "wants another frequency"
    assert report.newcomers_left_out == 0


def test_who_did_not_want_this_rhythm_at_the_start_is_no_newcomer(post: Post) -> None:
    publish(post, Frequency.MONTHLY)
    choose(post, 1, Frequency.QUARTERLY)
    assert post.send().newcomers_left_out == 0


def test_who_takes_a_wish_back_in_time_is_written_to(post: Post) -> None:
    publish(post, None)
    assert choose(post, 1, Frequency.MONTHLY)
    assert not choose(post, 1, Frequency.MONTHLY)
    assert choose(post, 1, None)
    post.send()
    assert post.states()["p001@example.org"] == "accepted"
    said = post.store.execute("SELECT event, detail FROM consent_events WHERE event = 'preferences'").fetchall()
    assert [tuple(row) for row in said] == [
        ("preferences", "frequency: everything → the monthly only"),
        ("preferences", "frequency: the monthly only → everything"),
    ]
