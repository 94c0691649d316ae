"""Good answers of sites, kept for some hours: a letter is checked many times on the day it is written."""

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rtesmail.content.replacing import replace_file
from rtesmail.model.errors import WorkspaceError

KEPT_FOR = timedelta(hours=6)
"""Long enough for a working day's looks at a letter, short enough that a page gone overnight is found."""


def read_answers(path: Path, now: datetime) -> dict[str, datetime]:
    """Give the addresses that answered lately, and when; a file that cannot be read has none."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        moments = {str(address): datetime.fromisoformat(moment) for address, moment in kept.items()}
        return {address: moment for address, moment in moments.items() if now - KEPT_FOR < moment <= now}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def keep_answers(path: Path, known: dict[str, datetime], good: Iterable[str], now: datetime) -> None:
    """Write the good answers down beside those still fresh; where that fails, sites are only asked once more."""
    answers = {**known, **dict.fromkeys(good, now)}
    text = json.dumps({address: moment.isoformat() for address, moment in sorted(answers.items())}, indent=1)
    with suppress(WorkspaceError):
        replace_file(path, text + "\n")


def this_moment() -> datetime:
    """Give this instant in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
