"""Findings as other programs read them: SARIF 2.1.0, the OASIS standard for the results of checks.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
"""

from collections.abc import Sequence
from urllib.parse import quote

from rtesmail.checks.pages import page_of
from rtesmail.checks.waiving import let_pass
from rtesmail.model.edition import Approval
from rtesmail.model.findings import Finding

VERSION = "2.1.0"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "WORKSPACE"
# A folder's own address is that of one machine; who reads the file knows where the workspace is (3.14.14).
_BASES = {_ROOT: {"description": {"text": "The folder of rtesmail.toml."}}}


def as_sarif(
    findings: Sequence[Finding], program_version: str, approval: Approval | None = None, warning: str = ""
) -> dict[str, object]:
    """Give a SARIF log of one run: a rule for each check that found something, a result for each finding.

    The errors that `approval` lets pass are suppressed results. `warning` says what the run could not know.
    """
    suppressions = _suppressions(findings, approval) if approval else {}
    names = sorted({finding.check for finding in findings})
    driver = {"name": "rtesmail", "version": program_version, "rules": [_rule(name) for name in names]}
    run: dict[str, object] = {
        "tool": {"driver": driver},
        "originalUriBaseIds": _BASES,
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, names, suppressions.get(finding, [])) for finding in findings],
    }
    if warning:
        # Sections 3.20 (invocation) and 3.58 (notification): a condition met while running, no result.
        said = {"level": "warning", "message": {"text": warning}}
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": [said]}]
    return {"$schema": SCHEMA, "version": VERSION, "runs": [run]}


def _rule(name: str) -> dict[str, object]:
    # `helpUri` is for an absolute address (3.49.12); the page is a path.
    page = page_of(name)
    return {"id": name, "help": {"text": page}} if page else {"id": name}


def _suppressions(findings: Sequence[Finding], approval: Approval) -> dict[Finding, list[dict[str, object]]]:
    """Give what section 3.35 says of a finding let pass elsewhere than in its file; who and when are words of ours."""
    said = {"approvedBy": approval.approved_by, "approvedAt": approval.approved_at.isoformat()}
    return {
        finding: [{"kind": "external", "status": "accepted", "justification": waiver.reason, "properties": said}]
        for finding, waiver in let_pass(findings, approval.waivers)
    }


def _result(finding: Finding, names: Sequence[str], suppressions: list[dict[str, object]]) -> dict[str, object]:
    text = f"{finding.message} {finding.hint}".strip()
    result: dict[str, object] = {
        "ruleId": finding.check,
        "ruleIndex": names.index(finding.check),
        "level": finding.severity.value,
        "message": {"text": text},
        # All results have it or none (3.27.23); an empty list says that nobody let this one pass.
        "suppressions": suppressions,
    }
    if finding.path is not None:
        location: dict[str, object] = {
            "artifactLocation": {"uri": quote(finding.path.as_posix()), "uriBaseId": _ROOT},
        }
        if finding.line is not None:
            location["region"] = {"startLine": finding.line}
        result["locations"] = [{"physicalLocation": location}]
    return result
