"""Issues are rendered once for each state of the files."""

from pathlib import Path

from rtesmail.web.listing import NEWEST, newest_of, read_rows
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


def test_a_house_of_years_has_its_newest_issues_read_and_the_others_when_they_are_opened(demo_workspace: Path) -> None:
    april = (demo_workspace / "issues" / APRIL / "issue.toml").read_text(encoding="utf-8")
    for number in range(NEWEST + 1):
        folder = demo_workspace / "issues" / f"ancien-{number:02}"
        folder.mkdir()
        day = f"20{number:02}-04-03"
        text = april.replace("2025-04-03", day).replace('title = "Avril 2025"', f'title = "Numéro {number}"')
        (folder / "issue.toml").write_text(text, encoding="utf-8")
    (demo_workspace / "issues" / "casse").mkdir()
    (demo_workspace / "issues" / "casse" / "issue.toml").write_text("title =", encoding="utf-8")
    readings = Readings(demo_workspace)
    workspace = readings.shelf().workspace
    assert workspace is not None
    oldest = "ancien-00"
    assert oldest not in newest_of(readings.covers())
    assert {APRIL, f"ancien-{NEWEST}", "casse"} <= set(newest_of(readings.covers()))

    rows = {row.issue_id: row for row in read_rows(readings, workspace)}
    assert next(iter(rows)) == "2025-t2-trimestrielle"
    assert list(rows)[-2:] == [oldest, "casse"]
    assert rows[oldest].issue is not None
    assert (rows[oldest].issue.title, rows[oldest].reading, rows[oldest].is_older) == ("Numéro 0", None, True)
    assert not any(row.is_older for row in rows.values() if row.issue_id in newest_of(readings.covers()))

    readings.read(oldest)
    rows = {row.issue_id: row for row in read_rows(readings, workspace)}
    assert rows[oldest].reading is not None
    assert not rows[oldest].is_older
