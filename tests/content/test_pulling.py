"""Each entry becomes a draft once, follows its source until a person touches it, and never comes back when deleted."""

from datetime import date

import pytest

from rtesmail.content.feeds.pulling import pull_feeds
from rtesmail.content.snippets import read_snippet
from rtesmail.model.content import SnippetStatus, When
from rtesmail.model.feeds import FeedSettings, PullResult

from .pulling_house import EDITED, EVENT, TODAY, House, edit, ics, item, rss


def test_an_entry_becomes_a_draft_that_a_person_can_go_on_with(house: House) -> None:
    house.settings = FeedSettings("site", path=house.feed, defaults={"source": "Le site", "levels": ("commune",)})
    house.pull(rss(item(1, pubDate="Tue, 25 Mar 2025 10:00:00 +0100")))
    (path,) = house.drafts
    assert path == house.workspace.issues / "snippets/articles/actu-1.md"
    found = read_snippet(path, house.root)
    assert found.findings == ()
    assert found.snippet is not None
    assert found.snippet.status is SnippetStatus.DRAFT
    assert (found.snippet.title, found.snippet.body) == ("Actu 1", "Un texte.")
    assert found.snippet.url == "https://www.brumeval.example/actu-1/"
    assert found.snippet.details["date"] == date(2025, 3, 25)
    assert found.snippet.details["source"] == "Le site"


def test_a_second_pull_changes_nothing(house: House) -> None:
    text = rss(item(1), item(2))
    assert house.results(text) == ["new", "new"]
    before = {path: path.read_bytes() for path in house.root.rglob("*") if path.is_file()}
    assert house.results(text) == ["unchanged", "unchanged"]
    assert {path: path.read_bytes() for path in house.root.rglob("*") if path.is_file()} == before


def test_a_draft_that_nobody_touched_follows_its_source(house: House) -> None:
    house.pull(rss(item(1)))
    assert house.results(rss(item(1, "Un autre titre", "Plus long."))) == ["updated"]
    (path,) = house.drafts
    assert path.name == "actu-1.md"
    assert "title: Un autre titre" in path.read_text(encoding="utf-8")
    assert house.results() == ["unchanged"]


def test_what_a_person_edited_is_never_written_to_and_the_sources_change_is_told_once(house: House) -> None:
    house.pull(rss(item(1)))
    (path,) = house.drafts
    edit(path, "Un texte.", "Mes mots.")
    assert house.results() == ["edited"]
    before = path.read_bytes()
    (told,) = house.pull(rss(item(1, text="Nouveau."))).entries
    assert (told.result, told.reason, told.is_worth_saying) == (PullResult.EDITED, EDITED, True)
    (again,) = house.pull().entries
    assert (again.reason, again.is_worth_saying) == ("", False)
    assert path.read_bytes() == before


def test_a_draft_that_was_read_over_is_touched(house: House) -> None:
    house.pull(rss(item(1)))
    (path,) = house.drafts
    edit(path, "status: draft", "status: reviewed")
    assert house.results(rss(item(1, text="Nouveau."))) == ["edited"]


def test_a_draft_is_known_again_when_it_was_renamed_moved_or_saved_with_other_line_ends(house: House) -> None:
    house.pull(rss(item(1)))
    (path,) = house.drafts
    moved = house.workspace.issues / "2025-04" / "autre-nom.md"
    moved.parent.mkdir()
    path.rename(moved)
    moved.write_bytes(moved.read_bytes().replace(b"\n", b"\r\n"))
    assert house.results(rss(item(1, text="Nouveau."))) == ["updated"]
    assert house.drafts == [moved]
    assert "Nouveau." in moved.read_text(encoding="utf-8")


def test_a_draft_with_another_id_is_known_by_its_page_and_left_alone(house: House) -> None:
    house.pull(rss(item(1)))
    (path,) = house.drafts
    edit(path, "id: actu-1", "id: mon-actu")
    assert house.results(rss(item(1, text="Nouveau."))) == ["edited"]
    assert house.drafts == [path]


def test_a_draft_that_was_deleted_does_not_come_back(house: House) -> None:
    house.pull(rss(item(1), item(2)))
    house.drafts[0].unlink()
    found = house.pull(rss(item(1, text="Nouveau."), item(2)))
    assert [entry.result.value for entry in found.entries] == ["skipped", "unchanged"]
    assert found.entries[0].reason == "its draft was deleted here"
    assert len(house.drafts) == 1
    namesake = item(1, link="https://www.brumeval.example/autre", guid="https://www.brumeval.example/?p=9")
    assert house.results(rss(item(1), namesake)) == ["skipped", "new"]
    assert house.results() == ["skipped", "unchanged"]


@pytest.mark.parametrize("place", ["issues/snippets/mienne.md", "issues/2024-12/mienne.md"])
def test_what_a_person_wrote_down_already_does_not_come_in_again(house: House, write, place: str) -> None:
    write(place, "---\nkind: article\nurl: http://brumeval.example/actu-1?utm_source=lettre#haut\nbroken\n---\n")
    (told,) = house.pull(rss(item(1))).entries
    assert (told.result, told.reason) == (PullResult.SKIPPED, f"it is here already: {place}")
    assert len(house.drafts) == 1


def test_an_entry_that_stands_twice_comes_in_once(house: House) -> None:
    again = item(1, "Encore", link="https://brumeval.example/actu-1?utm_source=x", guid="autre")
    assert house.results(rss(item(1), again)) == ["new", "skipped"]


