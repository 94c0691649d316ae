"""Asking web sites of others, and never a machine of one's own network.

A link is written by whoever wrote the content, and a site may send on to any address: what is asked from inside a
house's network is looked at first. The number that a name stands for is looked up once, judged, and that very number is
connected to, so that no second answer of the name server can lead elsewhere. This holds for each redirection too.
"""

import socket
from collections.abc import Container
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rtesmail.content.hosts import is_private_host, is_private_number, number_of
from rtesmail.content.silences import has_no_way

if TYPE_CHECKING:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection


class PrivateAddressError(Exception):
    """The name or number is that of a private machine, and `host` is none that may be asked.

    `number` is what the name stands for; empty when nobody had to look, for the name says it.
    """

    def __init__(self, host: str, number: str = "") -> None:
        super().__init__(f"{host} ({number or 'by its name'})")
        self.host = host
        self.number = number


def bodiless_session() -> "requests.Session":
    """Give a session for those who follow redirections themselves: of a page that sends on, only the head is read."""
    import requests

    class BodilessSession(requests.Session):
        def get_redirect_target(self, resp: requests.Response) -> None:
            """Name none: requests would first read the whole page that sends on, however long it is."""

    return BodilessSession()


def guarded_adapter(allowed: Container[str] = ()) -> "HTTPAdapter":
    """Give an adapter that connects to public machines, and to the private ones that `allowed` names.

    Its calls raise PrivateAddressError before anything is sent. A proxy looks names up itself: what it is asked for is
    not looked at here, and who uses one has to judge the names.
    """
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    def connect(connection: HTTPConnection) -> socket.socket:
        return _connect(connection, allowed)

    class GuardedConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class GuardedTlsConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class GuardedPool(HTTPConnectionPool):
        ConnectionCls = GuardedConnection

    class GuardedTlsPool(HTTPSConnectionPool):
        ConnectionCls = GuardedTlsConnection

    adapter = HTTPAdapter()
    adapter.poolmanager.pool_classes_by_scheme = {"http": GuardedPool, "https": GuardedTlsPool}
    return adapter


def guard(session: "requests.Session", allowed: Container[str] = ()) -> None:
    """Have everything that a session asks from now on go through guarded adapters."""
    for scheme in ("https://", "http://"):
        session.mount(scheme, guarded_adapter(allowed))


def is_private_place(address: str) -> bool:
    """Tell whether an address is of one's own network, by its name or by the number that the name means here."""
    host = urlsplit(address).hostname or ""
    if is_private_host(host):
        return True
    try:
        found = {str(one[4][0]) for one in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        # Nobody here knows it: a proxy does, and what a proxy reaches is taken for public.
        return False
    numbers = [number_of(one) for one in found]
    return all(number is not None and is_private_number(number) for number in numbers)


def _connect(connection: "HTTPConnection", allowed: Container[str]) -> socket.socket:
    """Connect to the first of a host's numbers that answers, once all of them are known to be public."""
    from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

    host = connection.host.strip("[]")
    try:
        found = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise NameResolutionError(host, connection, socket.gaierror(str(error))) from error
    if host.lower() not in allowed:
        for _family, _type, _protocol, _name, address in found:
            number = number_of(str(address[0]))
            if number is None or is_private_number(number):
                raise PrivateAddressError(host, str(address[0]))
    trouble: OSError | None = None
    for family, kind, protocol, _name, address in found:
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(connection.timeout)
            line.connect(address)
        except OSError as error:
            line.close()
            # The system puts numbers to which no way leads last; what the others said tells more.
            if trouble is None or has_no_way(trouble):
                trouble = error
            continue
        return line
    if isinstance(trouble, TimeoutError):
        raise ConnectTimeoutError(connection, f"{host} timed out") from trouble
    raise NewConnectionError(connection, str(trouble)) from trouble
