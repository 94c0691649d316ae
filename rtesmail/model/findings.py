"""One remark about a file or an edition."""

from enum import StrEnum
from pathlib import Path

from msgspec import Struct


class Severity(StrEnum):
    """How much a finding weighs: an error refuses approval and sending, the others inform."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Finding(Struct, frozen=True):
    """What is wrong, where, and what to write instead.

    `check` is a stable kebab-case name; `path` is relative to the workspace where possible;
    `line` counts from 1, None when the remark is about the whole file.
    """

    check: str
    severity: Severity
    message: str
    hint: str = ""
    path: Path | None = None
    line: int | None = None

    @property
    def place(self) -> str:
        """`path:line`, `path`, or an empty string."""
        if self.path is None:
            return ""
        return f"{self.path.as_posix()}:{self.line}" if self.line is not None else self.path.as_posix()
