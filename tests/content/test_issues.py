"""An issue shows what is good of it, and says where the rest is wrong."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtesmail.content.assembly import assemble
from rtesmail.content.issues import list_issues, load_issue, resolve_issue_id
from rtesmail.content.workspace import load_workspace
from rtesmail.model.errors import ContentError, WorkspaceError
from rtesmail.model.publication import Workspace

Result = TypeVar("Result")


def attempt(act: Callable[[], Result]) -> Result | WorkspaceError:
    """Give what comes out, or the trouble that a person would be told."""
    try:
        return act()
    except WorkspaceError as error:
        return error


ISSUE = """publication = "monthly"
number = "2025-04"
title = "Avril 2025"
date = 2025-04-03
subject = "La lettre d'avril"
preheader = "Et le reste"

[[sections]]
id = "lead"
snippets = ["bon", "absant", "casse", "brouillon"]

[[sections]]
id = "agendas"
snippets = []
"""


def test_good_snippets_show_and_each_mistake_has_its_place(workspace: Workspace, article, write) -> None:
    article("bon")
    article("absent")
    article("brouillon", status="draft")
    write("fichier.md", "---\nkind: article\nid: casse\ntitle: x\nurl: nulle part\n---\nx")
    write("issues/2025-04-monthly/issue.toml", ISSUE)
    loaded = load_issue(workspace, "2025-04-monthly")
    assert [s.id for s in loaded.issue.snippets] == ["bon", "brouillon"]
    told = {(f.place, f.check): f.hint for f in loaded.findings}
    issue = "issues/2025-04-monthly/issue.toml"
    assert told[(f"{issue}:10", "unknown-snippet")] == "Did you mean absent?"
    assert told[(f"{issue}:13", "unknown-value")] == "Did you mean agenda?"
    assert ("issues/snippets/fichier.md:5", "bad-url") in told
    assert ("issues/snippets/brouillon.md:4", "draft") in told


def test_a_snippet_beside_the_issue_wins_over_the_pool(workspace: Workspace, article, write) -> None:
    article("bon")
    write("issues/2025-04-monthly/bon.md", "---\nkind: article\ntitle: Le mien\nstatus: reviewed\n---\nx")
    write("issues/2025-04-monthly/issue.toml", ISSUE.replace(', "absant", "casse", "brouillon"', ""))
    assert load_issue(workspace, "2025-04-monthly").issue.snippets[0].title == "Le mien"


@pytest.mark.parametrize("text", ["publication = 3", 'publication = "x"', "publication =", ""])
def test_an_issue_that_cannot_be_used_says_why(workspace: Workspace, write, text: str) -> None:
    write("issues/2025-04-monthly/issue.toml", text)
    with pytest.raises(ContentError) as caught:
        load_issue(workspace, "2025-04-monthly")
    assert caught.value.findings


@pytest.mark.parametrize("typed", ["2025-04-monthly", "issues/2025-04-monthly", "issues/2025-04-monthly/issue.toml"])
def test_an_issue_is_found_by_what_a_person_types(workspace: Workspace, write, typed: str) -> None:
    write("issues/2025-04-monthly/issue.toml", ISSUE)
    assert resolve_issue_id(workspace, typed) == "2025-04-monthly"


def test_a_mistyped_issue_is_told_with_the_nearest(workspace: Workspace, write) -> None:
    write("issues/2025-04-monthly/issue.toml", ISSUE)
    with pytest.raises(WorkspaceError) as caught:
        resolve_issue_id(workspace, "2025-4-monthly")
    assert caught.value.hint == "Did you mean 2025-04-monthly?"


def test_a_hidden_folder_is_no_issue(demo_workspace: Path) -> None:
    kept = demo_workspace / "issues" / ".before"
    shutil.copytree(demo_workspace / "issues" / "2025-04-mensuelle", kept)
    workspace = load_workspace(demo_workspace)
    assert ".before" not in list_issues(workspace)
    assert "2025-04-mensuelle" in list_issues(workspace)
    with pytest.raises(WorkspaceError):
        resolve_issue_id(workspace, ".before")


def test_a_path_cannot_lead_out_of_the_issues(workspace: Workspace, root: Path) -> None:
    (root / "issue.toml").write_text(ISSUE, encoding="utf-8")
    with pytest.raises(WorkspaceError):
        resolve_issue_id(workspace, "..")


def test_an_unusable_issue_says_all_that_is_wrong_with_it(workspace: Workspace, write) -> None:
    write("issues/2025-04-monthly/issue.toml", 'publication = "montly"\nnumber = 4\ndate = "hier"\nsubjekt = "x"\n')
    with pytest.raises(ContentError) as caught:
        load_issue(workspace, "2025-04-monthly")
    told = {f.line: f.check for f in caught.value.findings if f.line}
    assert told == {1: "unknown-value", 2: "wrong-type", 3: "bad-date", 4: "unknown-field"}


def test_each_name_in_a_list_has_its_own_line(workspace: Workspace, article, write) -> None:
    article("bon")
    text = ISSUE.replace(
        '["bon", "absant", "casse", "brouillon"]', '[\n  "bon",\n  # plus tard\n  "bonn",\n  "bon",\n]'
    )
    write("issues/2025-04-monthly/issue.toml", text.replace('"agendas"', '"agenda"'))
    loaded = load_issue(workspace, "2025-04-monthly")
    assert [(f.line, f.check) for f in loaded.findings] == [(13, "unknown-snippet"), (14, "duplicate")]
    assert [s.id for s in loaded.issue.snippets] == ["bon"]


def test_a_snippet_stands_once_in_an_issue(workspace: Workspace, article, write) -> None:
    article("bon")
    text = ISSUE.replace('["bon", "absant", "casse", "brouillon"]', '["bon"]').replace(
        '"agendas"\nsnippets = []', '"more"\nsnippets = ["bon"]'
    )
    write("issues/2025-04-monthly/issue.toml", text)
    loaded = load_issue(workspace, "2025-04-monthly")
    assert [s.id for s in loaded.issue.snippets] == ["bon"]
    assert [(f.line, f.message) for f in loaded.findings] == [(14, "'bon' stands in lead already.")]


def test_two_tables_for_one_section_are_told(workspace: Workspace, article, write) -> None:
    article("a")
    article("b")
    text = ISSUE.replace('["bon", "absant", "casse", "brouillon"]', '["a"]').replace(
        '"agendas"\nsnippets = []', '"lead"\nsnippets = ["b"]'
    )
    write("issues/2025-04-monthly/issue.toml", text)
    loaded = load_issue(workspace, "2025-04-monthly")
    assert [s.id for s in loaded.issue.snippets] == ["a", "b"]
    assert [(f.line, f.check) for f in loaded.findings] == [(13, "duplicate")]


def test_two_files_with_one_id_are_told_where_the_issue_names_it(workspace: Workspace, article, write) -> None:
    article("bon")
    article("autre", id="bon")
    write(
        "issues/2025-04-monthly/issue.toml",
        ISSUE.replace(', "absant", "casse", "brouillon"', "").replace("agendas", "agenda"),
    )
    (finding,) = load_issue(workspace, "2025-04-monthly").findings
    assert (finding.check, finding.path) == ("duplicate", Path("issues/snippets/bon.md"))


def test_a_broken_snippet_beside_the_issue_is_not_replaced_by_the_pool(workspace: Workspace, article, write) -> None:
    article("bon")
    write("issues/2025-04-monthly/bon.md", "---\nkind: article\n---\nx")
    write(
        "issues/2025-04-monthly/issue.toml",
        ISSUE.replace(', "absant", "casse", "brouillon"', "").replace("agendas", "agenda"),
    )
    loaded = load_issue(workspace, "2025-04-monthly")
    assert loaded.issue.snippets == ()
    assert [f.place for f in loaded.findings] == ["issues/2025-04-monthly/bon.md:1"]


def test_a_mistyped_pin_is_told(workspace: Workspace, article, write) -> None:
    article("bon")
    text = ISSUE.replace(', "absant", "casse", "brouillon"]', ']\npin = ["bno"]').replace("agendas", "agenda")
    write("issues/2025-04-monthly/issue.toml", text)
    assert [(f.line, f.hint) for f in load_issue(workspace, "2025-04-monthly").findings] == [(11, "Did you mean bon?")]


def test_a_subject_cannot_start_a_new_header(workspace: Workspace, write) -> None:
    write("issues/2025-04-monthly/issue.toml", ISSUE.replace('"La lettre d\'avril"', '"Avril\\r\\nBcc: x@y.example"'))
    loaded = load_issue(workspace, "2025-04-monthly")
    assert loaded.issue.subject == "Avril Bcc: x@y.example"
    assert (5, "control-character") in [(f.line, f.check) for f in loaded.findings]


@pytest.mark.parametrize(
    "moment", ["2025-04-03T09:00:00Z", "0001-01-01T00:00:00", "0025-04-03T09:00:00", "9999-12-31T23:59:59"]
)
def test_a_sending_time_with_an_offset_or_of_no_time_of_ours_is_told(workspace: Workspace, write, moment: str) -> None:
    write("issues/2025-04-monthly/issue.toml", f"send_at = {moment}\n" + ISSUE)
    loaded = load_issue(workspace, "2025-04-monthly")
    assert loaded.issue.send_at is None
    assert (1, "bad-date") in [(f.line, f.check) for f in loaded.findings]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_anything_typed_into_an_issue_is_read_or_told(workspace: Workspace, article, data: st.DataObject) -> None:
    article("bon")
    start = data.draw(st.integers(0, len(ISSUE)))
    end = data.draw(st.integers(start, min(start + 20, len(ISSUE))))
    typed = data.draw(st.text(max_size=8) | st.sampled_from(['"', "[", "]", "= 3", "\n[x]\n", "= [1]", "= {}", "\r\n"]))
    text = ISSUE[:start] + typed + ISSUE[end:]
    path = workspace.issues / "2025-04-monthly" / "issue.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    loaded = attempt(lambda: load_issue(workspace, "2025-04-monthly"))
    assert not isinstance(loaded, ContentError) or loaded.findings
    april = datetime(2025, 4, 3, 9)
    made = attempt(lambda: assemble(workspace, "monthly", "2025-04", as_of=april))
    if isinstance(made, WorkspaceError):
        assert made.hint
        assert path.read_bytes() == text.encode("utf-8", "surrogatepass")
    else:
        assert not assemble(workspace, "monthly", "2025-04", as_of=april).changed
        assert {d.snippet_id for d in made.decisions} >= {"bon"}
