"""Double opt-in: a letter with a link to a page with a button, so that no machine that opens links can say yes.

What was asked travels in the link itself, signed: nothing is kept of an address until its owner confirms.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from rtesmail.audience.subscriptions import Consent, may_be_asked
from rtesmail.delivery.confirmations import Question, ask
from rtesmail.delivery.messages.headers import wire_url
from rtesmail.delivery.tokens import Purpose, seal, unseal
from rtesmail.model.errors import RtesmailError, StoppedError
from rtesmail.model.mailing import DeliveryState, Outcome
from rtesmail.rendering.translations import translation
from rtesmail.web.public.guard import LOG
from rtesmail.web.public.house import House
from rtesmail.web.public.limits import Limit

CONFIRM_WITHIN = timedelta(days=7)

MOST_FOR_ADDRESS = (3, 24 * 3600.0)
MOST_IN_ALL = (200, 3600.0)
"""Letters of confirmation: for one address a day, for everybody an hour. A form must not serve to flood mailboxes."""

_RETRY_SECONDS = (60, 300, 900, 3600)
"""A server that has never seen us puts a first letter off (greylisting)."""


class Wish(Struct, frozen=True):
    """What somebody asks for: lists, in which language and when they asked, on which page, from where ('' unkept)."""

    email: str
    list_names: tuple[str, ...]
    language: str
    asked_at: datetime
    via: str
    caller: str = ""


class Asking:
    """Sends the letters, in tasks of their own: no answer takes longer for an address that is known."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._per_address, self._in_all = Limit(*MOST_FOR_ADDRESS), Limit(*MOST_IN_ALL)
        self._tasks: set[asyncio.Task[None]] = set()

    def wording(self, language: str) -> str:
        """Give the words that a person agrees to."""
        own = self._house.server.consent
        return own or translation(language).gettext(
            "I agree to receive these letters by e-mail. Each of them has a link with which I can leave at any time."
        )

    def begin(self, wish: Wish, key: str) -> None:
        """Send the letter that asks, unless too many were asked for; `key` is the address as it is compared."""
        if not (self._per_address.allows(key) and self._in_all.allows("")):
            LOG.warning("too many confirmations asked for: one was not sent")
            return
        task = asyncio.create_task(self._ask(wish))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up the letters that wait to be tried again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def read(self, token: str) -> Consent | None:
        """Give the consent that a link carries; None when it is forged, too old or outdated."""
        content = unseal(self._house.secrets, Purpose.CONFIRM, token)
        if content is None:
            return None
        language, digest, seconds, caller, via, names, email = content.split("\n", 6)
        asked_at = datetime.fromtimestamp(int(seconds), UTC)
        wording = self.wording(language)
        # Nobody agrees to words that they were not shown.
        if self._house.now() - asked_at > CONFIRM_WITHIN or digest != _digest(wording):
            return None
        is_open = {entry.name for entry in self._house.open_lists}
        wanted = tuple(name for name in names.split(",") if name in is_open)
        if not wanted:
            return None
        return Consent(email, wanted, wording, via, asked_at, caller)

    async def _ask(self, wish: Wish) -> None:
        for wait in (*_RETRY_SECONDS, None):
            outcome = await asyncio.to_thread(self._try, wish)
            if outcome is None or outcome.state not in (DeliveryState.DEFERRED, DeliveryState.PENDING):
                return
            if wait is not None:
                await asyncio.sleep(wait)
        LOG.error("a confirmation could not be sent: the mail server went on putting it off")

    def _try(self, wish: Wish) -> Outcome | None:
        """Send the letter once; None when there is nothing to send or to try again."""
        house = self._house
        sender, transport = house.server.sender, house.workspace.configuration.transports.get(house.server.transport)
        if sender is None or transport is None:
            return None
        try:
            with house.writing() as store:
                if not may_be_asked(store, wish.email):
                    return None
            question = Question(wish.email, self._titles(wish.list_names), self._url(wish), wish.language)
            outcome = asyncio.run(ask(house.workspace, question, sender, transport, house.now))
        except StoppedError as error:
            LOG.error("a confirmation could not be sent yet: %s", error)
            return Outcome(-1, DeliveryState.PENDING)
        except RtesmailError as error:
            LOG.error("a confirmation could not be sent: %s", error)
            return None
        if outcome.state is not DeliveryState.ACCEPTED:
            LOG.warning("a confirmation was %s by the mail server", outcome.state.value)
        return outcome

    def _titles(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(entry.title for entry in self._house.open_lists if entry.name in names)

    def _url(self, wish: Wish) -> str:
        house = self._house
        parts = (
            wish.language,
            _digest(self.wording(wish.language)),
            str(int(wish.asked_at.timestamp())),
            wish.caller,
            wish.via,
            ",".join(wish.list_names),
            wish.email,
        )
        token = seal(house.secrets[0], Purpose.CONFIRM, "\n".join(parts))
        return f"{wire_url(house.pages.identity.public_url)}/c/{token}"


def _digest(wording: str) -> str:
    return hashlib.sha256(wording.encode()).hexdigest()[:12]
