"""Why the system refused something, in the reader's language: what Python gives is the C library's English."""

import errno
import os
from gettext import gettext as _


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
    # Name servers and certificates number by themselves, and asyncio names the address: those words say more.
    if error.errno is not None and error.strerror == os.strerror(error.errno):
        return usual.get(error.errno, error.strerror)
    return error.strerror or str(error)
