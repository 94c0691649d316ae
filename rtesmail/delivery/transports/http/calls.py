"""Calls to a provider's HTTP API: what surely left and what surely did not, pacing, and no secret in any words.

A server acts on no request whose body has not come in whole (RFC 9112 section 8). So a call that fails before the last
piece of its body was handed to the connection has surely done nothing; one that fails afterwards may have done all.
What the answers mean stands in `verdicts`.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from gettext import gettext as _
from pathlib import Path
from typing import Literal

from msgspec import Struct

from rtesmail.delivery.transports.http.connections import JSON, Body, Connections
from rtesmail.model.system_words import system_words

TOO_MANY_REQUESTS = 429
UNAVAILABLE = 503
_MOST_WORDS = 500


class NothingLeftError(Exception):
    """The provider surely got no whole request; `str(error)` says why. A lasting trouble is not tried again."""

    def __init__(self, words: str, *, is_lasting: bool = False) -> None:
        super().__init__(words)
        self.is_lasting = is_lasting


class AnswerLostError(Exception):
    """The provider may have got the whole request, and what it did with it is not known."""


class Answer(Struct, frozen=True):
    """A provider's answer; `headers` are looked up whatever their case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def content(self) -> object:
        """Give the JSON of the body, None when it is none."""
        try:
            found: object = json.loads(self.body)
        except ValueError:
            return None
        return found


Sign = Callable[[str, str, bytes], Mapping[str, str]]
"""Gives the header fields that vouch for one call, from its method, address and body.

It runs in the call's thread, and may raise NothingLeftError.
"""


def is_busy(answer: Answer) -> bool:
    """Tell whether an answer asks to come again later."""
    return answer.status in (TOO_MANY_REQUESTS, UNAVAILABLE)


class Patience(Struct, frozen=True):
    """How long a call waits, in seconds: for a connection, for an answer, and in all where it is asked to wait.

    `between` are the pauses before new tries to connect, `repeats` those before a call with a key is made again.
    """

    connect: float = 10.0
    answer: float = 60.0
    asked: float = 60.0
    between: Sequence[float] = (0.5, 1.0)
    repeats: Sequence[float] = (1.0, 4.0, 15.0)


class Service(Struct, frozen=True):
    """Where a provider's API answers and how it paces.

    `reset` and `remaining` name the fields, beside Retry-After, that tell the seconds to wait and how many calls are
    left until then; `is_busy` tells which answers ask to wait.
    """

    url: str
    ca_file: Path | None = None
    reset: str = ""
    remaining: str = ""
    is_busy: Callable[[Answer], bool] = is_busy


