"""Several letters in one call, and what became of each of them."""

from collections import deque
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.delivery.transports.http import verdicts
from rtesmail.delivery.transports.http.calls import Answer, AnswerLostError, HttpCaller, NothingLeftError
from rtesmail.delivery.transports.http.verdicts import DIVISIBLE, Verdict
from rtesmail.delivery.transports.letters import Letter


class Entry(Struct, frozen=True):
    """A letter with the JSON that stands for it in a call."""

    letter: Letter
    content: bytes

    @property
    def delivery(self) -> int:
        return self.letter.delivery


class BatchCall(Struct, frozen=True):
    """How one provider takes several letters.

    `wrap` makes a call's body of its letters' JSON; `judge` reads the verdicts out of an answer, one for each letter in
    their order, or None when the answer is about the call as a whole; `words` gives what it says then.
    """

    caller: HttpCaller
    path: str
    most_bytes: int
    wrap: Callable[[Sequence[bytes]], bytes]
    judge: Callable[[Answer, Sequence[Letter]], Sequence[Verdict] | None]
    words: Callable[[Answer], str]

    async def send(self, entries: Sequence[Entry]) -> list[Verdict]:
        """Hand letters over, in as many calls as their size wants; a refused call is tried again in halves.

        After a verdict that would be the same for everybody no more calls are made.
        """
        found: dict[int, Verdict] = {}
        calls = deque(_packs(entries, self.most_bytes))
        stop: Verdict | None = None
        while calls:
            call = calls.popleft()
            judged = [_same(stop, entry.delivery) for entry in call] if stop else await self._once(call)
            if judged is None:
                middle = len(call) // 2
                calls.extendleft((call[middle:], call[:middle]))
                continue
            found.update((verdict.outcome.delivery, verdict) for verdict in judged)
            stop = stop or next((verdict for verdict in judged if verdict.stops), None)
        return [found[entry.delivery] for entry in entries]

    async def _once(self, call: Sequence[Entry]) -> Sequence[Verdict] | None:
        """Make one call; None when it was refused as a whole and can be divided."""
        try:
            answer = await self.caller.post(self.path, self.wrap([entry.content for entry in call]))
        except (NothingLeftError, AnswerLostError) as error:
            return [verdicts.unanswered(entry.delivery, error, is_cut=self.caller.is_cut) for entry in call]
        judged = self.judge(answer, [entry.letter for entry in call])
        if judged is not None:
            return judged
        if answer.is_success:
            return [verdicts.unreadable(entry.delivery, answer) for entry in call]
        if answer.status in DIVISIBLE and len(call) > 1:
            return None
        return [verdicts.of_status(entry.delivery, answer.status, self.words(answer)) for entry in call]


def _packs(entries: Sequence[Entry], most_bytes: int) -> list[Sequence[Entry]]:
    packs: list[list[Entry]] = []
    size = most_bytes
    for entry in entries:
        if not packs or size + len(entry.content) > most_bytes:
            packs.append([])
            size = 0
        packs[-1].append(entry)
        size += len(entry.content) + 1
    return list(packs)


def _same(verdict: Verdict, delivery: int) -> Verdict:
    return replace(verdict, outcome=replace(verdict.outcome, delivery=delivery))
