"""Asking a site whether it answers, and never a machine of one's own network.

A link is written by whoever wrote the content, and a site may send on to any address: what is asked from inside a
house's network is looked at first. The number that a name stands for is looked up once, judged, and that very number is
connected to, so that no second answer of the name server can lead elsewhere. This holds for each redirection too.
"""

import socket
from collections.abc import Container
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from rtesmail.content.hosts import is_private_number, number_of

if TYPE_CHECKING:
    import requests

MOST_REDIRECTS = 10


class PrivateSiteError(Exception):
    """The name or number is that of a private machine, and `host` is none that may be asked."""

    def __init__(self, host: str, number: str) -> None:
        super().__init__(f"{host} ({number})")
        self.host = host
        self.number = number


def open_session(allowed: Container[str]) -> "requests.Session":
    """Give a session that asks public machines, and the private ones that `allowed` names, directly and anonymously."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    def connect(connection: HTTPConnection) -> socket.socket:
        return _connect(connection, allowed)

    class PublicConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class PublicTlsConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class PublicPool(HTTPConnectionPool):
        ConnectionCls = PublicConnection

    class PublicTlsPool(HTTPSConnectionPool):
        ConnectionCls = PublicTlsConnection

    class PublicAdapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
            super().init_poolmanager(*arguments, **options)
            self.poolmanager.pool_classes_by_scheme = {"http": PublicPool, "https": PublicTlsPool}

    class BodilessSession(requests.Session):
        def get_redirect_target(self, resp: requests.Response) -> None:
            """Name none: requests would first read the whole page that sends on, however long it is."""

    session = BodilessSession()
    # No proxy, which would look names up itself, and no passwords out of ~/.netrc.
    session.trust_env = False
    session.headers["User-Agent"] = "rtesmail link check"
    session.mount("http://", PublicAdapter())
    session.mount("https://", PublicAdapter())
    return session


def visit(session: "requests.Session", method: str, address: str, timeout_s: float) -> int:
    """Ask an address and those that it sends on to; give the status of the last. No page is read, only its head.

    Raises:
        requests.RequestException: no answer, or redirections without end.
        ValueError: something on the way is no address that can be asked.
        PrivateSiteError: something on the way is a machine of a private network.
    """
    import requests

    for _turn in range(MOST_REDIRECTS + 1):
        with session.request(method, address, timeout=timeout_s, allow_redirects=False, stream=True) as answer:
            if not answer.is_redirect:
                return answer.status_code
            # Bytes in UTF-8, where a site does not write them as it should, come as Latin-1 from the standard library.
            location = answer.headers["Location"].encode("latin-1").decode("utf-8")
            address = urljoin(answer.url, location.strip())
    raise requests.TooManyRedirects


def _connect(connection: Any, allowed: Container[str]) -> socket.socket:
    """Connect to the first of a host's numbers that answers, once all of them are known to be public."""
    from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

    host = str(connection.host).strip("[]")
    try:
        found = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise NameResolutionError(host, connection, socket.gaierror(str(error))) from error
    if host.lower() not in allowed:
        for _family, _type, _protocol, _name, address in found:
            number = number_of(str(address[0]))
            if number is None or is_private_number(number):
                raise PrivateSiteError(host, str(address[0]))
    trouble: OSError = OSError("no address")
    for family, kind, protocol, _name, address in found:
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(connection.timeout)
            line.connect(address)
        except OSError as error:
            line.close()
            trouble = error
            continue
        return line
    if isinstance(trouble, TimeoutError):
        raise ConnectTimeoutError(connection, f"{host} timed out") from trouble
    raise NewConnectionError(connection, str(trouble)) from trouble
