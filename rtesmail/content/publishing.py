"""What `rtesmail.toml` says of publishing: the archive's address and its folder."""

import re
from gettext import gettext as _
from pathlib import Path
from urllib.parse import urlsplit

from rtesmail.content.reading import Reader
from rtesmail.content.servers import read_path
from rtesmail.model.publishing import PublishingSettings

_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f\"'<>\\^`{|}]|@@")


def read_publishing(table: Reader, root: Path) -> PublishingSettings:
    """Give the `[publishing]` table; what is wrong is noted and replaced by a default."""
    table.only(PublishingSettings.__struct_fields__)
    url = table.one_line("url")
    if url and not is_archive_address(url):
        table.wrong("url", "bad-url", _("url should start with https://."), 'url = "https://…"')
        url = ""
    return PublishingSettings(url.rstrip("/"), read_path(table, "folder", root))


def is_archive_address(url: str) -> bool:
    """Tell whether an archive can answer there: http or https, a host, neither a query nor a fragment."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or parts.username or _UNSAFE.search(url))
    return parts.scheme in ("https", "http") and bool(host) and is_plain
