"""`rtesmail diff` as staff use it: after an approval, and when there is nothing to compare with."""

from pathlib import Path

ISSUE = "2025-04-mensuelle"


def test_diff_says_what_changed_since_the_approval(run, approved: str, workspace: Path) -> None:
    assert "Nothing has changed." in run("diff", approved).stdout
    path = workspace / "issues" / "snippets" / "agenda" / "2025-07-01-assemblee-generale.md"
    path.write_text(path.read_text(encoding="utf-8").replace("Orléans", "Tours"), encoding="utf-8")
    told = run("diff", approved).stdout
    assert "The text of “Assemblée générale du RTES” has changed." in told
    assert "“Orléans” → “Tours”" in told
    assert "\N{REPLACEMENT CHARACTER}" not in told
    found = run("diff", approved, "--json")
    assert (found["against"], found["same"]) == ("approved", False)
    assert [(change["part"], change["turn"]) for change in found["changes"]] == [("snippet", "changed")]
    assert "« Orléans » → « Tours »" in run("diff", approved, LANGUAGE="fr").stdout.replace("\u202f", " ").replace(
        "\xa0", " "
    )


def test_diff_with_nothing_to_compare_with_says_so(run) -> None:
    assert "no approval, no earlier issue" in run("diff", ISSUE, code=1).stderr
    assert "was never approved" in run("diff", ISSUE, "--against", "approved", code=1).stderr
    assert "first issue of its publication" in run("diff", ISSUE, "--against", "previous", code=1).stderr
    assert "Known: approved, proof, previous" in run("diff", ISSUE, "--against", "yesterday", code=2).stderr


def test_the_next_issue_is_compared_with_the_one_before(run, workspace: Path) -> None:
    following = workspace / "issues" / "2025-05-mensuelle"
    following.mkdir()
    text = (workspace / "issues" / ISSUE / "issue.toml").read_text(encoding="utf-8")
    text = text.split("[assembled]")[0].replace("2025-04-03", "2025-05-06").replace("Avril 2025", "Mai 2025")
    (following / "issue.toml").write_text(text, encoding="utf-8")
    found = run("diff", "2025-05-mensuelle", "--json")
    assert (found["against"], found["against_issue"]) == ("previous", ISSUE)
    assert found["changes"]
