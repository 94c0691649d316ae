"""What stops a command. Expected results are data (Finding, Outcome); only these are raised.

    RtesmailError                 exit 1
    ├── RefusedError              exit 3   a check or a missing approval forbids it
    ├── WorkspaceError            exit 4   configuration or content that cannot be used
    │   └── ContentError          exit 4   … with every mistake found, as findings
    ├── StoppedError              exit 5   the run stopped and can be resumed
    │   ├── UnusableTransportError exit 5  … because of its way out: another one may go on
    │   └── UnusableStoreError    exit 5   … because of the database: locked, read-only, or on a full disk
    └── DeliveryFailuresError     exit 6   the run is over; some deliveries failed

Exit code 2 is the command line's own (unknown option, missing argument).
"""

from collections.abc import Sequence

from rtesmail.model.findings import Finding


class RtesmailError(Exception):
    """Something a person must act on: `str(error)` says what is wrong and where, `hint` what to do."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class RefusedError(RtesmailError):
    """The command is forbidden by a check, a missing approval or a deadline; nothing was done."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str = "", findings: Sequence[Finding] = ()) -> None:
        super().__init__(message, hint=hint)
        self.findings = tuple(findings)


class WorkspaceError(RtesmailError):
    """The configuration, a file or the database cannot be used as it is."""

    exit_code = 4


class ContentError(WorkspaceError):
    """Files with mistakes; `findings` has each of them, with its path and line."""

    def __init__(self, message: str, findings: Sequence[Finding], *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.findings = tuple(findings)


class StoppedError(RtesmailError):
    """Sending stopped before the end and nothing is lost: the same command goes on from there."""

    exit_code = 5


class UnusableTransportError(StoppedError):
    """The way out cannot be used: unreachable, a refused login or sender, too many failures in a row."""


class UnusableStoreError(StoppedError):
    """The database cannot be written to or read now; nothing of the transaction is kept.

    `reason` says why inside another sentence; `is_busy` tells that it is only somebody else's turn.
    """

    def __init__(self, message: str, *, reason: str, is_busy: bool = False, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        self.is_busy = is_busy


class DeliveryFailuresError(RtesmailError):
    """Everybody was tried; some deliveries were refused or their fate is unknown."""

    exit_code = 6
