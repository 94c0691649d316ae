"""Issues are rendered once for each state of the files."""

from pathlib import Path

from rtesmail.web.readings import Readings

APRIL = "2025-04-mensuelle"


def test_a_page_with_three_frames_renders_once(demo_workspace: Path) -> None:
    readings = Readings(demo_workspace)
    first = readings.read(APRIL)
    assert first is not None
    assert first.edition is not None
    assert readings.read(APRIL) is first


def test_a_saved_file_makes_a_new_reading_and_the_same_mail_keeps_its_digest(demo_workspace: Path) -> None:
    readings = Readings(demo_workspace)
    first = readings.read(APRIL)
    path = demo_workspace / "issues" / APRIL / "issue.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# one more line\n", encoding="utf-8")
    again = readings.read(APRIL)
    assert first is not None
    assert again is not None
    assert again is not first
    assert again.edition is not None
    assert first.edition is not None
    assert again.edition.digest == first.edition.digest


def test_a_long_list_does_not_wait_for_every_issue(demo_workspace: Path) -> None:
    readings = Readings(demo_workspace)
    issue_ids = readings.shelf().issue_ids
    at_once = readings.read_within(issue_ids, 0)
    assert list(at_once) == [issue_ids[0]]
    assert set(readings.read_within(issue_ids, 60)) == set(issue_ids)


def test_a_name_that_is_no_issue_reads_nothing(demo_workspace: Path) -> None:
    readings = Readings(demo_workspace)
    for name in ("..", "snippets", "../issues/" + APRIL, APRIL + "/", ""):
        assert readings.read(name) is None
