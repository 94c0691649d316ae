"""The checks there are, and running them all."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rtesmail.checks.subject import Place, Subject
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.publication import Workspace


@dataclass(frozen=True, slots=True)
class Remark:
    """What a check yields: what is wrong, what to write instead, and where. `severity` overrides the check's own."""

    message: str
    hint: str = ""
    place: Place | None = None
    severity: Severity | None = None


CheckFunction = Callable[[Subject], Iterator[Remark]]


@dataclass(frozen=True, slots=True)
class Check:
    """One registered check: its stable name, its usual severity, and what it runs."""

    name: str
    severity: Severity
    run: CheckFunction


_CHECKS: dict[str, Check] = {}
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def check(name: str, severity: Severity) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function as the check `name` (kebab-case, with a paragraph in docs/reference/checks.md)."""

    def register(function: CheckFunction) -> CheckFunction:
        if name in _CHECKS:
            raise ValueError(f"two checks are called {name}")
        _CHECKS[name] = Check(name, severity, function)
        return function

    return register


def all_checks() -> tuple[Check, ...]:
    """Every check of this package, by name."""
    _load_families()
    return tuple(_CHECKS[name] for name in sorted(_CHECKS))


def run_checks(
    workspace: Workspace, issue: Issue, edition: Edition, findings: Sequence[Finding] = ()
) -> tuple[Finding, ...]:
    """Run every check on an edition; give what they found together with `findings`, the heaviest first.

    `findings` are those of the issue's own files; they pass through, each once.
    """
    subject = Subject(workspace, issue, edition)
    found = [*findings]
    for one in all_checks():
        found.extend(_as_finding(one, remark, workspace.root) for remark in one.run(subject))
    return sort_findings(found)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Does any of these forbid approving and sending?"""
    return any(finding.severity is Severity.ERROR for finding in findings)


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once, by severity, then path and line; what has no place comes last."""

    def key(finding: Finding) -> tuple[int, bool, str, int, str]:
        path = finding.path.as_posix() if finding.path else ""
        return (_ORDER.index(finding.severity), not path, path, finding.line or 0, finding.check)

    return tuple(sorted(dict.fromkeys(findings), key=key))


def _as_finding(one: Check, remark: Remark, root: Path) -> Finding:
    place = remark.place
    path = place.path if place else None
    if path is not None and path.is_relative_to(root):
        path = path.relative_to(root)
    return Finding(
        one.name, remark.severity or one.severity, remark.message, remark.hint, path, place.line if place else None
    )


def _load_families() -> None:
    """Import every module of the package: a new check is one decorated function, wherever it stands here."""
    from importlib import import_module
    from pkgutil import iter_modules

    from rtesmail import checks

    for module in iter_modules(checks.__path__):
        import_module(f"{checks.__name__}.{module.name}")
