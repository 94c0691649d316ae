"""What time it is, asked again at each step of a run that may last for hours."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present moment, aware."""


def utc_now() -> datetime:
    """Give this instant in UTC."""
    return datetime.now(UTC)
