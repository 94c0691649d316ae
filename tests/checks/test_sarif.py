"""Other programs read the findings."""

import json
from pathlib import Path

from rtesmail.checks.sarif import as_sarif
from rtesmail.model.findings import Finding, Severity

FINDINGS = (
    Finding("image-alt", Severity.ERROR, "No words.", "Write some.", Path("issues/été 1/a.md"), 12),
    Finding("size", Severity.WARNING, "Heavy."),
    Finding("draft", Severity.NOTE, "A draft.", path=Path("issues/b.md")),
    Finding("image-alt", Severity.ERROR, "Empty.", path=Path("issues/b.md"), line=1),
)


def test_each_finding_is_a_result_of_its_rule_at_its_place() -> None:
    (run,) = json.loads(json.dumps(as_sarif(FINDINGS, "1.0")))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["draft", "image-alt", "size"]
    assert rules[1]["help"]["text"].endswith("checks.md#image-alt")
    assert [(x["ruleId"], x["level"]) for x in run["results"]] == [(f.check, f.severity.value) for f in FINDINGS]
    assert all(rules[x["ruleIndex"]]["id"] == x["ruleId"] for x in run["results"])
    places = [x["locations"][0]["physicalLocation"] if "locations" in x else None for x in run["results"]]
    assert places == [
        {
            "artifactLocation": {"uri": "issues/%C3%A9t%C3%A9%201/a.md", "uriBaseId": "WORKSPACE"},
            "region": {"startLine": 12},
        },
        None,
        {"artifactLocation": {"uri": "issues/b.md", "uriBaseId": "WORKSPACE"}},
        {"artifactLocation": {"uri": "issues/b.md", "uriBaseId": "WORKSPACE"}, "region": {"startLine": 1}},
    ]


def test_the_log_has_what_the_standard_requires() -> None:
    """Sections 3.13 (version, runs), 3.14 (tool), 3.19 (name), 3.27 (message) and 3.49 (id) of SARIF 2.1.0."""
    for findings in ((), FINDINGS):
        log = json.loads(json.dumps(as_sarif(findings, "1.0")))
        assert log["version"] == "2.1.0"
        assert log["$schema"].endswith("sarif-schema-2.1.0.json")
        (run,) = log["runs"]
        assert run["tool"]["driver"]["name"] == "rtesmail"
        # An empty list says that the run found nothing; without it, that nothing was looked for.
        assert len(run["results"]) == len(findings)
        assert all(result["message"]["text"] for result in run["results"])
        assert all(result["level"] in ("error", "warning", "note", "none") for result in run["results"])


def test_the_command_writes_the_file_and_says_when_it_cannot(demo_workspace: Path, rtesmail) -> None:
    done = rtesmail("check", "2025-04-mensuelle", "--sarif", "found.sarif", cwd=demo_workspace)
    assert done.returncode == 0, done.stderr
    assert json.loads((demo_workspace / "found.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    done = rtesmail("check", "2025-04-mensuelle", "--sarif", "nowhere/found.sarif", cwd=demo_workspace)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
