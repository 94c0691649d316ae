"""The preference page: the lists a person is on, to leave at once, and the open ones, to join.

A link that is forged, cut or nobody's any more shows the same page with no list ticked, and the same answer.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtesmail.audience.departures import (
    find_subscriber,
    has_left,
    join_lists,
    leave_everything,
    leave_list,
    lists_of,
)
from rtesmail.delivery.tokens import Purpose, verify_with
from rtesmail.model.people import Subscriber, SubscriberStatus
from rtesmail.web.public.asking import Asking, Wish
from rtesmail.web.public.bodies import MOST_FORM_BYTES, Fields, every, first, form_fields, read_body
from rtesmail.web.public.house import House

if TYPE_CHECKING:
    from sqlite_utils import Database
    from starlette.requests import Request
    from starlette.responses import Response

_PAGE = "preference page"


@dataclass(frozen=True, slots=True)
class Choice:
    """One list on the page. `is_open` tells that who leaves it can join again."""

    name: str
    title: str
    description: str
    is_open: bool
    is_ticked: bool


class Wishes:
    """The door /p/TOKEN."""

    def __init__(self, house: House, asking: Asking) -> None:
        self._house, self._asking = house, asking

    async def show(self, request: "Request") -> "Response":
        """Show the lists with their present state."""
        from starlette.concurrency import run_in_threadpool

        mine = await run_in_threadpool(self._lists, request.path_params["token"])
        return self._page(request, "wishes", mine, mine)

    async def change(self, request: "Request") -> "Response":
        """Leave what is no longer ticked, join what is newly ticked."""
        from starlette.concurrency import run_in_threadpool

        body = await read_body(request, MOST_FORM_BYTES)
        fields = form_fields(request.headers.get("content-type", ""), body)
        language = self._house.pages.language(request)
        mine, asked = await run_in_threadpool(self._change, request.path_params["token"], fields, language)
        if asked is not None:
            self._asking.begin(asked[0], asked[1])
        wanted = () if first(fields, "everything") else every(fields, "list")
        return self._page(request, "wished", mine, wanted)

    def _page(self, request: "Request", name: str, mine: tuple[str, ...], ticked: tuple[str, ...]) -> "Response":
        choices = [
            Choice(entry.name, entry.title, entry.description, is_open=True, is_ticked=entry.name in ticked)
            for entry in self._house.open_lists
        ]
        is_open = {entry.name for entry in self._house.open_lists}
        choices += [
            Choice(other, other, "", is_open=False, is_ticked=other in ticked) for other in mine if other not in is_open
        ]
        return self._house.pages.answer(request, name, choices=choices)

    def _lists(self, token: str) -> tuple[str, ...]:
        with self._house.reading() as store:
            return lists_of(store, self._subscriber(token))

    def _change(self, token: str, fields: Fields, language: str) -> tuple[tuple[str, ...], tuple[Wish, str] | None]:
        """Write the wishes down; give the lists before, and what needs a confirmation by mail, if anything does."""
        house, now = self._house, self._house.now()
        subscriber = self._subscriber(token)
        with house.writing() as store:
            mine = lists_of(store, subscriber)
            if first(fields, "everything"):
                leave_everything(store, subscriber, source=_PAGE, now=now)
                return mine, None
            wanted, shown = every(fields, "list"), every(fields, "shown")
            for name in mine:
                # A list that the person was put on while the page stood open was not shown, hence not refused.
                if name in shown and name not in wanted:
                    leave_list(store, subscriber, name, source=_PAGE, now=now)
            new = tuple(e.name for e in house.open_lists if e.name in wanted and e.name not in mine)
            person = find_subscriber(store, subscriber)
            if person is None or person.status is SubscriberStatus.ERASED or not new:
                return mine, None
            direct = self._without_question(store, person, new, is_reader=bool(mine))
            join_lists(store, person.id, direct, source=_PAGE, wording=self._asking.wording(language), now=now)
        to_ask = tuple(name for name in new if name not in direct)
        if not to_ask:
            return mine, None
        return mine, (Wish(person.email, to_ask, language, now, _PAGE), person.email_key)

    def _without_question(
        self, store: "Database", person: Subscriber, names: tuple[str, ...], *, is_reader: bool
    ) -> tuple[str, ...]:
        """Give the lists that a person may join at once.

        A letter can be forwarded, and its links with it: a no is lifted only from the mailbox itself.
        """
        return tuple(name for name in names if is_reader and not has_left(store, person.id, name))

    def _subscriber(self, token: str) -> int:
        grant = verify_with(self._house.secrets, Purpose.PREFERENCES, token)
        return grant.subscriber if grant else 0
