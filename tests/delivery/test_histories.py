"""Whatever happens in whatever order, on two lists with people in common: nobody twice, nobody lost, sums that hold."""

import random
from collections import Counter
from contextlib import suppress as ignoring
from datetime import timedelta

import pytest

from rtesmail.delivery.scheduling import cancel_mailing, run_due, schedule_mailing
from rtesmail.model.errors import RtesmailError

from .conftest import Post, Script, add_people, suppress

LISTS = ("abonnes", "presse")
TROUBLES = (
    "451 4.7.1 later",
    "550 5.1.1 no such person",
    "421 4.3.2 closing",
    "drop before the dot",
    "drop after the dot",
    "dot 451 4.3.0 later",
    "dot 554 5.6.0 unwanted",
)


class History:
    """Things that staff, readers, cron and servers do, one after the other."""

    def __init__(self, post: Post, script: Script, seed: int) -> None:
        self.post, self.script, self.chance = post, script, random.Random(seed)
        self.copies_at_leaving: dict[str, int] = {}
        self.known = 12
        add_people(post.store, 6, list_name="presse", start=7)

    def step(self) -> str:
        """Do one thing; give its name."""
        once = [self.send, self.join, self.cancel, self.plan, self.cron, self.wait]
        often = [self.send_some, self.leave, self.misbehave]
        act = self.chance.choice(once + often * 3)
        with ignoring(RtesmailError):
            act()
        return act.__name__

    def send(self) -> None:
        self.post.send(list_name=self.chance.choice(LISTS))

    def send_some(self) -> None:
        self.post.send(list_name=self.chance.choice(LISTS), limit=self.chance.randint(1, 4))

    def leave(self) -> None:
        address = self.somebody()
        if address not in self.copies_at_leaving:
            suppress(self.post.store, address)
            self.copies_at_leaving[address] = self.script.copies().get(address, 0)

    def join(self) -> None:
        self.known += 1
        add_people(self.post.store, 1, list_name=self.chance.choice(LISTS), start=self.known)

    def cancel(self) -> None:
        post = self.post
        cancel_mailing(post.store, post.workspace, post.edition.issue, self.chance.choice(LISTS), now=post.watch)

    def plan(self) -> None:
        post, start = self.post, self.post.watch() + timedelta(hours=self.chance.randint(-1, 2))
        latest = self.chance.choice([None, post.watch() + timedelta(hours=3)])
        chosen = self.chance.choice(LISTS)
        schedule_mailing(
            post.store, post.workspace, post.edition.issue, chosen, at=start, not_after=latest, now=post.watch
        )

    def cron(self) -> None:
        post = self.post
        run_due(
            post.store,
            post.workspace,
            render=lambda _issue: post.edition,
            transport_for=lambda _edition, _list: post.transport,
            now=post.watch,
        )

    def wait(self) -> None:
        self.post.watch.move(minutes=self.chance.choice([1, 20, 90, 300]))

    def misbehave(self) -> None:
        self.script.behaviour.setdefault(self.somebody(), []).append(self.chance.choice(TROUBLES))

    def somebody(self) -> str:
        return f"p{self.chance.randint(1, 12):03d}@example.org"

    def check(self, story: list[str]) -> None:
        """Hold the ledger against what the server itself has."""
        copies, connection = self.script.copies(), self.post.store.conn
        assert max(copies.values(), default=0) <= 1, story
        assert {a: copies.get(a, 0) for a in self.copies_at_leaving} == self.copies_at_leaving, story
        rows = connection.execute("SELECT email, state FROM deliveries").fetchall()
        accepted = Counter(row["email"] for row in rows if row["state"] == "accepted")
        unknown = {row["email"] for row in rows if row["state"] == "unknown"}
        assert set(accepted) <= set(copies) <= set(accepted) | unknown, story
        assert max(accepted.values(), default=0) <= 1, story
        for mailing in connection.execute("SELECT * FROM mailings").fetchall():
            states = Counter(
                row["state"]
                for row in connection.execute("SELECT state FROM deliveries WHERE mailing_id = ?", (mailing["id"],))
            )
            assert states.total() == (mailing["audience"] or 0), story
            assert not states["sending"], story
            is_over = mailing["state"] in ("finished", "expired", "cancelled")
            assert not (is_over and (states["pending"] or states["deferred"])), story


@pytest.mark.parametrize("seed", range(16))
def test_in_any_order_of_events_nobody_gets_two_and_the_sums_hold(mailed: tuple[Post, Script], seed: int) -> None:
    history = History(*mailed, seed)
    story: list[str] = []
    for _step in range(20):
        story.append(history.step())
        history.check(story)
