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


def test_the_log_is_printed_alone_where_a_dash_stands_for_the_file(demo_workspace: Path, rtesmail) -> None:
    """As other programs that check do: the output can be piped, what is said of a failure stays beside it."""
    done = rtesmail("check", "2025-04-mensuelle", "--sarif", "-", cwd=demo_workspace)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["runs"][0]["results"] == []
    (demo_workspace / "templates" / "monthly.mjml.j2").write_text("{{ nothing }}", encoding="utf-8")
    broken = rtesmail("check", "2025-04-mensuelle", "--sarif", "-", cwd=demo_workspace)
    assert broken.returncode == 4
    assert json.loads(broken.stdout)["runs"][0]["results"]
    both = rtesmail("check", "2025-04-mensuelle", "--json", "--sarif", "-", cwd=demo_workspace)
    assert (both.returncode, both.stdout) == (2, "")
    assert "leave --json out" in both.stderr


def test_whoever_forgets_the_file_is_told_what_to_type(demo_workspace: Path, rtesmail) -> None:
    last = rtesmail("check", "2025-04-mensuelle", "--sarif", cwd=demo_workspace)
    assert last.returncode == 2
    assert last.stderr.startswith("Usage: rtesmail check")
    assert "→ --sarif FILE: Also write the findings to a file, as SARIF 2.1.0; - prints that alone." in last.stderr
    first = rtesmail("check", "--sarif", "2025-04-mensuelle", cwd=demo_workspace)
    assert first.returncode == 2
    assert "'2025-04-mensuelle' stands after '--sarif' and is taken for its value; name the issue too." in first.stderr
    assert "→ For example: rtesmail check 2025-04-mensuelle\n" in first.stderr
    between = rtesmail("check", "2025-04-mensuelle", "--sarif", "--json", cwd=demo_workspace)
    assert between.returncode == 2
    assert "'--json' is an option, not a file" in between.stderr
    assert not (demo_workspace / "--json").exists()


def test_a_broken_picture_hides_no_other_mistake_and_still_keeps_the_issue_back(demo_workspace: Path, rtesmail) -> None:
    """In words, in JSON and in SARIF; nothing is built or approved of it."""
    snippets = demo_workspace / "issues" / "snippets" / "articles"
    (snippets / "broken.png").write_bytes(b"no picture")
    lead = snippets / "bloc-communal.md"
    text = lead.read_text(encoding="utf-8")
    with_picture = text.replace("---\n", '---\nimage: {src: broken.png, alt: "La salle"}\n', 1)
    lead.write_text(with_picture + "\n[cliquez ici](https://www.example.org/la-salle)\n", encoding="utf-8")
    done = rtesmail("check", "2025-04-mensuelle", "--json", "--sarif", "found.sarif", cwd=demo_workspace)
    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    found = {finding["check"]: (Path(finding["path"]).name, finding["line"]) for finding in told["findings"]}
    assert found == {"image": ("bloc-communal.md", 2), "link-words": ("bloc-communal.md", with_picture.count("\n") + 2)}
    assert (told["can_be_approved"], told["digest"]) == (False, None)
    (run,) = json.loads((demo_workspace / "found.sarif").read_text(encoding="utf-8"))["runs"]
    assert {result["ruleId"] for result in run["results"]} == {"image", "link-words"}
    for command in (["build"], ["approve", "--by", "A. B."], ["publish"], ["shot"]):
        refused = rtesmail(*command[:1], "2025-04-mensuelle", *command[1:], cwd=demo_workspace)
        assert refused.returncode == 4, command
        assert "broken.png" in refused.stderr
    assert not (demo_workspace / "out" / "2025-04-mensuelle").exists()


def test_a_picture_that_is_not_there_hides_nothing_else_of_its_own_snippet(demo_workspace: Path, rtesmail) -> None:
    lead = demo_workspace / "issues" / "snippets" / "articles" / "bloc-communal.md"
    text = lead.read_text(encoding="utf-8").replace("---\n", '---\nimage: {src: gone.png, alt: "La salle"}\n', 1)
    lead.write_text(text + "\n[cliquez ici](https://www.example.org/la-salle)\n", encoding="utf-8")
    done = rtesmail("check", "2025-04-mensuelle", "--json", cwd=demo_workspace)
    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    assert [(one["check"], one["line"]) for one in told["findings"]] == [
        ("image-path", 2),
        ("link-words", text.count("\n") + 2),
    ]
    for command in (["build"], ["approve", "--by", "A. B.", "--waive", "image-path=x"], ["letter"]):
        refused = rtesmail(*command[:1], "2025-04-mensuelle", *command[1:], cwd=demo_workspace)
        assert refused.returncode == 4, command
        assert "There is no picture gone.png." in refused.stderr
    assert not (demo_workspace / "out" / "2025-04-mensuelle").exists()


def test_the_file_is_written_too_when_an_issue_cannot_be_read_at_all(demo_workspace: Path, rtesmail) -> None:
    issue = demo_workspace / "issues" / "2025-04-mensuelle" / "issue.toml"
    issue.write_text(issue.read_text(encoding="utf-8").replace("ess-bloc-communal", "nowhere"), encoding="utf-8")
    done = rtesmail("check", "2025-04-mensuelle", "--sarif", "found.sarif", cwd=demo_workspace)
    assert done.returncode in (3, 4)
    (run,) = json.loads((demo_workspace / "found.sarif").read_text(encoding="utf-8"))["runs"]
    assert run["results"]


def test_a_broken_template_hides_no_broken_snippet(demo_workspace: Path, rtesmail) -> None:
    event = demo_workspace / "issues" / "snippets" / "agenda" / "2025-04-10-commande-publique.md"
    event.write_text(event.read_text(encoding="utf-8").replace("start: 2025", "start: 2025-13"), encoding="utf-8")
    (demo_workspace / "templates" / "monthly.mjml.j2").write_text("{{ nothing }}", encoding="utf-8")
    done = rtesmail("check", "2025-04-mensuelle", "--json", "--sarif", "found.sarif", cwd=demo_workspace)
    assert done.returncode == 4
    told = json.loads(done.stdout)["findings"]
    assert [Path(one["path"]).name for one in told] == [event.name, "monthly.mjml.j2"]
    (run,) = json.loads((demo_workspace / "found.sarif").read_text(encoding="utf-8"))["runs"]
    assert [result["ruleId"] for result in run["results"]] == [one["check"] for one in told]
