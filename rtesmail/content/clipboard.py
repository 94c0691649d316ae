"""What was copied in another program: with its links and titles where that program gave them, else as plain text."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from gettext import gettext as _

from msgspec import Struct

from rtesmail.model.errors import WorkspaceError

_SECONDS = 10
"""A program that holds the clipboard and hangs is not waited for longer."""

_POWERSHELL = ("powershell.exe", "-NoProfile", "-Command")
_UTF8 = "[Console]::OutputEncoding = [Text.Encoding]::UTF8; "
# How AppleScript writes data of a kind that it has no words for: «data HTML3C703E…».
_APPLE_DATA = re.compile(rb"\xc2\xabdata HTML([0-9A-F]*)\xc2\xbb")


class Reader(Struct, frozen=True):
    """The commands that give the clipboard as HTML and as text on one kind of desktop, and the package they are in."""

    package: str
    html: tuple[str, ...]
    text: tuple[str, ...]


WAYLAND = Reader(
    "wl-clipboard",
    ("wl-paste", "--no-newline", "--type", "text/html"),
    ("wl-paste", "--no-newline", "--type", "text"),
)
X11 = Reader(
    "xclip",
    ("xclip", "-out", "-selection", "clipboard", "-target", "text/html"),
    ("xclip", "-out", "-selection", "clipboard", "-target", "UTF8_STRING"),
)
MACOS = Reader("macOS", ("osascript", "-e", "the clipboard as «class HTML»"), ("pbpaste",))
WINDOWS = Reader(
    "Windows PowerShell",
    (*_POWERSHELL, f"{_UTF8}Get-Clipboard -TextFormatType Html -Raw"),
    (*_POWERSHELL, f"{_UTF8}Get-Clipboard -Raw"),
)


def read_clipboard() -> bytes:
    """Give what the desktop's clipboard holds: HTML when there is some, else text in UTF-8.

    Raises:
        WorkspaceError: there is no desktop, no program to ask it with, or the clipboard holds neither.
    """
    reader = reader_for(sys.platform, os.environ)
    if reader is None:
        raise WorkspaceError(
            _("There is no desktop here, and so no clipboard."),
            hint=_("Name a file: rtesmail paste FILE"),
        )
    found = plain_html(_output(reader, reader.html)) or _output(reader, reader.text)
    if not found.strip():
        raise WorkspaceError(
            _("The clipboard holds no text."),
            hint=_("Copy the text in the other program (Ctrl-C), then run the same command again."),
        )
    return found


def reader_for(platform: str, environment: Mapping[str, str]) -> Reader | None:
    """Choose the commands for a platform as `sys.platform` names it; None without a desktop."""
    if platform == "darwin":
        return MACOS
    if platform == "win32":
        return WINDOWS
    if environment.get("WAYLAND_DISPLAY"):
        return WAYLAND
    return X11 if environment.get("DISPLAY") else None


def plain_html(output: bytes) -> bytes:
    """Give HTML as it was copied: what AppleScript writes as «data HTML…» is unpacked, anything else is left."""
    found = _APPLE_DATA.fullmatch(output.strip())
    return bytes.fromhex(found[1].decode()) if found else output


def _output(reader: Reader, command: tuple[str, ...]) -> bytes:
    """Give what a command prints; nothing when it fails, for that is how it says that there is none of this kind."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise WorkspaceError(
            _("{program} is not installed; it reads the clipboard here.").format(program=command[0]),
            hint=_("Install {package}, or name a file: rtesmail paste FILE").format(package=reader.package),
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WorkspaceError(
            _("{program} does not give the clipboard: {reason}.").format(program=command[0], reason=error),
            hint=_("Save what you copied as a file, then: rtesmail paste FILE"),
        ) from error
    return done.stdout if done.returncode == 0 else b""
