"""What providers tell of messages afterwards: bounces, complaints and unsubscriptions become suppressions.

A call that comes twice, late or in another order than its events changes nothing for the worse: a suppression only
grows heavier, and an event older than a person's own yes is history.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from rtesmail.audience.addresses import InvalidAddress, parse_address
from rtesmail.audience.subscriptions import last_yes_at
from rtesmail.audience.suppression import suppress
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.feedback import FeedbackEvent, FeedbackKind
from rtesmail.model.people import SubscriberStatus
from rtesmail.model.publication import TransportKind
from rtesmail.model.serving import HookSettings
from rtesmail.web.public.bodies import MOST_HOOK_BYTES, read_body
from rtesmail.web.public.guard import LOG
from rtesmail.web.public.house import House

if TYPE_CHECKING:
    from sqlite_utils import Database
    from starlette.requests import Request
    from starlette.responses import Response

_REASONS = {
    FeedbackKind.HARD_BOUNCE: SubscriberStatus.BOUNCED,
    FeedbackKind.COMPLAINT: SubscriberStatus.COMPLAINED,
    FeedbackKind.UNSUBSCRIBED: SubscriberStatus.UNSUBSCRIBED,
}


class _Provider(Protocol):
    """What a provider's file in `delivery/transports/` offers."""

    is_genuine: Callable[[bytes, Mapping[str, str], str], bool]
    read_webhook: Callable[[bytes, Mapping[str, str]], tuple[FeedbackEvent, ...]]


class Hooks:
    """The doors /hooks/PROVIDER, of those alone whose secret is configured."""

    def __init__(self, house: House) -> None:
        """Read the secrets.

        Raises:
            WorkspaceError: one of them is missing.
        """
        self._house = house
        self._secrets = {kind: _read_secret(settings) for kind, settings in house.server.hooks.items()}

    async def take(self, request: "Request") -> "Response":
        """Take a provider's call: 200 once everything in it is written down, so that it comes again otherwise."""
        from starlette.concurrency import run_in_threadpool
        from starlette.exceptions import HTTPException
        from starlette.responses import Response

        name = request.path_params["provider"]
        if name not in self._secrets:
            raise HTTPException(404)
        body = await read_body(request, MOST_HOOK_BYTES)
        status = await run_in_threadpool(self._take, TransportKind(name), body, dict(request.headers))
        return Response(status_code=status)

    def _take(self, kind: TransportKind, body: bytes, headers: Mapping[str, str]) -> int:
        provider = cast(_Provider, import_module(f"rtesmail.delivery.transports.{kind.value}"))
        try:
            is_genuine = provider.is_genuine(body, headers, self._secrets[kind])
        except OSError:
            LOG.warning("%s: what its signature is held against cannot be fetched now", kind.value)
            return 503
        if not is_genuine:
            LOG.warning("%s: a call that is not genuine was refused", kind.value)
            return 403
        try:
            events = provider.read_webhook(body, headers)
        except ValueError as error:
            LOG.warning("%s: %s", kind.value, error)
            return 400
        self._note_requests(kind, events)
        with self._house.writing() as store:
            taken = sum(_apply(store, event, kind, self._house.now()) for event in events)
        LOG.info("%s: %d events, %d people are written to no more", kind.value, len(events), taken)
        return 200

    def _note_requests(self, kind: TransportKind, events: Sequence[FeedbackEvent]) -> None:
        """Tell whoever reads the log which address Amazon wants opened before a topic's events come."""
        for event in events:
            if event.kind is FeedbackKind.OTHER and event.words.startswith("SubscriptionConfirmation: https://"):
                LOG.warning("%s asks you to open this address once: %s", kind.value, event.words.partition(" ")[2])


def _apply(store: "Database", event: FeedbackEvent, kind: TransportKind, now: datetime) -> bool:
    """Write down what an event says of a person; tell whether that changed anything."""
    reason = _REASONS.get(event.kind)
    if reason is None:
        return False
    try:
        address = parse_address(event.address)
    except InvalidAddress:
        return False
    said_yes_at = last_yes_at(store, address.key)
    if event.happened_at is not None and said_yes_at is not None and event.happened_at < said_yes_at:
        return False
    return suppress(store, address.email, reason.value, source=f"webhook: {kind.value}", now=now)


def _read_secret(settings: HookSettings) -> str:
    from gettext import gettext as _

    place = settings.secret_env or str(settings.secret_file)
    try:
        secret = (
            os.environ.get(settings.secret_env, "")
            if settings.secret_env or settings.secret_file is None
            else settings.secret_file.read_text(encoding="utf-8").strip()
        )
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret:
        raise WorkspaceError(
            _("The calls of {provider} cannot be told from forged ones: {place} is missing or empty.").format(
                provider=settings.provider.value, place=place
            ),
            hint=_("Set it where this command runs, or take [server.hooks.{provider}] out of rtesmail.toml.").format(
                provider=settings.provider.value
            ),
        )
    return secret
