"""What providers tell of messages afterwards: bounces, complaints and unsubscriptions become suppressions.

A call that comes twice, late or in another order than its events changes nothing for the worse: a suppression only
grows heavier, and an event older than a person's own yes is history.
"""

import hmac
import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from rtesmail.feedback.treating import treat_event
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.feedback import Decision, FeedbackEvent, FeedbackKind, Treatment
from rtesmail.model.publication import TransportKind
from rtesmail.model.serving import HookSettings
from rtesmail.web.public.bodies import MOST_HOOK_BYTES, read_body
from rtesmail.web.public.guard import LOG
from rtesmail.web.public.house import House

if TYPE_CHECKING:
    from sqlite_utils import Database
    from starlette.requests import Request
    from starlette.responses import Response


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
            done = [self._treat(store, event, kind) for event in events]
        new = Counter(treatment.decision for treatment in done if not treatment.is_repeat)
        LOG.info("%s: %d events, %d people are written to no more", kind.value, len(events), new[Decision.SUPPRESSED])
        if new[Decision.ALERTED]:
            LOG.warning("%s: %d letters were turned away for what we are or write", kind.value, new[Decision.ALERTED])
        return 200

    def _treat(self, store: "Database", event: FeedbackEvent, kind: TransportKind) -> Treatment:
        return treat_event(
            store,
            event,
            identity=_identity(self._house.secrets[0], event, kind),
            source=f"webhook: {kind.value}",
            policy=self._house.workspace.configuration.feedback,
            now=self._house.now(),
        )

    def _note_requests(self, kind: TransportKind, events: Sequence[FeedbackEvent]) -> None:
        """Tell whoever reads the log which address Amazon wants opened before a topic's events come."""
        for event in events:
            if event.kind is FeedbackKind.OTHER and event.words.startswith("SubscriptionConfirmation: https://"):
                LOG.warning("%s asks you to open this address once: %s", kind.value, event.words.partition(" ")[2])


def _identity(secret: bytes, event: FeedbackEvent, kind: TransportKind) -> str:
    """Give what tells an event that comes again. With our secret, since a bare digest would name whoever is guessed."""
    fields = [kind.value, event.kind.value, event.address, event.message_id, event.provider_id, event.words]
    moment = event.happened_at.isoformat() if event.happened_at else ""
    content = json.dumps([*fields, moment]).encode()
    return hmac.digest(secret, b"rtesmail\0event\0" + content, "sha256").hex()


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
