"""The unsubscribe page, RFC 8058 one-click, and the way back for who left by mistake.

The page is the same for every link, genuine or not, whoever it belongs to: it tells nothing about who exists.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rtesmail.audience.departures import find_subscriber, join_lists, leave_everything, leave_list, lists_of
from rtesmail.audience.suppression import resubscribe
from rtesmail.delivery.tokens import Purpose, seal, unseal, verify_with
from rtesmail.model.errors import RefusedError
from rtesmail.rendering.translations import translation
from rtesmail.store.moments import from_text, to_text
from rtesmail.web.public.bodies import MOST_FORM_BYTES, first, form_fields, read_body
from rtesmail.web.public.house import House

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

RETURN_WITHIN = timedelta(hours=24)
"""A mistake is seen at once; an old page left open somewhere must not bring back who meant it."""

ONE_LIST, EVERYTHING = "list", "everything"
_ONE_CLICK, _PAGE = "one-click unsubscribe (RFC 8058)", "unsubscribe page"


class Leaving:
    """The doors /u/TOKEN and /r/TOKEN."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def show(self, request: "Request") -> "Response":
        """Show the page with its buttons; the token is not even looked at."""
        return self._house.pages.answer(request, "leave")

    async def leave(self, request: "Request") -> "Response":
        """Take a no: of the whole house, or of one list when the page's second button says so.

        A mail provider's one-click (RFC 8058) shows nobody a choice, and neither does a POST without any field: both
        are a no to everything.
        """
        from starlette.concurrency import run_in_threadpool

        body = await read_body(request, MOST_FORM_BYTES)
        fields = form_fields(request.headers.get("content-type", ""), body)
        scope = ONE_LIST if first(fields, "leave") == ONE_LIST else EVERYTHING
        source = _ONE_CLICK if first(fields, "List-Unsubscribe") else _PAGE
        back = await run_in_threadpool(self._leave, request.path_params["token"], scope, source)
        return self._house.pages.answer(request, "left", scope=scope, back=back)

    async def show_return(self, request: "Request") -> "Response":
        """Show the button for those who load the address of the way back anew."""
        return self._house.pages.answer(request, "return")

    async def come_back(self, request: "Request") -> "Response":
        """Take back the no that the page before wrote down."""
        from starlette.concurrency import run_in_threadpool

        await read_body(request, MOST_FORM_BYTES)
        words = translation(self._house.pages.language(request)).gettext("I left by mistake")
        is_in_time = await run_in_threadpool(self._come_back, request.path_params["token"], words)
        if not is_in_time:
            return self._house.pages.answer(request, "stale", status=410)
        return self._house.pages.answer(request, "returned")

    def _leave(self, token: str, scope: str, source: str) -> str:
        """Write the no down; give the token of the way back, which leads nowhere when nothing was changed."""
        house = self._house
        grant = verify_with(house.secrets, Purpose.UNSUBSCRIBE, token)
        subscriber, list_name = (grant.subscriber, grant.list_name) if grant else (0, "")
        now = house.now()
        with house.writing() as store:
            # Who was written to before can come back by mistake's button, nobody else.
            was_reader = bool(lists_of(store, subscriber))
            if scope == ONE_LIST:
                has_left = leave_list(store, subscriber, list_name, source=source, now=now)
            else:
                has_left = leave_everything(store, subscriber, source=source, now=now)
        number = subscriber if has_left and was_reader else 0
        return seal(house.secrets[0], Purpose.RETURN, f"{number} {to_text(now)} {scope} {list_name}")

    def _come_back(self, token: str, words: str) -> bool:
        house = self._house
        content = unseal(house.secrets, Purpose.RETURN, token)
        if content is None:
            return False
        number, left_at, scope, list_name = content.split(" ", 3)
        now = house.now()
        if not _is_recent(from_text(left_at), now):
            return False
        with house.writing() as store:
            person = find_subscriber(store, int(number))
            if person is None:
                return True
            if scope == ONE_LIST:
                join_lists(store, person.id, (list_name,), source=_PAGE, wording=words, now=now)
                return True
            try:
                resubscribe(store, person.email, source=_PAGE, wording=words, now=now)
            except RefusedError:
                # A bounce or complaint came in meanwhile; the page says what to do when no letter comes.
                return True
        return True


def _is_recent(moment: datetime, now: datetime) -> bool:
    return timedelta(0) <= now - moment <= RETURN_WITHIN