class HttpCaller:
    """Makes calls, each in a thread of its own, over connections that stay open.

    `credentials` are the fields that carry the key, `secrets` what must show in no words; `sign` adds the fields of a
    provider where each call has its own.
    """

    def __init__(
        self,
        service: Service,
        credentials: Mapping[str, str],
        secrets: Sequence[str],
        patience: Patience | None = None,
        *,
        sign: Sign | None = None,
    ) -> None:
        self._service, self._credentials, self._secrets = service, dict(credentials), tuple(secrets)
        self._sign = sign
        self._patience = patience or Patience()
        self._connections = Connections()
        self._cut = asyncio.Event()
        self._resume_at = 0.0

    async def post(self, path: str, body: bytes, *, media_type: str = JSON) -> Answer:
        """Send a body, resting where the provider asks for it, again where it surely did nothing.

        Raises:
            NothingLeftError: no connection could be made, or everything was cut before the request was whole.
            AnswerLostError: no answer came.
        """
        return await self._call("POST", path, body, media_type)

    async def get(self, path: str) -> Answer:
        """Ask for something, as `post` sends."""
        return await self._call("GET", path, b"", JSON)

    def hide(self, words: str) -> str:
        """Give a provider's words on one line, cut to what a row can hold, without our secrets."""
        for secret in self._secrets:
            words = words.replace(secret, "…")
        words = " ".join(words.split())
        return words if len(words) <= _MOST_WORDS else f"{words[: _MOST_WORDS - 1]}…"

    async def rest(self, seconds: float) -> None:
        """Wait, unless everything is cut."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._cut.wait(), seconds)

    @property
    def is_cut(self) -> bool:
        return self._cut.is_set()

    def abort(self) -> None:
        """Make every call under way return at once."""
        self._cut.set()

    async def close(self) -> None:
        """Close the connections that nothing uses."""
        self._cut.set()
        self._connections.close()

    async def _call(self, method: str, path: str, body: bytes, media_type: str) -> Answer:
        waited, failed = 0.0, 0
        while True:
            await self._await_turn()
            try:
                answer = await self._once(method, path, body, media_type)
            except NothingLeftError as error:
                if error.is_lasting or self.is_cut or failed >= len(self._patience.between):
                    raise
                await self.rest(self._patience.between[failed])
                failed += 1
                continue
            asked = self._asked_pause(answer)
            if not self._service.is_busy(answer):
                return answer
            pause = asked if asked is not None else max(1.0, 2 * waited)
            waited += pause
            if waited > self._patience.asked or self.is_cut:
                return answer
            self._resume_at = max(self._resume_at, asyncio.get_running_loop().time() + pause)

    async def _await_turn(self) -> None:
        """Wait for the moment that the provider has named; a call beside this one may have heard of it."""
        while (pause := self._resume_at - asyncio.get_running_loop().time()) > 0 and not self.is_cut:
            await self.rest(pause)

    def _asked_pause(self, answer: Answer) -> float | None:
        """Give the seconds that an answer asks to wait, and let the other calls rest when no more are allowed now."""
        pause = _seconds(answer.headers.get("Retry-After", ""))
        if pause is None and self._service.reset:
            pause = _seconds(answer.headers.get(self._service.reset, ""))
        if pause is not None and self._service.remaining and answer.headers.get(self._service.remaining, "") == "0":
            rest = min(pause, self._patience.asked)
            self._resume_at = max(self._resume_at, asyncio.get_running_loop().time() + rest)
        return pause

    async def _once(self, method: str, path: str, content: bytes, media_type: str) -> Answer:
        if self.is_cut:
            raise NothingLeftError(_("stopped before the call"))
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[Answer | Exception] = loop.create_future()
        body = Body(content)

        def work() -> None:
            result = self._exchange(method, path, body, media_type)
            # A loop that is gone has told its own end already.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_settle, ended, result)

        # A thread that waits for a silent server must not keep this process alive.
        threading.Thread(target=work, name="provider call", daemon=True).start()
        cut = asyncio.ensure_future(self._cut.wait())
        either: set[asyncio.Future[Answer | Exception] | asyncio.Future[Literal[True]]] = {ended, cut}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            body.stop()
            raise
        finally:
            cut.cancel()
        if not ended.done():
            raise _failure(body, _("stopped before the answer"))
        result = ended.result()
        if isinstance(result, Exception):
            raise result
        return result

    def _exchange(self, method: str, path: str, body: Body, media_type: str) -> Answer | Exception:
        """Make one call on a connection of its own; runs in a thread."""
        import requests

        session = self._connections.take()
        url = f"{self._service.url}{path}"
        try:
            signed = self._sign(method, url, body.content) if self._sign is not None else {}
            response = session.request(
                method,
                url,
                data=body if body else None,
                headers={**self._credentials, "Content-Type": media_type, **signed},
                # Without one, requests would take a login from ~/.netrc.
                auth=lambda request: request,
                timeout=(self._patience.connect, self._patience.answer),
                allow_redirects=False,
                # Said with each call: on a session, the environment's bundle would win over it.
                verify=str(self._service.ca_file) if self._service.ca_file is not None else None,
            )
            answer = Answer(response.status_code, response.headers, response.content)
        except Exception as error:  # noqa: BLE001 - the waiting call must hear of whatever ended this one
            session.close()
            if isinstance(error, NothingLeftError):
                return error
            is_lasting = isinstance(error, requests.exceptions.SSLError)
            return _failure(body, self.hide(self._reason(error)), is_lasting=is_lasting)
        if self.is_cut:
            session.close()
        else:
            self._connections.give_back(session)
        return answer

    def _reason(self, error: Exception) -> str:
        """Say in plain words why a call failed; requests' own are written for programmers."""
        import requests

        if isinstance(error, requests.exceptions.ConnectTimeout):
            return _("no connection within {seconds:g} s").format(seconds=self._patience.connect)
        if isinstance(error, requests.exceptions.Timeout):
            return _("no answer within {seconds:g} s").format(seconds=self._patience.answer)
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, OSError) and cause.strerror and not isinstance(cause, requests.RequestException):
                return system_words(cause)
            cause = cause.__cause__ or cause.__context__
        return type(error).__name__


def _failure(body: Body, words: str, *, is_lasting: bool = False) -> Exception:
    return NothingLeftError(words, is_lasting=is_lasting) if body.stop() else AnswerLostError(words)


def _settle(ended: "asyncio.Future[Answer | Exception]", result: Answer | Exception) -> None:
    if not ended.done():
        ended.set_result(result)


def _seconds(text: str) -> float | None:
    """Read a Retry-After (RFC 9110 section 10.2.3): seconds, or a date."""
    from email.utils import parsedate_to_datetime

    from rtesmail.delivery.clock import utc_now

    try:
        if text.replace(".", "", 1).isdecimal():
            return float(text)
        return max(0.0, (parsedate_to_datetime(text) - utc_now()).total_seconds())
    except (ValueError, TypeError):
        return None
