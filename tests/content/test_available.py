"""An issue finds the snippets that it names however they were named, and is not slowed down by all others."""

from pathlib import Path

import pytest

from rtesmail.content.available import available_snippets, ids_named
from rtesmail.content.issues import load_issue
from rtesmail.model.publication import Workspace

ISSUE = """publication = "monthly"
number = "2025-04"
title = "Avril 2025"
date = 2025-04-03
subject = "La lettre d'avril"

[[sections]]
id = "lead"
snippets = ["voulu"]
"""


@pytest.mark.parametrize(
    "fields",
    [
        "id: voulu",
        'id: "voulu"',
        "'id':   'voulu'  # le bon",
        r'id: "\x76oulu"',
        "id:\n  voulu",
        "id: !!str voulu",
        "{id: voulu}",
    ],
)
def test_a_snippet_is_found_however_its_id_is_written(workspace: Workspace, write, fields: str) -> None:
    rest = "\nkind: article\nstatus: reviewed\ntitle: T\nlead: L\nurl: https://www.example.org/a"
    if fields.startswith("{"):
        rest = ""
        fields = '{id: voulu, kind: article, status: reviewed, title: T, lead: L, url: "https://www.example.org/a"}'
    write("un-fichier.md", f"---\n{fields}{rest}\n---\nx")
    write("issues/2025-04-monthly/issue.toml", ISSUE)
    loaded = load_issue(workspace, "2025-04-monthly")
    assert [snippet.id for snippet in loaded.issue.snippets] == ["voulu"]
    assert loaded.findings == ()


def test_the_others_of_the_pool_are_left_unread(workspace: Workspace, article, write) -> None:
    article("voulu")
    for number in range(3):
        article(f"autre-{number}")
    write("casse.md", "---\nkind: article\nid: casse\n")
    folder = workspace.issues / "2025-04-monthly"
    assert set(available_snippets(workspace, folder, {"voulu"}).snippets) == {"voulu"}
    assert set(available_snippets(workspace, folder, set()).snippets) == set()
    assert set(available_snippets(workspace, folder).snippets) == {"voulu", "autre-0", "autre-1", "autre-2"}


def test_two_with_one_id_are_still_told(workspace: Workspace, article, write) -> None:
    article("voulu")
    text = (workspace.issues / "snippets" / "voulu.md").read_text(encoding="utf-8")
    write("encore.md", text.replace("---\n", "---\nid: voulu\n", 1))
    write("issues/2025-04-monthly/issue.toml", ISSUE)
    assert [f.check for f in load_issue(workspace, "2025-04-monthly").findings] == ["duplicate"]


def test_what_cannot_be_opened_is_told_where_it_is_named(workspace: Workspace, write) -> None:
    (workspace.issues / "snippets" / "voulu.md").mkdir(parents=True)
    (workspace.issues / "snippets" / "autre.md").mkdir()
    write("issues/2025-04-monthly/issue.toml", ISSUE)
    findings = load_issue(workspace, "2025-04-monthly").findings
    assert [Path(f.place.partition(":")[0]).name for f in findings] == ["voulu.md"]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"sections": 3, "only_for": []},
        {"sections": [3, {"snippets": "a"}, {"pin": [1, {}]}], "only_for": 1},
    ],
)
def test_an_issue_written_wrong_names_nothing(values: dict[str, object]) -> None:
    assert ids_named(values) == set()


def test_everything_that_an_issue_names_counts() -> None:
    values = {"sections": [{"snippets": ["a"], "pin": ["b"]}, {"exclude": ["c"]}], "only_for": {"d": {}}}
    assert ids_named(values) == {"a", "b", "c", "d"}
