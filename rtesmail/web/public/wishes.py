"""The preference page: the lists to leave at once or to join, how often to be written to, and the letter on paper.

A link that is forged, cut or nobody's any more shows the same page with no list ticked, and the same answer. A letter
can be forwarded, and its links with it: the page never shows the postal address that it was given.
"""

from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.audience.departures import (
    find_subscriber,
    has_left,
    join_lists,
    leave_everything,
    leave_list,
    lists_of,
)
from rtesmail.audience.wishes import (
    MOST_CHARACTERS,
    MOST_LINES,
    ask_for_paper,
    choose_frequency,
    is_reader,
    postal_trouble,
    read_postal_address,
    wishes_of,
)
from rtesmail.delivery.tokens import Purpose, verify_with
from rtesmail.model.people import Subscriber, SubscriberStatus
from rtesmail.model.wishes import EVERYTHING, Frequency, Wishes
from rtesmail.rendering.translations import translation
from rtesmail.web.public.asking import Asking, Wish
from rtesmail.web.public.bodies import MOST_FORM_BYTES, Fields, every, first, form_fields, read_body
from rtesmail.web.public.house import House

if TYPE_CHECKING:
    from sqlite_utils import Database
    from starlette.requests import Request
    from starlette.responses import Response

_PAGE = "preference page"


class Choice(Struct, frozen=True):
    """One list on the page. `is_open` tells that who leaves it can join again."""

    name: str
    title: str
    description: str
    is_open: bool
    is_ticked: bool


class Shown(Struct, frozen=True):
    """What the page shows as chosen. `typed` is a postal address that is not kept yet, `wrong` why not."""

    ticked: tuple[str, ...] = ()
    frequency: str = EVERYTHING
    paper: bool = False
    typed: str = ""
    wrong: str = ""


class PreferencePage:
    """The door /p/TOKEN."""

    def __init__(self, house: House, asking: Asking) -> None:
        self._house, self._asking = house, asking
        rhythms = {publication.frequency for publication in house.workspace.configuration.publications.values()}
        self._frequencies = tuple(frequency for frequency in Frequency if frequency in rhythms)

    async def show(self, request: "Request") -> "Response":
        """Show the lists and wishes with their present state."""
        from starlette.concurrency import run_in_threadpool

        mine, wishes = await run_in_threadpool(self._present, request.path_params["token"])
        return self._page(
            request, "wishes", mine, Shown(mine, wishes.frequency or EVERYTHING, bool(wishes.postal_address))
        )

    async def change(self, request: "Request") -> "Response":
        """Leave what is no longer ticked, join what is newly ticked, keep the wishes.

        A postal address that would not do is asked for again; all else counts at once, a no first of all.
        """
        from starlette.concurrency import run_in_threadpool

        body = await read_body(request, MOST_FORM_BYTES)
        fields = form_fields(request.headers.get("content-type", ""), body)
        language = self._house.pages.language(request)
        mine, wrong, asked = await run_in_threadpool(self._change, request.path_params["token"], fields, language)
        if asked is not None:
            self._asking.begin(asked[0], asked[1])
        if first(fields, "everything"):
            return self._page(request, "wished", mine, Shown())
        typed = first(fields, "postal_address") if wrong else ""
        frequency = first(fields, "frequency")
        chosen = frequency if frequency in self._frequencies else EVERYTHING
        shown = Shown(every(fields, "list"), chosen, bool(first(fields, "paper")), typed, wrong)
        return self._page(request, "wished", mine, shown, status=422 if wrong else 200)

    def _page(
        self, request: "Request", name: str, mine: tuple[str, ...], shown: Shown, status: int = 200
    ) -> "Response":
        choices = [
            Choice(entry.name, entry.title, entry.description, is_open=True, is_ticked=entry.name in shown.ticked)
            for entry in self._house.open_lists
        ]
        is_open = {entry.name for entry in self._house.open_lists}
        choices += [
            Choice(other, other, "", is_open=False, is_ticked=other in shown.ticked)
            for other in mine
            if other not in is_open
        ]
        return self._house.pages.answer(
            request,
            name,
            status=status,
            choices=choices,
            shown=shown,
            frequencies=[frequency.value for frequency in self._frequencies],
            has_paper=self._house.server.paper,
            most_lines=MOST_LINES,
            most_characters=MOST_CHARACTERS,
        )

    def _present(self, token: str) -> tuple[tuple[str, ...], Wishes]:
        with self._house.reading() as store:
            subscriber = self._subscriber(token)
            wishes = wishes_of(store, subscriber) if is_reader(store, subscriber) else Wishes()
            return lists_of(store, subscriber), wishes

    def _change(
        self, token: str, fields: Fields, language: str
    ) -> tuple[tuple[str, ...], str, tuple[Wish, str] | None]:
        """Write the wishes down; give the lists before, what is wrong, and what needs a confirmation by mail."""
        house, now = self._house, self._house.now()
        subscriber = self._subscriber(token)
        with house.writing() as store:
            mine = lists_of(store, subscriber)
            if first(fields, "everything"):
                leave_everything(store, subscriber, source=_PAGE, now=now)
                return mine, "", None
            wanted, shown = every(fields, "list"), every(fields, "shown")
            for name in mine:
                # A list that the person was put on while the page stood open was not shown, hence not refused.
                if name in shown and name not in wanted:
                    leave_list(store, subscriber, name, source=_PAGE, now=now)
            wrong = self._keep_wishes(store, subscriber, fields, language)
            new = tuple(e.name for e in house.open_lists if e.name in wanted and e.name not in mine)
            person = find_subscriber(store, subscriber)
            if person is None or person.status is SubscriberStatus.ERASED or not new:
                return mine, wrong, None
            direct = self._without_question(store, person, new, is_reader=bool(mine))
            join_lists(store, person.id, direct, source=_PAGE, wording=self._asking.wording(language), now=now)
        to_ask = tuple(name for name in new if name not in direct)
        if not to_ask:
            return mine, wrong, None
        return mine, wrong, (Wish(person.email, to_ask, language, now, _PAGE), person.email_key)

    def _keep_wishes(self, store: "Database", subscriber: int, fields: Fields, language: str) -> str:
        """Keep frequency and paper as the form has them; say what is wrong with the postal address, if anything is.

        What is wrong depends on the form alone, but for an address that is known already and may be left out.
        """
        now, is_known = self._house.now(), is_reader(store, subscriber)
        chosen = first(fields, "frequency")
        if is_known and (chosen == EVERYTHING or chosen in self._frequencies):
            frequency = None if chosen == EVERYTHING else Frequency(chosen)
            choose_frequency(store, subscriber, frequency, source=_PAGE, now=now)
        if not self._house.server.paper or not first(fields, "paper_shown"):
            return ""
        lines: tuple[str, ...] = ()
        if first(fields, "paper"):
            kept = wishes_of(store, subscriber).postal_address if is_known else ()
            lines = read_postal_address(first(fields, "postal_address")) or kept
            wrong = postal_trouble(lines, translation(language).gettext)
            if wrong:
                return wrong
        if is_known:
            ask_for_paper(store, subscriber, lines, source=_PAGE, now=now)
        return ""

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
