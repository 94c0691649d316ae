"""Where approved issues are published."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PublishingSettings:
    """The `[publishing]` table.

    `url` (no trailing slash) is where the archive answers, empty for `/lettres` below the house's `public_url`;
    `folder` is what is put on the web server, None for `out/archive`.
    """

    url: str = ""
    folder: Path | None = None
