"""Web and mail addresses: those that content may link to, and our own of web versions."""

import re
from urllib.parse import urlsplit

from rtesmail.model.content import Issue
from rtesmail.model.publication import Workspace
from rtesmail.model.slots import SLOT_MARK

ALLOWED_SCHEMES = ("http", "https", "mailto")

_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f\"'<>\\^`{|}]")


def is_web_address(url: str) -> bool:
    """Tell whether a link may point there: http, https or mailto, nothing that a browser would run."""
    try:
        scheme = urlsplit(url.strip()).scheme.lower()
    except ValueError:
        return False
    return scheme in ALLOWED_SCHEMES


def clean_address(url: str | None) -> str:
    """Give an address fit for an attribute and a text line: one word, ASCII quotes encoded; empty when not allowed."""
    if not url or not is_web_address(url):
        return ""
    quoted = _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url.strip())
    return quiet_marks_in_address(quoted)


def quiet_marks_in_address(url: str) -> str:
    """Percent-encode what looks like a slot, so that content can never be filled with a reader's data."""
    return SLOT_MARK.sub(lambda found: f"%40%40{found[1]}%40%40", url)


def archive_address(workspace: Workspace) -> str:
    """Give the address below which web versions stand, with its slash; empty without a public address."""
    published, public = workspace.configuration.publishing.url, workspace.configuration.identity.public_url
    base = published or (f"{public}/lettres" if public else "")
    return f"{base}/" if base else ""


def web_address(workspace: Workspace, issue: Issue) -> str:
    """Give the address of an issue's web version, with its slash; empty without a public address."""
    archive = archive_address(workspace)
    return f"{archive}{issue.id}/" if archive else ""
