"""The checks there are, and running them all."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.checks.subject import CONFIGURATION_FILE, Place, Subject
from rtesmail.model.checking import CheckSettings
from rtesmail.model.conditions import words_of
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.publication import Workspace
from rtesmail.model.quoting import quoted
from rtesmail.model.suggestions import one_of
from rtesmail.rendering.links import lead_directly


class Remark(Struct, frozen=True):
    """What a check yields: what is wrong, what to write instead, and where. `severity` overrides the check's own."""

    message: str
    hint: str = ""
    place: Place | None = None
    severity: Severity | None = None


CheckFunction = Callable[[Subject], Iterator[Remark]]


class Check(Struct, frozen=True):
    """One registered check: its stable name, its usual severity, and what it runs.

    A `measures` check remarks on the whole of a mail, in figures that differ from variant to variant: the heaviest one
    that it remarks on stands for all. An `is_promise` check keeps what readers were promised, and no configuration
    makes it weigh less.
    """

    name: str
    severity: Severity
    run: CheckFunction
    measures: bool = False
    is_promise: bool = False


MOST_OTHERS = 4
"""Further places that are named with a finding: more are no help."""

ON_REQUEST = ("link-answer", "spam-score")
"""The checks that ask others, and run when they are asked for: they are not registered, and weigh as configured."""

_CHECKS: dict[str, Check] = {}
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def check(
    name: str, severity: Severity, *, measures: bool = False, is_promise: bool = False
) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function as the check `name` (kebab-case, with a paragraph in docs/reference/checks.md)."""

    def register(function: CheckFunction) -> CheckFunction:
        if name in _CHECKS:
            raise ValueError(f"two checks are called {name}")
        _CHECKS[name] = Check(name, severity, function, measures, is_promise)
        return function

    return register


def all_checks() -> tuple[Check, ...]:
    """Every check of this package, by name."""
    _load_families()
    return tuple(_CHECKS[name] for name in sorted(_CHECKS))


def run_checks(
    workspace: Workspace, issue: Issue, edition: Edition, findings: Sequence[Finding] = ()
) -> tuple[Finding, ...]:
    """Run every check on what each reader gets; give what they found together with `findings`, the heaviest first.

    `findings` are those of the issue's own files; they pass through. What is found in several variants stands once.
    """
    settings = workspace.configuration.checks
    subjects = _subjects(workspace, issue, edition)
    found = [*findings, *_mistaken_settings(workspace)]
    for one in all_checks():
        if not one.is_promise and settings.severities.get(one.name, one.severity) is None:
            continue
        for subject in subjects:
            remarks = [_as_finding(one, remark, subject) for remark in one.run(subject)]
            found += remarks if one.is_promise else as_configured(settings, remarks)
            if remarks and one.measures:
                break
    # What could not be read as its kind was left empty, which is no mistake of its own.
    unread = {(one.path, one.line) for one in findings if one.check == "wrong-type" and one.path == issue.path}
    return sort_findings(tuple(one for one in found if one.check == "wrong-type" or (one.path, one.line) not in unread))


def as_configured(settings: CheckSettings, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Give what checks found with the severities of `[checks]`, without what is off there."""
    weighed = ((finding, settings.severities.get(finding.check, finding.severity)) for finding in findings)
    return tuple(replace(finding, severity=severity) for finding, severity in weighed if severity is not None)


def _mistaken_settings(workspace: Workspace) -> Iterator[Finding]:
    """Say what `[checks]` names in vain: a mistyped name would be without effect."""
    configuration = workspace.configuration
    checks = {one.name: one for one in all_checks()}
    for name, severity in configuration.checks.severities.items():
        place = (CONFIGURATION_FILE, configuration.line_of.get(f"checks.{name}"))
        if name not in checks and name not in ON_REQUEST:
            message = _("No check is called {name}.").format(name=quoted(name))
            yield Finding("unknown-check", Severity.ERROR, message, one_of(name, [*checks, *ON_REQUEST]), *place)
        elif name in checks and checks[name].is_promise and severity is not Severity.ERROR:
            message = _("The check {name} keeps a promise made to readers and stays an error.").format(name=name)
            yield Finding("kept-check", Severity.ERROR, message, _("Take the line out."), *place)


def _subjects(workspace: Workspace, issue: Issue, edition: Edition) -> list[Subject]:
    """Give each variant that readers get, the heaviest first."""
    direct = lead_directly(edition, workspace.configuration.identity.public_url)
    subjects = [
        Subject(
            workspace,
            issue,
            direct.for_variant(key),
            key,
            words_of(edition.conditions, key),
            edition.for_variant(key).html,
        )
        for key in edition.variant_keys
    ]
    return sorted(subjects, key=lambda subject: len(subject.sent_html), reverse=True)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Does any of these forbid approving and sending?"""
    return bool(errors_of(findings))


def errors_of(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Give those that forbid approving and sending."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once, by severity, then path and line; what has no place comes last."""

    def key(finding: Finding) -> tuple[int, bool, str, int, str]:
        path = finding.path.as_posix() if finding.path else ""
        return (_ORDER.index(finding.severity), not path, path, finding.line or 0, finding.check)

    return tuple(sorted(dict.fromkeys(findings), key=key))


def _as_finding(one: Check, remark: Remark, subject: Subject) -> Finding:
    root = subject.workspace.root
    place = _seen_from(root, remark.place) if remark.place else None
    message, hint = remark.message, remark.hint
    if place and place.others:
        others = [f"{other.path.as_posix()}:{other.line}" for other in place.others]
        shown = ", ".join([*others[:MOST_OTHERS], *(["…"] if len(others) > MOST_OTHERS else [])])
        hint = f"{hint} " + _("It may also be written here: {places}.").format(places=shown)
    if one.measures and subject.variant:
        message += " " + (
            _("(for: {readers})").format(readers=subject.readers) if subject.readers else _("(for the others)")
        )
    path, line = (place.path, place.line) if place else (None, None)
    return Finding(one.name, remark.severity or one.severity, message, hint, path, line)


def _seen_from(root: Path, place: Place) -> Place:
    """Give a place as a person in the workspace sees it."""
    path = place.path.relative_to(root) if place.path.is_relative_to(root) else place.path
    return Place(path, place.line, tuple(_seen_from(root, other) for other in place.others))


def _load_families() -> None:
    """Import every module of the package: a new check is one decorated function, wherever it stands here."""
    from importlib import import_module
    from pkgutil import iter_modules

    from rtesmail import checks

    for module in iter_modules(checks.__path__):
        import_module(f"{checks.__name__}.{module.name}")