def test_a_page_that_moved_is_known_by_the_feeds_own_name_for_it(house: House) -> None:
    house.pull(rss(item(1)))
    assert house.results(rss(item(1, link="https://www.brumeval.example/nouveau"))) == ["updated"]
    assert house.results(rss(item(1, link="https://www.brumeval.example/nouveau", guid="autre"))) == ["unchanged"]
    assert len(house.drafts) == 1


def test_two_feeds_with_the_same_entry_do_not_fight_over_it(house: House) -> None:
    second = house.root / "second"
    second.write_text(rss(item(1, "Ailleurs")), encoding="utf-8")
    edit(
        house.root / "rtesmail.toml",
        "[identity]",
        '[feeds.site]\nurl = "feed"\n[feeds.other]\nurl = "second"\n[identity]',
    )
    house.feed.write_text(rss(item(1)), encoding="utf-8")
    feeds = list(house.workspace.configuration.feeds.values())
    for result in ("new", "unchanged"):
        one, other = pull_feeds(house.workspace, feeds, today=TODAY)
        assert [entry.result.value for entry in (*one.entries, *other.entries)] == [result, "skipped"]
    assert other.entries[0].reason == "it came in through the feed site"


def test_old_news_and_past_dates_do_not_come_in_but_what_is_here_stays(house: House) -> None:
    old = item(1, pubDate="Wed, 01 Jan 2025 10:00:00 +0100")
    assert house.results(rss(old)) == ["skipped"]
    assert house.results(ics(EVENT), today=date(2025, 4, 11)) == ["skipped"]
    assert house.results(ics(EVENT)) == ["new"]
    assert house.results(ics(EVENT), today=date(2025, 4, 11)) == ["unchanged"]


def test_an_event_is_known_by_its_uid_though_others_share_its_page(house: House) -> None:
    page = "URL:https://www.brumeval.example/agenda"
    second = EVENT.replace("1@", "2@").replace("0410", "0411")
    assert house.results(ics(f"{EVENT}\n{page}", f"{second}\n{page}")) == ["new", "new"]
    third = EVENT.replace("1@", "3@").replace("0410", "0412")
    assert house.results(ics(f"{third}\n{page}")) == ["new"]
    assert house.results(ics(f"{EVENT.replace('0410', '0413')}\n{page}")) == ["updated"]
    assert len({read_snippet(path, house.root).id for path in house.drafts}) == 3


def test_an_event_that_was_written_down_by_hand_does_not_come_in_again(house: House, event) -> None:
    event("mienne", "2025-04-10 11:00", url="https://www.brumeval.example/agenda")
    page = "URL:https://www.brumeval.example/agenda"
    other_day = EVENT.replace("1@", "2@").replace("0410", "0411")
    assert house.results(ics(f"{EVENT}\n{page}", f"{other_day}\n{page}")) == ["skipped", "new"]


def test_an_event_that_begins_to_repeat_is_not_doubled(house: House) -> None:
    house.pull(ics(EVENT))
    assert house.results(ics(f"{EVENT}\nRRULE:FREQ=WEEKLY;COUNT=2")) == ["unchanged", "new"]


def test_a_calendar_of_calls_tells_when_they_fall_due(house: House) -> None:
    house.settings = FeedSettings("site", path=house.feed, kind="call")
    house.pull(ics("1@brumeval.example\nSUMMARY:Appel\nDTSTART;VALUE=DATE:20250430"))
    found = read_snippet(house.drafts[0], house.root)
    assert found.findings == ()
    assert found.snippet is not None
    assert found.snippet.details["deadline"] == When(date(2025, 4, 30))


def test_a_cancelled_event_is_said_as_long_as_its_draft_is_there(house: House) -> None:
    house.pull(ics(EVENT))
    for _turn in range(2):
        (told,) = house.pull(ics(f"{EVENT}\nSTATUS:CANCELLED")).entries
        assert told.reason.startswith("cancelled at the source")
        assert told.path == house.drafts[0]
    house.drafts[0].unlink()
    (told,) = house.pull().entries
    assert told.reason == "its draft was deleted here"


def test_an_event_cancelled_before_it_came_in_does_not_come_in(house: House) -> None:
    assert house.results(ics(f"{EVENT}\nSTATUS:CANCELLED")) == ["skipped"]
    assert house.results(ics(EVENT)) == ["new"]


def test_a_site_is_asked_for_what_changed_until_the_settings_do(house: House, site) -> None:
    house.settings = FeedSettings("site", site.put("/feed", rss(item(1)), ETag='"a"'))
    assert house.results() == ["new"]
    assert house.pull().is_unmodified
    house.settings = FeedSettings("site", house.settings.url, defaults={"source": "Le site"})
    assert house.results() == ["updated"]


def test_a_calendar_that_repeats_is_read_each_day(house: House, site) -> None:
    address = site.put("/a.ics", ics(f"{EVENT}\nRRULE:FREQ=MONTHLY"), ETag='"a"')
    house.settings = FeedSettings("site", address)
    assert house.results() == ["new"] * 3
    assert house.results(today=date(2025, 5, 1)) == ["unchanged", "unchanged", "new"]


def test_a_feed_that_fails_does_not_hold_up_the_next(house: House, site) -> None:
    house.feed.write_text(rss(item(1)), encoding="utf-8")
    feeds = [FeedSettings("gone", f"{site.address}/gone"), house.settings]
    gone, good = pull_feeds(house.workspace, feeds, today=TODAY)
    assert "no such page" in gone.error
    assert good.count(PullResult.NEW) == 1
