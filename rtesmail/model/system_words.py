"""Why the system refused something, in the reader's language: what Python gives is the C library's English."""

import errno
import os
from gettext import gettext as _
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket


def system_words(error: BaseException) -> str:
    """Give the reason to put into a sentence: by its number where it is a usual one, else in the system's own words."""
    if not isinstance(error, OSError):
        return str(error)
    usual = {
        errno.ENOENT: _("No such file or directory"),
        errno.EACCES: _("Permission denied"),
        errno.EPERM: _("Operation not permitted"),
        errno.EISDIR: _("Is a directory"),
        errno.ENOTDIR: _("Not a directory"),
        errno.EEXIST: _("File exists"),
        errno.ENOTEMPTY: _("Directory not empty"),
        errno.ENAMETOOLONG: _("File name too long"),
        errno.ELOOP: _("Too many levels of symbolic links"),
        errno.ENOSPC: _("No space left on device"),
        errno.EDQUOT: _("Disk quota exceeded"),
        errno.EFBIG: _("File too large"),
        errno.EROFS: _("Read-only file system"),
        errno.EIO: _("Input/output error"),
        errno.EMFILE: _("Too many open files"),
        errno.ENOEXEC: _("Exec format error"),
        errno.EADDRINUSE: _("Address already in use"),
        errno.EADDRNOTAVAIL: _("Cannot assign requested address"),
        errno.ECONNREFUSED: _("Connection refused"),
        errno.ECONNRESET: _("Connection reset by peer"),
        errno.EPIPE: _("Broken pipe"),
        errno.ENETUNREACH: _("Network is unreachable"),
        errno.EHOSTUNREACH: _("No route to host"),
        errno.ETIMEDOUT: _("Connection timed out"),
    }
    number, words = error.errno or 0, error.strerror or str(error)
    # A certificate numbers by itself, and its words say more. Of asyncio's, the address stands in our sentence already.
    if number > 0 and (words == os.strerror(number) or words.startswith("Connect call failed")):
        return usual.get(number, os.strerror(number))
    return _resolver_words(number) or words


def is_unknown_name(error: "socket.gaierror") -> bool:
    """Tell a name that has no address from one that could not be looked up, such as when the name server is silent."""
    import socket

    # EAI_NODATA, a name without addresses, is not of POSIX.
    return error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None))


def _resolver_words(number: int) -> str:
    """Say why a name gave no address: those numbers are below zero."""
    if number >= 0:
        return ""
    import socket

    return {
        socket.EAI_NONAME: _("Name or service not known"),
        socket.EAI_AGAIN: _("Temporary failure in name resolution"),
    }.get(number, "")
