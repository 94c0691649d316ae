"""Segments are read from a file that staff can read, and a mistake is told with its line and its character."""

from pathlib import Path

import pytest

from rtesmail.content.segment_file import find_segment, load_segments
from rtesmail.content.workspace import load_workspace
from rtesmail.model.errors import ContentError, WorkspaceError
from rtesmail.model.publication import Workspace


@pytest.fixture
def workspace(demo_workspace: Path) -> Workspace:
    (demo_workspace / "lists" / "segments.toml").write_text(
        '[elus-des-regions]\ntitle = "Les élus des régions"\n'
        """expression = '''\nlevel == "région"\nand "élu" in roles\n'''\n""",
        encoding="utf-8",
    )
    return load_workspace(demo_workspace)


def test_a_segment_is_found_by_its_name_or_said_on_the_spot(workspace: Workspace) -> None:
    named = find_segment(workspace, "elus-des-regions")
    assert named.title == "Les élus des régions"
    assert find_segment(workspace, 'level == "région" and "élu" in roles').node == named.node


def test_a_misspelt_name_is_told_with_the_one_that_was_meant(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="elu-des-regions") as error:
        find_segment(workspace, "elu-des-regions")
    assert "elus-des-regions" in error.value.hint


def test_every_mistake_of_the_file_is_told_with_its_line(workspace: Workspace) -> None:
    (workspace.root / "lists" / "segments.toml").write_text(
        '[a]\nexpression = \'levl == "x"\'\n[b]\ntitle = "B"\n[c]\nexpression = "on(\'x\')"\ncolour = "red"\n', "utf-8"
    )
    with pytest.raises(ContentError) as error:
        load_segments(workspace)
    findings = error.value.findings
    assert [(f.check, f.line) for f in findings] == [("segment-syntax", 2), ("missing-field", 3), ("unknown-field", 7)]
    assert "^" in findings[0].message
    assert "level" in findings[0].hint


def test_a_workspace_without_segments_has_none(demo_workspace: Path) -> None:
    assert load_segments(load_workspace(demo_workspace)) == {}
