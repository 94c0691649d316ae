"""A new workspace has what a person needs to begin, and never takes the place of what is there."""

from pathlib import Path

import pytest

from rtesmail.content.beginning import initialise_workspace
from rtesmail.content.issues import list_issues, load_issue
from rtesmail.content.kinds import KINDS
from rtesmail.content.workspace import load_workspace
from rtesmail.model.errors import WorkspaceError


def test_it_loads_and_has_a_sample_of_each_kind(tmp_path: Path) -> None:
    initialise_workspace(tmp_path / "new")
    workspace = load_workspace(tmp_path / "new")
    assert [load_issue(workspace, i).findings for i in list_issues(workspace)] == [()] * 4
    samples = {p.name.removesuffix(".sample.md") for p in (workspace.templates / "snippets").glob("*.sample.md")}
    assert samples == set(KINDS)
    assert not list(workspace.templates.rglob("*.j2"))


def test_the_templates_come_when_asked_for(tmp_path: Path) -> None:
    initialise_workspace(tmp_path / "new", with_templates=True)
    assert (tmp_path / "new" / "templates" / "monthly.mjml.j2").is_file()


def test_doing_it_again_overwrites_nothing(tmp_path: Path) -> None:
    first = initialise_workspace(tmp_path / "new")
    (tmp_path / "new" / "rtesmail.toml").write_text("# mine", encoding="utf-8")
    again = initialise_workspace(tmp_path / "new")
    assert again.written == ()
    assert set(again.kept) == set(first.written)
    assert (tmp_path / "new" / "rtesmail.toml").read_text(encoding="utf-8") == "# mine"


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(WorkspaceError):
        initialise_workspace(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="is a file"):
        initialise_workspace(tmp_path / "new")
