"""The subscription form, and the page that confirms. Neither tells whether an address is known here."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rtesmail.audience.addresses import InvalidAddress, parse_address
from rtesmail.audience.subscriptions import Consent, subscribe
from rtesmail.web.public.asking import Asking, Wish
from rtesmail.web.public.bodies import MOST_FORM_BYTES, every, first, form_fields, read_body
from rtesmail.web.public.callers import neighbourhood
from rtesmail.web.public.house import House
from rtesmail.web.public.limits import Limit

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MOST_FOR_CALLER = (10, 3600.0)
"""Sent forms from one address of the network in an hour: a town hall behind one address still gets through."""

_TRAP = "website"
"""A field that people do not see: what fills it in is a machine."""


class Joining:
    """The doors /inscription and /c/TOKEN."""

    def __init__(self, house: House, asking: Asking) -> None:
        self._house, self._asking = house, asking
        self._per_caller = Limit(*MOST_FOR_CALLER)

    async def show(self, request: "Request") -> "Response":
        """Show the form."""
        self._require_open_list()
        return self._form(request)

    async def join(self, request: "Request") -> "Response":
        """Send a letter to the address that was given, if it may be asked; the page is the same for all of them."""
        from starlette.exceptions import HTTPException

        self._require_open_list()
        body = await read_body(request, MOST_FORM_BYTES)
        fields = form_fields(request.headers.get("content-type", ""), body)
        caller = self._house.caller(request)
        if not self._per_caller.allows(neighbourhood(caller)):
            raise HTTPException(429)
        typed, chosen = first(fields, "email"), self._chosen(every(fields, "list"))
        if first(fields, _TRAP):
            return self._house.pages.answer(request, "asked")
        try:
            address = parse_address(typed)
        except InvalidAddress:
            return self._form(request, typed=typed, chosen=chosen, wrong="email", status=422)
        if not chosen:
            return self._form(request, typed=typed, wrong="list", status=422)
        kept = caller if self._house.server.keep_ip else ""
        language = self._house.pages.language(request)
        wish = Wish(address.email, chosen, language, self._house.now(), "subscription form", kept)
        self._asking.begin(wish, address.key)
        return self._house.pages.answer(request, "asked")

    async def show_confirmation(self, request: "Request") -> "Response":
        """Show the button that says yes, with what it is a yes to."""
        found = self._asking.read(request.path_params["token"])
        if found is None:
            return self._house.pages.answer(request, "stale", status=410)
        return self._house.pages.answer(request, "confirm", titles=self._titles(found), wording=found.wording)

    async def confirm(self, request: "Request") -> "Response":
        """Put who says yes on their lists; a second time changes nothing."""
        from starlette.concurrency import run_in_threadpool

        await read_body(request, MOST_FORM_BYTES)
        found = self._asking.read(request.path_params["token"])
        if found is None:
            return self._house.pages.answer(request, "stale", status=410)
        caller = self._house.caller(request) if self._house.server.keep_ip else ""
        if not await run_in_threadpool(self._subscribe, replace(found, confirmed_from=caller)):
            return self._house.pages.answer(request, "stale", status=410)
        return self._house.pages.answer(request, "confirmed", titles=self._titles(found))

    def _subscribe(self, consent: Consent) -> bool:
        with self._house.writing() as store:
            return subscribe(store, consent, now=self._house.now())

    def _form(
        self,
        request: "Request",
        *,
        typed: str = "",
        chosen: tuple[str, ...] = (),
        wrong: str = "",
        status: int = 200,
    ) -> "Response":
        return self._house.pages.answer(
            request,
            "join",
            status=status,
            lists=self._house.open_lists,
            wording=self._asking.wording(self._house.pages.language(request)),
            typed=typed[:254],
            chosen=chosen,
            wrong=wrong,
        )

    def _require_open_list(self) -> None:
        from starlette.exceptions import HTTPException

        if not self._house.open_lists:
            raise HTTPException(404)

    def _chosen(self, named: tuple[str, ...]) -> tuple[str, ...]:
        known = [entry.name for entry in self._house.open_lists]
        return tuple(known) if len(known) == 1 else tuple(name for name in known if name in named)

    def _titles(self, consent: Consent) -> tuple[str, ...]:
        return tuple(entry.title for entry in self._house.open_lists if entry.name in consent.list_names)
