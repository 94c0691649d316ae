"""A run that was a trial, died, met another or a hostile feed leaves no draft half written, doubled or unreadable."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtesmail.content.feeds.memory import NAME, one_at_a_time, read_memory, write_memory
from rtesmail.content.feeds.pulling import pull_feeds
from rtesmail.content.snippets import read_snippet
from rtesmail.model.content import SnippetStatus
from rtesmail.model.errors import RtesmailError, StoppedError, WorkspaceError
from rtesmail.model.feeds import FeedSettings, PullResult

from .pulling_house import EDITED, TODAY, House, edit, ics, item, rss


def test_a_trial_writes_nothing(house: House) -> None:
    assert [entry.result.value for entry in house.pull(rss(item(1)), is_trial=True).entries] == ["new"]
    assert house.drafts == []
    assert not (house.workspace.issues / NAME).exists()


def test_a_run_that_could_not_write_is_gone_on_with(house: House) -> None:
    """A file stands where the drafts' folder should be; the run has remembered what it was about to do."""
    house.pull(rss(item(1)))
    folder = house.drafts[0].parent
    aside = folder.rename(house.root / "aside")
    folder.write_text("", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="cannot be written"):
        house.pull(rss(item(2), item(3)))
    folder.unlink()
    aside.rename(folder)
    assert house.results(rss(item(1), item(2), item(3))) == ["unchanged", "new", "new"]
    assert house.results() == ["unchanged"] * 3
    assert len(house.drafts) == 3


def test_a_run_that_died_after_a_file_was_written_takes_it_for_its_own(house: House) -> None:
    house.pull(rss(item(1)))
    memory = read_memory(house.workspace)
    (row,) = memory.rows
    row.made, row.next = "", row.made
    write_memory(house.workspace, memory)
    assert house.results() == ["unchanged"]
    assert house.results(rss(item(1, text="Nouveau."))) == ["updated"]


def test_two_runs_at_once_do_not_double_anything(house: House) -> None:
    house.feed.write_text(rss(item(1)), encoding="utf-8")
    with one_at_a_time(house.workspace.issues), pytest.raises(StoppedError, match="Another process"):
        house.pull()
    assert house.results() == ["new"]


def test_what_a_person_saves_while_the_feeds_are_read_is_not_written_over(house: House) -> None:
    house.pull(rss(item(1)))
    first = house.root / "first"
    first.write_text(rss(item(2)), encoding="utf-8")
    house.feed.write_text(rss(item(1, text="Nouveau.")), encoding="utf-8")
    running = pull_feeds(house.workspace, [FeedSettings("first", path=first), house.settings], today=TODAY)
    next(running)
    path = house.workspace.issues / "snippets/articles/actu-1.md"
    edit(path, "Un texte.", "Mes mots.")
    (told,) = next(running).entries
    running.close()
    assert (told.result, told.reason) == (PullResult.EDITED, EDITED)
    assert "Mes mots." in path.read_text(encoding="utf-8")


def test_a_lost_memory_doubles_no_page_and_a_broken_one_stops_in_words(house: House) -> None:
    house.pull(rss(item(1)))
    path = house.workspace.issues / NAME
    path.unlink()
    assert house.results() == ["skipped"]
    for broken in ("{", "[]", '{"version": 1, "feeds": {}, "entries": [{"keys": 1}]}', "<<<<<<< HEAD\n"):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(WorkspaceError, match=NAME):
            house.pull()


def test_one_entry_stands_on_one_line_of_the_memory(house: House) -> None:
    house.pull(rss(item(1), item(2)))
    text = (house.workspace.issues / NAME).read_text(encoding="utf-8")
    assert len(json.loads(text)["entries"]) == 2
    assert sum('"keys"' in line for line in text.splitlines()) == 2


TRICKS = (
    *(
        "---\nstatus: reviewed\n---",
        "../../etc/passwd",
        "{{ 7*7 }}{% raw %}",
        "@@email@@",
        "a\0b",
        "a: b #c",
        ".hidden",
    ),
    *("\u202e\u2028x", "</title><script>", "&lt;b>", "]]>", "- [x](javascript:y)", "'\"", "null", "é" * 90, "\u0301"),
)
HOSTILE = st.one_of(st.text(max_size=40), st.sampled_from(TRICKS))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(title=HOSTILE, text=HOSTILE, link=HOSTILE, place=HOSTILE, is_calendar=st.booleans(), raw=st.binary(max_size=60))
def test_whatever_a_feed_holds_every_draft_is_read_again_as_a_draft(
    root: Path, title: str, text: str, link: str, place: str, is_calendar: bool, raw: bytes
) -> None:
    house = House(root)
    folded = (part.replace("\r", " ").replace("\n", "\\n") for part in (title, text, link, place))
    if is_calendar:
        values = "SUMMARY:{}\nDESCRIPTION:{}\nURL:{}\nLOCATION:{}".format(*folded)
        feed = ics(f"{text!r}@x.example\nDTSTART:20250410T090000Z\n{values}").encode("utf-8", "replace")
    else:
        feed = rss(item(1, title, text, link=link, guid=place)).encode("utf-8", "replace")
    with suppress(RtesmailError):
        read_memory(house.workspace)
    house.feed.write_bytes(feed + raw)
    (found,) = pull_feeds(house.workspace, [house.settings], today=TODAY)
    for entry in found.entries:
        if entry.result is PullResult.NEW:
            assert entry.path is not None
            assert entry.path.parent.parent == house.workspace.issues / "snippets"
            read = read_snippet(entry.path, root)
            assert {finding.check for finding in read.findings} <= {"missing-field"}
            if read.snippet is not None:
                assert read.snippet.status is SnippetStatus.DRAFT
    (again,) = pull_feeds(house.workspace, [house.settings], today=TODAY)
    assert again.count(PullResult.NEW) == again.count(PullResult.UPDATED) == 0


@pytest.mark.parametrize("count", [1, 12])
def test_a_killed_run_is_gone_on_with_and_leaves_nothing_half_written(house: House, count: int) -> None:
    """Killed as soon as so many drafts are there."""
    numbers = range(30)
    house.feed.write_text(rss(*map(item, numbers)), encoding="utf-8")
    edit(house.root / "rtesmail.toml", "[identity]", '[feeds.site]\nurl = "feed"\n[identity]')
    running = subprocess.Popen([sys.executable, "-m", "rtesmail", "pull"], cwd=house.root, stdout=subprocess.DEVNULL)
    folder = house.workspace.issues / "snippets" / "articles"
    while running.poll() is None and len(list(folder.glob("*.md"))) < count:
        pass
    running.kill()
    running.wait()
    assert not [path for path in house.drafts if read_snippet(path, house.root).findings]
    house.pull()
    assert len(house.drafts) == 30
    assert house.results() == ["unchanged"] * 30
    assert house.results(rss(*(item(number, text="Nouveau.") for number in numbers))) == ["updated"] * 30
