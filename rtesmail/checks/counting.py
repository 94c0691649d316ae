"""How many findings there are, in words."""

from collections.abc import Sequence
from gettext import ngettext

from rtesmail.model.findings import Finding, Severity


def count_findings(findings: Sequence[Finding]) -> str:
    """Say how many errors, warnings and notes there are; empty when there is none."""
    errors = sum(f.severity is Severity.ERROR for f in findings)
    warnings = sum(f.severity is Severity.WARNING for f in findings)
    notes = len(findings) - errors - warnings
    parts = [
        ngettext("{n} error", "{n} errors", errors).format(n=errors) if errors else "",
        ngettext("{n} warning", "{n} warnings", warnings).format(n=warnings) if warnings else "",
        ngettext("{n} note", "{n} notes", notes).format(n=notes) if notes else "",
    ]
    return ", ".join(part for part in parts if part)


def count_passed(count: int) -> str:
    """Say how many errors an approval lets pass."""
    return ngettext("{n} error let pass", "{n} errors let pass", count).format(n=count)
