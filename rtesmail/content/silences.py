"""Why a site of others gave no answer, in words, and what to do about it: each reason has another remedy."""

import errno
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from gettext import gettext as _
from urllib.parse import urlsplit

from msgspec import Struct

from rtesmail.model.system_words import is_unknown_name, system_words

# OpenSSL's X509_V_ERR_*: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_NOT_YET_VALID, _EXPIRED = 9, 10
_OF_NO_KNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21})
_OF_ANOTHER_NAME = frozenset({62, 64})
# What OpenSSL makes of an answer that is not TLS at all.
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"})
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
_DEEPEST = 20


class Silence(Struct, frozen=True):
    """Why no answer came, in a sentence that begins with the address, and what to do."""

    message: str
    hint: str


def why_silent(address: str, error: Exception, seconds: float) -> Silence | None:
    """Say why no answer came, within so many seconds or at all; None when it is not for want of one."""
    import requests

    host, port = _place_asked(address, error)
    told = {"address": address, "host": host, "port": port, "seconds": f"{seconds:g}"}
    causes = tuple(_causes(error))
    if isinstance(error, requests.exceptions.InvalidURL):
        message, hint = _("{address}: this is not an address that can be opened."), _("Correct the address.")
    elif isinstance(error, requests.exceptions.ProxyError):
        message = _("{address}: the proxy that this machine is to use does not lead there.")
        hint = _("Check HTTPS_PROXY and HTTP_PROXY in the environment of the command.")
    elif isinstance(error, requests.exceptions.SSLError):
        message, hint = _untrusted(next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None))
    elif isinstance(error, requests.ConnectTimeout):
        message = _("{address}: no connection to {host} within {seconds} seconds.")
        hint = _("Open it in a browser; if it opens there, a firewall may keep this machine from it.")
    elif isinstance(error, requests.Timeout):
        message, hint = _late()
    elif isinstance(error, requests.ConnectionError):
        message, hint = _unconnected(causes)
        told["reason"] = next((system_words(cause) for cause in causes if has_no_way(cause)), "")
    else:
        return None
    return Silence(message.format(**told), hint)


def try_later() -> str:
    """Say what to do where a site may be away for a while only."""
    return _("Open it in a browser; if it opens there, try again later.")


def has_no_way(cause: BaseException) -> bool:
    """Tell whether the machine that asks cannot send anything there, whoever may answer."""
    return isinstance(cause, OSError) and cause.errno in _NO_WAY


def _unconnected(causes: tuple[BaseException, ...]) -> tuple[str, str]:
    """Give message and hint for a connection that did not come about, or broke."""
    from http.client import HTTPException

    for cause in causes:
        if isinstance(cause, UnicodeError) or (isinstance(cause, socket.gaierror) and is_unknown_name(cause)):
            return (
                _("{address}: there is no site of the name {host}."),
                _("Look for a slip in the name; the site may also have moved, or be no more."),
            )
        if isinstance(cause, socket.gaierror):
            return (
                _("{address}: the name server gives no answer about {host}."),
                _("Check this machine's connection to the internet, then try again."),
            )
        if isinstance(cause, ConnectionRefusedError):
            return (
                _("{address}: {host} refuses the connection, no site answers there at port {port}."),
                _("Check the address, also http:// or https:// and the port; else try again later."),
            )
        if has_no_way(cause):
            return (
                _("{address}: no way leads to {host} ({reason})."),
                _("Check this machine's connection to the internet, then try again."),
            )
        if isinstance(cause, TimeoutError):
            return _late()
        if isinstance(cause, ConnectionError):
            return _("{address}: {host} broke the connection off."), try_later()
        if isinstance(cause, HTTPException):
            return (
                _("{address}: what answers at port {port} of {host} is no web site."),
                _("Check the address, also http:// or https:// and the port."),
            )
    return _("{address}: no site answers there."), try_later()


def _untrusted(cause: ssl.SSLError | None) -> tuple[str, str]:
    """Give message and hint for TLS that did not come about."""
    hint = _("Tell whoever keeps the site: browsers warn readers of it too.")
    if isinstance(cause, ssl.SSLCertVerificationError):
        if cause.verify_code == _EXPIRED:
            return _("{address}: the certificate of {host} has expired."), hint
        if cause.verify_code == _NOT_YET_VALID:
            return (
                _("{address}: the certificate of {host} is not valid yet."),
                _("Check this machine's clock; if it is right, tell whoever keeps the site."),
            )
        if cause.verify_code in _OF_ANOTHER_NAME:
            return (
                _("{address}: the certificate there is of another site than {host}."),
                _("Write the name that the site gives itself, with www. or without; else tell whoever keeps the site."),
            )
        if cause.verify_code in _OF_NO_KNOWN_AUTHORITY:
            return _("{address}: no authority that this machine knows stands for the certificate of {host}."), hint
        return _("{address}: the site's certificate is not valid."), hint
    if cause is not None and cause.reason in _NO_TLS:
        return (
            _("{address}: what answers at port {port} of {host} speaks no TLS."),
            _("Check the address, also http:// or https:// and the port."),
        )
    return (
        _("{address}: no secure connection (TLS) with {host} comes about."),
        _("Open it in a browser; the site may know old versions of TLS only: tell whoever keeps it."),
    )


def _late() -> tuple[str, str]:
    return _("{address}: no answer within {seconds} seconds."), try_later()


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give an error and all that it came of: libraries keep it as the cause, as a reason, or among the arguments."""
    waiting, seen = [error], 0
    while waiting and seen < _DEEPEST:
        cause = waiting.pop(0)
        seen += 1
        yield cause
        inner = (getattr(cause, "reason", None), cause.__cause__, cause.__context__, *cause.args)
        waiting += [one for one in inner if isinstance(one, BaseException) and one not in waiting]


def _place_asked(address: str, error: Exception) -> tuple[str, int]:
    """Give the host, as people write it, and the port that was asked last: a site may have sent on to another."""
    request = getattr(error, "request", None)
    try:
        parts = urlsplit(getattr(request, "url", None) or address)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "", 0
    with suppress(UnicodeError):
        host = host.encode("ascii").decode("idna")
    return host, port
