"""A house that has sent one letter, to which things come back."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from rtesmail.feedback.treating import treat_event, treat_message
from rtesmail.model.feedback import (
    FeedbackEvent,
    FeedbackKind,
    FeedbackPolicy,
    ReturnedMessage,
    Treatment,
)

from ..delivery.conftest import START, Post
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
