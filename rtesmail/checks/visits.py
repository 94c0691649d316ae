"""Asking a site whether it answers, along all that it sends on to."""

from collections.abc import Container
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

from rtesmail.content.foreign_sites import bodiless_session, guard

if TYPE_CHECKING:
    import requests

MOST_REDIRECTS = 10


def open_session(allowed: Container[str]) -> "requests.Session":
    """Give a session that asks public machines, and the private ones that `allowed` names, directly and anonymously."""
    session = bodiless_session()
    # No proxy, which would look names up itself, and no passwords out of ~/.netrc.
    session.trust_env = False
    session.headers["User-Agent"] = "rtesmail link check"
    guard(session, allowed)
    return session


def visit(session: "requests.Session", method: str, address: str, timeout_s: float) -> int:
    """Ask an address and those that it sends on to; give the status of the last. No page is read, only its head.

    Raises:
        requests.RequestException: no answer, or redirections without end.
        ValueError: something on the way is no address that can be asked.
        PrivateAddressError: something on the way is a machine of a private network.
    """
    import requests

    for _turn in range(MOST_REDIRECTS + 1):
        with session.request(method, address, timeout=timeout_s, allow_redirects=False, stream=True) as answer:
            if not answer.is_redirect:
                return answer.status_code
            address = urljoin(answer.url, _written(answer.headers["Location"]).strip())
    raise requests.TooManyRedirects


def _written(location: str) -> str:
    """Give an address as a site means it: bytes that are no ASCII come as Latin-1 from the standard library."""
    sent = location.encode("latin-1")
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        # As browsers do: each such byte as it was sent.
        return quote(sent, safe=bytes(range(128)))
