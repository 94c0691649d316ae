"""Moments as the store keeps them: UTC text of one width, so that comparing text compares time."""

from datetime import UTC, datetime


def to_text(moment: datetime) -> str:
    """Write an aware moment as UTC ISO 8601 with milliseconds.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a stored moment needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def from_text(text: str) -> datetime:
    """Read a stored moment."""
    return datetime.fromisoformat(text)


def optional_text(moment: datetime | None) -> str | None:
    """Write a moment that may be absent."""
    return None if moment is None else to_text(moment)


def optional_moment(text: str | None) -> datetime | None:
    """Read a stored moment that may be absent."""
    return None if text is None else from_text(text)
