"""What the webhooks of all providers have in common: whether a call is genuine, its JSON, its moments."""

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from gettext import gettext as _


def has_login(headers: Mapping[str, str], secret: str) -> bool:
    """Tell whether a call carries `user:password` as HTTP basic authentication (RFC 7617)."""
    return _has_authorization(headers, f"Basic {base64.b64encode(secret.encode()).decode()}", secret)


def has_token(headers: Mapping[str, str], secret: str) -> bool:
    """Tell whether a call carries a bearer token (RFC 6750)."""
    return _has_authorization(headers, f"Bearer {secret}", secret)


def read_objects(body: bytes) -> tuple[Mapping[str, object], ...]:
    """Give the JSON objects of a call, which has one of them or a list.

    Raises:
        ValueError: it is neither; the text says so to whoever looks at the log.
    """
    try:
        content = json.loads(body)
    except ValueError as error:
        raise ValueError(_("the webhook's body is not JSON")) from error
    found = content if isinstance(content, list) else [content]
    if not all(isinstance(one, dict) for one in found):
        raise ValueError(_("the webhook's body holds no events"))
    return tuple(found)


def text_of(event: Mapping[str, object], *names: str) -> str:
    """Give the first of some fields that has something in it, as text."""
    return next((str(event[name]) for name in names if event.get(name) not in (None, "")), "")


def part_of(event: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Give an object inside an event; an empty one when there is none."""
    found = event.get(name)
    return found if isinstance(found, dict) else {}


def parts_of(event: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    """Give the objects of a list inside an event; none when there is no list."""
    found = event.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def unwrapped(call: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    """Give the events that a call of Amazon SNS brings, whose protocol others speak too; any other call is one itself.

    Raises:
        ValueError: its message is no event.
    """
    if call.get("Type") != "Notification":
        return (call,)
    return read_objects(text_of(call, "Message").encode("utf-8", "replace"))


def moment_of(seconds: object) -> datetime | None:
    """Read a Unix time; None when it is none."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def iso_moment_of(text: str) -> datetime | None:
    """Read an ISO 8601 moment that says its time zone; None when it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def message_id_of(text: str) -> str:
    """Give a Message-ID with its angle brackets from what a provider gives back of it."""
    bare = text.strip("<> ")
    return f"<{bare}>" if bare else ""


def _has_authorization(headers: Mapping[str, str], expected: str, secret: str) -> bool:
    # An empty secret would make every call without one genuine.
    given = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    return bool(secret) and hmac.compare_digest(given.encode(), expected.encode())
