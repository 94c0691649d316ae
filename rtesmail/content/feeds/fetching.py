"""Fetching a feed: what staff wrote is asked for, within limits of time, size and detours."""

import re
import time
from collections.abc import Container
from gettext import gettext as _
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from rtesmail import __version__
from rtesmail.content.fields import is_url
from rtesmail.content.foreign_sites import PrivateAddressError, bodiless_session, guard, is_private_place
from rtesmail.content.hosts import is_private_host
from rtesmail.content.silences import try_later, why_silent
from rtesmail.model.errors import StoppedError

if TYPE_CHECKING:
    import requests

LARGEST = 5_000_000
"""Bytes of a feed, unpacked: ten times what a busy site shows."""

MOST_REDIRECTS = 5
_TIMEOUT_S = 15.0
_WHOLE_S = 60.0
_CHUNK = 16_384
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT = "application/atom+xml, application/rss+xml, text/calendar, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


class Fetched(Struct, frozen=True):
    """What a site answered; without `content` when it said that nothing changed.

    `address` is where it was found after redirects; `etag` and `modified` are to be shown the next time.
    """

    address: str
    content: bytes | None = None
    media_type: str = ""
    etag: str = ""
    modified: str = ""


def fetch(url: str, *, site: str = "", etag: str = "", modified: str = "") -> Fetched:
    """Fetch a feed. `site` says in the request who asks; `etag` and `modified` are what the site said the last time.

    Raises:
        StoppedError: no answer, a refusal, too much, or a detour that is not followed; the message says which.
    """
    import requests

    asked = {"If-None-Match": etag, "If-Modified-Since": modified}
    headers = {"User-Agent": user_agent(site), "Accept": _ACCEPT, **{k: v for k, v in asked.items() if v}}
    deadline = time.monotonic() + _WHOLE_S
    address = url
    # What staff wrote themselves may be in their own network; from there and from outside, nothing else there is asked.
    allowed = {(urlsplit(url).hostname or "").lower()} if is_private_place(url) else set[str]()
    try:
        with bodiless_session() as session:
            guard(session, allowed)
            for _turn in range(MOST_REDIRECTS + 1):
                with session.get(
                    address, headers=headers, timeout=_TIMEOUT_S, allow_redirects=False, stream=True
                ) as answer:
                    if answer.status_code not in _REDIRECTS or "Location" not in answer.headers:
                        return _taken(answer, address, deadline)
                    address = _next(address, answer.headers["Location"], allowed)
    except PrivateAddressError as error:
        raise _stopped(
            _("{address} leads into a private network, which is not followed.").format(address=url),
            _("Write the address that the site gives to everybody."),
        ) from error
    except (requests.RequestException, OSError, ValueError) as error:
        raise _unreachable(url, error) from error
    raise _stopped(
        _("{address} sends from address to address without end.").format(address=url), _("Open it in a browser.")
    )


def user_agent(site: str) -> str:
    """Say who asks, and where to complain."""
    is_plain = is_url(site) and _PRINTABLE.fullmatch(site)
    return f"rtesmail/{__version__}" + (f" (+{site})" if is_plain else "")


def _next(address: str, location: str, allowed: Container[str]) -> str:
    """Give where a redirect leads."""
    found = urljoin(address, location.strip()).partition("#")[0]
    # What a terminal would take for a command is no address either: it stands in our messages.
    if not is_url(found) or not found.startswith(("http://", "https://")) or not found.isprintable():
        raise ValueError
    host = urlsplit(found).hostname or ""
    if is_private_host(host) and host not in allowed:
        raise PrivateAddressError(host)
    return found


def _taken(answer: "requests.Response", address: str, deadline: float) -> Fetched:
    if answer.status_code == 304:
        return Fetched(address)
    if answer.status_code >= 400:
        raise _refused(address, answer.status_code)
    pieces: list[bytes] = []
    size = 0
    for piece in answer.iter_content(_CHUNK):
        size += len(piece)
        if size > LARGEST:
            raise _stopped(
                _("{address} is too large: more than {n} MB.").format(address=address, n=LARGEST // 1_000_000),
                _("Look on the site for a feed of the newest entries alone."),
            )
        if time.monotonic() > deadline:
            raise _too_slow(address)
        pieces.append(piece)
    told = answer.headers
    return Fetched(
        address,
        b"".join(pieces),
        told.get("Content-Type", ""),
        told.get("ETag", ""),
        told.get("Last-Modified", ""),
    )


def _stopped(message: str, hint: str) -> StoppedError:
    return StoppedError(message, hint=hint)


def _refused(address: str, status: int) -> StoppedError:
    told = {"address": address, "status": status}
    if status in (404, 410):
        message = _("{address}: there is no such page ({status}).")
        hint = _("Look on the site where the feed is now, and write that in rtesmail.toml.")
    elif status in (401, 403):
        message = _("{address}: the site does not show this to a program ({status}).")
        hint = _("Ask who keeps the site for a feed that everybody may read.")
    elif status >= 500 or status == 429:
        message = _("{address}: the site has a fault of its own ({status}).")
        hint = _("Try again later.")
    else:
        message = _("{address}: the site refuses the request ({status}).")
        hint = _("Open it in a browser.")
    return _stopped(message.format(**told), hint)


def _too_slow(address: str) -> StoppedError:
    return _stopped(
        _("{address}: no answer within {seconds} seconds.").format(address=address, seconds=f"{_WHOLE_S:g}"),
        _("Try again later."),
    )


def _unreachable(address: str, error: Exception) -> StoppedError:
    silence = why_silent(address, error, _TIMEOUT_S)
    if silence is not None:
        return _stopped(silence.message, silence.hint)
    return _stopped(_("{address}: what answers there cannot be read.").format(address=address), try_later())
