"""Where approved issues are published."""

from pathlib import Path

from msgspec import Struct


class PublishingSettings(Struct, frozen=True):
    """The `[publishing]` table.

    `url` (no trailing slash) is where the archive answers, empty for `/lettres` below the house's `public_url`;
    `folder` is what is put on the web server, None for `out/archive`.
    """

    url: str = ""
    folder: Path | None = None
