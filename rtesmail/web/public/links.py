"""The door /l/ISSUE/MARK: it leads where a letter's link leads, and nowhere else.

The answer to a GET stays the same however often it comes; what is added up is how often, never who.
"""

import asyncio
import sqlite3
from typing import TYPE_CHECKING

from rtesmail.delivery.links import add_clicks, find_address
from rtesmail.model.errors import RtesmailError
from rtesmail.web.public.callers import neighbourhood
from rtesmail.web.public.clicks import Clicks, is_machine
from rtesmail.web.public.guard import LOG
from rtesmail.web.public.house import House

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_WRITE_EVERY = 1.0


class Links:
    """Leads on at once; the totals are written beside it, when the database can be written to."""

    def __init__(self, house: House) -> None:
        self._house = house
        publications = house.workspace.configuration.publications
        self._counting = frozenset(name for name, publication in publications.items() if publication.count_links)
        self._clicks = Clicks(lambda: house.now().timestamp())
        # No more than the table has: what is not in it is not kept here either.
        self._addresses: dict[tuple[str, str], str] = {}

    async def lead(self, request: "Request") -> "Response":
        """Lead to the address; a page of ours says so when there is none."""
        from starlette.concurrency import run_in_threadpool
        from starlette.exceptions import HTTPException
        from starlette.responses import Response

        issue, mark = request.path_params["issue"], request.path_params["mark"]
        address = self._addresses.get((issue, mark)) or await run_in_threadpool(self._find, issue, mark)
        if address is None:
            raise HTTPException(404)
        if self._counting and request.method == "GET" and not is_machine(request.headers):
            caller = f"{neighbourhood(self._house.caller(request))}\0{request.headers['user-agent']}"
            self._clicks.note(caller, issue, mark)
        # As it stands in the table: a redirect of Starlette's own would encode it once more.
        return Response(status_code=302, headers={"location": address, "x-robots-tag": "noindex"})

    async def write_totals(self) -> None:
        """Write what counts, every second, until cancelled."""
        from starlette.concurrency import run_in_threadpool

        while True:
            await asyncio.sleep(_WRITE_EVERY)
            await run_in_threadpool(self.write)

    def write(self, *, everything: bool = False) -> None:
        """Write what counts by now, or `everything` at the end; what cannot be written waits."""
        clicks = self._clicks.take(everything=everything)
        if not clicks:
            return
        try:
            with self._house.writing() as store:
                add_clicks(store, clicks, self._counting)
        except (RtesmailError, sqlite3.Error) as error:
            self._clicks.give_back(clicks)
            LOG.warning("%s: the totals of links wait to be written", type(error).__name__)

    def _find(self, issue: str, mark: str) -> str | None:
        with self._house.reading() as store:
            address = find_address(store, issue, mark)
        if address is not None:
            self._addresses[issue, mark] = address
        return address
