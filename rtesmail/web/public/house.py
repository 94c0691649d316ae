"""What every public page works with: the workspace, its pages, its secrets, its database, the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.delivery.clock import Clock, utc_now
from rtesmail.model.publication import Workspace
from rtesmail.model.serving import OpenList, ServerSettings
from rtesmail.web.public.callers import caller_of
from rtesmail.web.public.pages import PublicPages

if TYPE_CHECKING:
    from sqlite_utils import Database
    from starlette.requests import Request


class House(Struct, frozen=True):
    """`secrets` are those that links may be signed with, the one for new ones first."""

    workspace: Workspace
    pages: PublicPages
    secrets: tuple[bytes, ...]
    now: Clock = utc_now

    @property
    def server(self) -> ServerSettings:
        return self.workspace.configuration.server

    @property
    def open_lists(self) -> tuple[OpenList, ...]:
        """The lists that anybody may join."""
        return self.pages.open_lists

    @contextmanager
    def writing(self) -> Iterator["Database"]:
        """Open the database for one request. Connections stay with their thread, and requests are few."""
        from rtesmail.store.opening import open_store

        store = open_store(self.workspace.database)
        try:
            yield store
        finally:
            store.conn.close()

    @contextmanager
    def reading(self) -> Iterator["Database"]:
        """Open the database for a GET: nothing can be written through it."""
        from rtesmail.store.opening import opened_for_reading

        with opened_for_reading(self.workspace.database) as store:
            yield store

    def caller(self, request: "Request") -> str:
        """Give the address of the one who calls, as the trusted proxies tell it."""
        peer = request.client.host if request.client else ""
        return caller_of(peer, request.headers.getlist("x-forwarded-for"), self.server.trusted_proxies)
