"""A block for some readers only: written in a snippet or in an issue, read exactly, every mistake at its line."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from rtesmail.content.assembly import assemble
from rtesmail.content.issues import load_issue
from rtesmail.content.snippets import read_snippet
from rtesmail.model.conditions import Condition
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Workspace

ISSUE = """publication = "monthly"
number = "2025-04"
title = "Avril 2025"
date = 2025-04-03
subject = "La lettre d'avril"

[[sections]]
id = "more"
snippets = ["un", "deux"]
"""
Article = Callable[..., Path]
Write = Callable[[str, str], Path]


def snippet(tmp_path: Path, line: str) -> tuple[Condition | None, list[tuple[int | None, str, str, str]]]:
    path = tmp_path / "un-texte.md"
    path.write_text(f"---\nkind: article\ntitle: Un texte\n{line}\n---\nDu texte.\n", encoding="utf-8")
    found = read_snippet(path, tmp_path, regions=("Bretagne", "Occitanie"))
    told = [(f.line, f.check, f.message, f.hint) for f in found.findings]
    return (found.snippet.only_for if found.snippet else None), told


@pytest.mark.parametrize(
    ("line", "condition"),
    [
        ("only_for: {levels: [région]}", Condition(levels=("région",))),
        ("only_for: {levels: Région}", Condition(levels=("région",))),
        (
            "only_for:\n  regions: [Occitanie, Bretagne]\n  roles: [élue]",
            Condition((), ("Bretagne", "Occitanie"), ("élue",)),
        ),
        ("only_for: {roles: [Maire, maire]}", Condition(roles=("maire",))),
        ("only_for:", None),
        ("levels: [région]\nregions: [Bretagne]", None),
    ],
)
def test_a_snippet_says_whom_it_is_for(tmp_path: Path, line: str, condition: Condition | None) -> None:
    assert snippet(tmp_path, line) == (condition, [])


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("only_for: région", 4, "only_for should say levels, regions or roles"),
        ("only_for: {levels: [régions]}", 4, "There is no level 'régions'"),
        ("only_for:\n  levels: [région]\n  regions: [Ocitanie]", 6, "There is no region 'Ocitanie'"),
        ("only_for:\n  niveau: [région]", 5, "niveau is not known here"),
        ("only_for: {levels: []}", 4, "only_for names nobody"),
        ("only_for: {levels: [région], roles: [–]}", 4, "roles names nobody"),
    ],
)
def test_a_mistake_in_whom_it_is_for_is_told_at_its_line(tmp_path: Path, line: str, place: int, words: str) -> None:
    _condition, told = snippet(tmp_path, line)
    assert told[0][0] == place
    assert words in told[0][2]


def load(workspace: Workspace, write: Write, more: str) -> tuple[dict[str, Condition | None], tuple[Finding, ...]]:
    write("issues/2025-04-monthly/issue.toml", ISSUE + more)
    loaded = load_issue(workspace, "2025-04-monthly")
    return {s.id: s.only_for for s in loaded.issue.snippets}, loaded.findings


def test_an_issue_reserves_a_section_or_one_snippet(workspace: Workspace, article: Article, write: Write) -> None:
    article("un", only_for="{regions: [Bretagne, Occitanie]}")
    article("deux")
    regions, level = Condition(regions=("Bretagne", "Occitanie")), Condition(levels=("région",))
    assert load(workspace, write, "") == ({"un": regions, "deux": None}, ())
    section = 'only_for = { levels = ["région"] }\n'
    narrowed = Condition(("région",), ("Bretagne", "Occitanie"))
    assert load(workspace, write, section) == ({"un": narrowed, "deux": level}, ())
    one = '[only_for.un]\nregions = ["Bretagne"]\n'
    assert load(workspace, write, one) == ({"un": Condition(regions=("Bretagne",)), "deux": None}, ())


@pytest.mark.parametrize(
    ("more", "line", "words"),
    [
        ('only_for = "région"\n', 10, "only_for should be a table"),
        ('only_for = { levels = ["regions"] }\n', 10, "There is no level 'regions'"),
        ("only_for = { levels = [] }\n", 10, "only_for names nobody"),
        ('[only_for.trois]\nregions = ["Bretagne"]\n', 10, "There is no snippet 'trois'"),
        ('[only_for.deux]\nregions = [\n  "Bretagne",\n  "Ocitanie",\n]\n', 13, "There is no region 'Ocitanie'"),
        ('[only_for.un]\nregions = ["Occitanie"]\n', 10, "'un' would be for nobody"),
    ],
)
def test_a_mistake_in_an_issue_is_told_at_its_line(
    workspace: Workspace, article: Article, write: Write, more: str, line: int, words: str
) -> None:
    article("un", only_for="{regions: [Bretagne]}")
    article("deux")
    _snippets, findings = load(workspace, write, more)
    assert [(f.line, words in f.message) for f in findings] == [(line, True)]


def test_assembly_keeps_whom_a_person_reserved_it_for(workspace: Workspace, article: Article, write: Write) -> None:
    article("un")
    article("deux")
    more = 'only_for = { levels = ["région"] } # pour les régions\n\n[only_for.un]\nregions = ["Bretagne"]\n'
    before, _findings = load(workspace, write, more)
    article("trois")
    for _time in range(2):
        assemble(workspace, "monthly", "2025-04", as_of=datetime(2025, 4, 3, 9))
        loaded = load_issue(workspace, "2025-04-monthly")
        assert loaded.findings == ()
        assert {s.id: s.only_for for s in loaded.issue.snippets if s.id in before} == before


def test_the_proposed_preheader_speaks_of_what_everybody_gets(workspace: Workspace, article: Article) -> None:
    article("un", only_for="{levels: [région]}")
    article("deux")
    assemble(workspace, "monthly", "2025-04", as_of=datetime(2025, 4, 3, 9))
    assert load_issue(workspace, "2025-04-monthly").issue.preheader == "Deux"
