"""What providers tell ends as suppressions, in whatever order and however often it comes."""

import json
from datetime import timedelta
from itertools import permutations

import pytest

from rtesmail.audience.suppression import resubscribe
from rtesmail.model.errors import WorkspaceError
from rtesmail.web.public.app import make_public_app

from .conftest import START, Doors, Opener

HOOK = (
    "[server.lists.mensuelle]",
    '[server.hooks.brevo]\nsecret_env = "RTESMAIL_TEST_HOOK"\n\n[server.lists.mensuelle]',
)
BEARER = {"Authorization": "Bearer s3cret-of-the-hook"}


@pytest.fixture
def doors(open_doors: Opener, monkeypatch: pytest.MonkeyPatch) -> Doors:
    monkeypatch.setenv("RTESMAIL_TEST_HOOK", "s3cret-of-the-hook")
    return open_doors(HOOK)


def event(name: str, email: str = "ines@ville.example", *, days: float = 0) -> bytes:
    moment = int((START + timedelta(days=days)).timestamp())
    return json.dumps({"event": name, "email": email, "ts_event": moment, "message-id": "<1@rtes.example>"}).encode()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("hard_bounce", "bounced"),
        ("spam", "complained"),
        ("unsubscribed", "unsubscribed"),
        ("soft_bounce", "active"),
        ("blocked", "active"),
        ("delivered", "active"),
        ("something_new", "active"),
    ],
)
def test_an_event_ends_as_what_it_means(doors: Doors, name: str, status: str) -> None:
    assert doors.post("/hooks/brevo", event(name), **BEARER).status_code == 200
    assert doors.status(1) == status
    assert doors.status(2) == "active"


def test_failures_that_may_pass_are_counted_and_end_the_writing(doors: Doors) -> None:
    doors.watch.move(days=60)
    for days in (1, 2, 2, 3, 4, 4):
        doors.post("/hooks/brevo", event("soft_bounce", days=days), **BEARER)
    assert doors.status(1) == "active"
    doors.post("/hooks/brevo", event("soft_bounce", days=5), **BEARER)
    assert doors.status(1) == "bounced"
    assert doors.rows("SELECT count(*) FROM feedback_events WHERE kind = 'soft_bounce'") == [(5,)]


def test_a_call_that_is_not_genuine_changes_nothing(doors: Doors) -> None:
    before = doors.dump()
    for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": ""}):
        assert doors.post("/hooks/brevo", event("spam"), **headers).status_code == 403
    assert doors.dump() == before


def test_a_provider_without_a_secret_has_no_door(doors: Doors) -> None:
    assert [doors.post(f"/hooks/{name}", b"{}").status_code for name in ("postmark", "smtp", "x")] == [404] * 3


@pytest.mark.parametrize("order", list(permutations(["hard_bounce", "spam", "unsubscribed"])))
def test_the_order_and_number_of_calls_do_not_matter(doors: Doors, order: tuple[str, ...]) -> None:
    for name in (*order, *order):
        doors.post("/hooks/brevo", event(name), **BEARER)
    assert doors.status(1) == "complained"


def test_an_event_from_before_a_persons_own_yes_is_history(doors: Doors) -> None:
    doors.post("/hooks/brevo", event("unsubscribed"), **BEARER)
    with doors.store() as store:
        resubscribe(store, "ines@ville.example", source="mail", wording="yes", now=START + timedelta(days=2))
    doors.post("/hooks/brevo", event("unsubscribed"), **BEARER)
    assert doors.status(1) == "active"
    doors.post("/hooks/brevo", event("unsubscribed", days=3), **BEARER)
    assert doors.status(1) == "unsubscribed"


@pytest.mark.parametrize(
    "body", [b"", b"x", b"[1]", b'"text"', b"\xff", b'{"event": {}}', b'{"event": "spam", "email": "no"}']
)
def test_a_body_that_cannot_be_read_is_answered_and_changes_nothing(doors: Doors, body: bytes) -> None:
    before = doors.dump()
    assert doors.post("/hooks/brevo", body, **BEARER).status_code in (200, 400)
    assert doors.dump() == before


def test_a_missing_secret_is_said_before_the_doors_open(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RTESMAIL_TEST_HOOK")
    with pytest.raises(WorkspaceError, match="RTESMAIL_TEST_HOOK"):
        make_public_app(doors.workspace)
