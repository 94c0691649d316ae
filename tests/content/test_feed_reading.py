"""What sites publish is read as they meant it, however they wrote it, and nothing hostile gets through."""

from contextlib import suppress
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtesmail.content.feeds.calendars import is_calendar, read_calendar
from rtesmail.content.feeds.entries import MOST_ENTRIES, FeedEntry, source_name
from rtesmail.content.feeds.repetitions import MOST_DATES
from rtesmail.content.feeds.syndication import read_syndication
from rtesmail.content.link_cleaning import page_key
from rtesmail.model.errors import RtesmailError, WorkspaceError
from rtesmail.model.feeds import FeedText

PARIS = ZoneInfo("Europe/Paris")
SITE = "https://www.brumeval.example/feed"
TODAY = date(2025, 3, 20)

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Brumeval</title>
<item><title>L&amp;#8217;ESS &amp;amp; la ville : 2 &lt; 3</title>
<link>https://www.brumeval.example/actus/ess/?utm_source=rss&amp;id=4#partage</link>
<guid isPermaLink="false">https://www.brumeval.example/?p=4</guid><pubDate>Thu, 10 Apr 2025 23:30:00 +0000</pubDate>
<description>Le résumé [&amp;hellip;]</description>
<content:encoded><![CDATA[<p>Un <b>mot</b>, <a href="/agenda?utm_medium=x">l’agenda</a>.<script>alert(1)</script>
<img src="/photo.jpg"></p>]]></content:encoded></item>
</channel></rss>"""

TITLED = "<rss version='2.0'><channel><item><title>{}</title></item></channel></rss>"

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://www.brumeval.example/b/"><title>Brumeval</title>
<entry><title type="html">Un &lt;b>appel&lt;/b></title><id>tag:brumeval.example,2025:7</id>
<link rel="alternate" href="../appel"/><updated>2025-05-01T00:30:00+02:00</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Voir <a href="page">ici</a>.</p></div></content>
</entry></feed>"""


def entries(feed: str | bytes, **wanted: FeedText) -> list[FeedEntry]:
    content = feed.encode() if isinstance(feed, str) else feed
    return list(read_syndication(content, SITE, PARIS, **wanted).entries)


def calendar(*events: str, zone: str = "") -> list[FeedEntry]:
    blocks = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y\n{zone}{blocks}END:VCALENDAR\n"
    return list(read_calendar(text.replace("\n", "\r\n").encode(), SITE, PARIS, TODAY).entries)


def starts(found: list[FeedEntry]) -> list[str]:
    return [entry.fields["start"] for entry in found]


def test_an_rss_entry_is_read_with_its_local_day_and_without_what_follows_readers() -> None:
    (found,) = entries(RSS)
    assert found.title == "L'ESS & la ville : 2 < 3"
    assert found.url == "https://www.brumeval.example/actus/ess/?id=4"
    assert found.body == "Un **mot**, [l'agenda](https://www.brumeval.example/agenda)."
    assert found.fields == {"date": "2025-04-11"}
    assert found.pictures == 1


def test_the_summary_alone_is_taken_when_it_is_wanted() -> None:
    assert entries(RSS, text=FeedText.SUMMARY)[0].body == "Le résumé \\[…\\]"


def test_an_atom_entry_is_read_with_the_addresses_that_it_means() -> None:
    (found,) = entries(ATOM)
    assert (found.title, found.url) == ("Un appel", "https://www.brumeval.example/appel")
    assert found.body == "Voir [ici](https://www.brumeval.example/b/page)."
    assert found.fields == {"date": "2025-05-01"}


def test_the_same_page_is_the_same_entry_whatever_its_address_carries() -> None:
    assert page_key("https://www.brumeval.example/a/?utm_source=x#y") == page_key("http://brumeval.example/a")
    assert page_key("https://www.brumeval.example/") == ""


def test_a_bare_number_is_a_name_on_its_own_site_only() -> None:
    assert source_name("12", "https://a.example/feed") != source_name("12", "https://b.example/feed")
    assert source_name("tag:a.example,2025:1", "https://b.example/") == "tag:a.example,2025:1"


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16", "windows-1252"])
def test_the_encoding_that_a_feed_says_is_believed(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{TITLED.format("Été")}'
    assert entries(text.encode(encoding))[0].title == "Été"


def test_a_feed_that_lies_about_its_encoding_is_read_all_the_same() -> None:
    text = f'<?xml version="1.0" encoding="utf-8"?>{TITLED.format("Élue")}'
    assert entries(text.encode("cp1252"))[0].title.endswith("lue")


def test_a_feed_that_is_cut_short_gives_what_stands_in_it() -> None:
    assert entries(RSS[: RSS.index("<content:encoded>")])[0].title.startswith("L'ESS")


def test_an_entry_without_a_title_is_called_by_its_first_words() -> None:
    text = "<rss version='2.0'><channel><item><description>{}</description></item><item></item></channel></rss>"
    first, second = entries(text.format("un deux trois quatre cinq six sept huit neuf dix onze"))
    assert first.title == "un deux trois quatre cinq six sept huit neuf dix…"
    assert second.problem


def test_entities_that_unfold_without_end_do_not() -> None:
    unfolding = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "a" * 10}">' for i in range(10))
    text = (
        f'<?xml version="1.0"?><!DOCTYPE l [{unfolding}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        "<rss version='2.0'><channel><item><title>A &e9; &f;</title></item></channel></rss>"
    )
    (found,) = entries(text)
    assert len(found.title) < 400
    assert "root:" not in found.title + found.body


def test_of_a_feed_without_end_the_first_entries_are_read_and_the_rest_is_counted() -> None:
    item = "<item><title>a</title></item>"
    read = read_syndication(f"<rss version='2.0'><channel>{item * 600}</channel></rss>".encode(), SITE, PARIS)
    assert (len(read.entries), read.beyond) == (MOST_ENTRIES, 600 - MOST_ENTRIES)


def test_a_page_instead_of_a_feed_names_the_feed() -> None:
    page = "<!doctype html><html><head><link rel='alternate' type='application/rss+xml' href='/rss.xml'></head></html>"
    with pytest.raises(WorkspaceError, match="neither RSS nor Atom") as caught:
        entries(page)
    assert "https://www.brumeval.example/rss.xml" in caught.value.hint


def test_an_event_is_at_the_houses_time_whatever_zone_it_is_told_in() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Maison\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        "TZOFFSETFROM:-0400\nTZOFFSETTO:-0400\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    found = calendar(
        "UID:a@x.example\nSUMMARY:A\nDTSTART;TZID=Maison:20250410T050000\nDURATION:PT90M",
        "UID:b@x.example\nSUMMARY:B\nDTSTART:20250411T090000Z\nDTEND:20250411T100000Z",
        "UID:c@x.example\nSUMMARY:C\nDTSTART:20250412T110000",
        zone=zone,
    )
    assert starts(found) == ["2025-04-10 11:00", "2025-04-11 11:00", "2025-04-12 11:00"]
    assert found[0].fields["end"] == "2025-04-10 12:30"


def test_zones_of_one_calendar_are_not_those_of_the_next() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Ici\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        "TZOFFSETFROM:{0}\nTZOFFSETTO:{0}\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    event = "UID:a@x.example\nSUMMARY:A\nDTSTART;TZID=Ici:20250410T120000"
    assert starts(calendar(event, zone=zone.format("+0000"))) == ["2025-04-10 14:00"]
    assert starts(calendar(event, zone=zone.format("+0500"))) == ["2025-04-10 09:00"]


def test_days_without_an_hour_end_on_their_last_day() -> None:
    found = calendar(
        "UID:a@x.example\nSUMMARY:A\nDTSTART;VALUE=DATE:20250410\nDTEND;VALUE=DATE:20250412",
        "UID:b@x.example\nSUMMARY:B\nDTSTART;VALUE=DATE:20250413",
    )
    assert [entry.fields for entry in found] == [{"start": "2025-04-10", "end": "2025-04-11"}, {"start": "2025-04-13"}]


def test_what_repeats_stays_at_its_hour_when_the_clocks_change() -> None:
    found = calendar(
        "UID:a@x.example\nSUMMARY:A\nDTSTART;TZID=Europe/Paris:20250319T100000\n"
        "DTEND;TZID=Europe/Paris:20250319T110000\nRRULE:FREQ=WEEKLY;COUNT=4"
    )
    assert starts(found) == ["2025-03-26 10:00", "2025-04-02 10:00", "2025-04-09 10:00"]


def test_of_what_repeats_some_dates_are_left_out_moved_or_called_off() -> None:
    found = calendar(
        "UID:a@x.example\nSUMMARY:A\nDTSTART:20250326T090000Z\nDURATION:PT1H\n"
        "RRULE:FREQ=WEEKLY;UNTIL=20250416T220000Z\nEXDATE:20250402T090000Z",
        "UID:a@x.example\nSUMMARY:A\nRECURRENCE-ID:20250409T090000Z\nDTSTART:20250410T150000Z",
        "UID:a@x.example\nSUMMARY:A\nRECURRENCE-ID:20250416T090000Z\nDTSTART:20250416T090000Z\nSTATUS:CANCELLED",
    )
    assert starts(found) == ["2025-03-26 10:00", "2025-04-10 17:00", "2025-04-16 11:00"]
    assert [entry.is_cancelled for entry in found] == [False, False, True]
    assert len({key for entry in found for key in entry.keys}) == 4


def test_what_repeats_for_ever_gives_its_next_dates_alone() -> None:
    found = calendar("UID:a@x.example\nSUMMARY:A\nDTSTART:20200101T090000Z\nRRULE:FREQ=DAILY")
    assert len(found) == MOST_DATES
    assert starts(found)[0] == "2025-03-20 10:00"


@pytest.mark.parametrize(
    "rule",
    ["FREQ=SECONDLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;BYHOUR=1,2,3", "FREQ=DAILY;INTERVAL=-1", "FREQ=NEVER"],
)
def test_a_rule_that_nobody_meets_by_is_said_and_hides_no_other_event(rule: str) -> None:
    found = calendar(
        f"UID:a@x.example\nSUMMARY:A\nDTSTART:20250401T090000Z\nRRULE:{rule}",
        "UID:b@x.example\nSUMMARY:B\nDTSTART:20250402T090000Z",
    )
    assert [bool(entry.problem) for entry in found] == [True, False]


@pytest.mark.parametrize(
    ("lines", "fields", "url"),
    [
        ("LOCATION:Salle Zola\\, Brumeval", {"place": "Salle Zola, Brumeval"}, ""),
        ("LOCATION:https://visio.example/a", {"online": "true"}, "https://visio.example/a"),
        ("LOCATION:En ligne", {"online": "true"}, ""),
        ("LOCATION:Mairie et en visio", {"place": "Mairie et en visio", "online": "true"}, ""),
        (
            "LOCATION:Mairie\nCONFERENCE;VALUE=URI:https://visio.example/b",
            {"place": "Mairie", "online": "true"},
            "https://visio.example/b",
        ),
        (
            "LOCATION:Zoom\nURL:https://www.brumeval.example/e?utm_source=x",
            {"online": "true"},
            "https://www.brumeval.example/e",
        ),
        ("URL:javascript:alert(1)", {}, ""),
    ],
)
def test_a_place_and_a_meeting_on_the_web_are_told_apart(lines: str, fields: dict[str, str], url: str) -> None:
    (found,) = calendar(f"UID:a@x.example\nSUMMARY:A\nDTSTART:20250401T090000Z\n{lines}")
    assert {name: text for name, text in found.fields.items() if name != "start"} == fields
    assert found.url == url


def test_a_line_folded_inside_a_letter_is_read() -> None:
    content = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a@x.example\r\nDTSTART:20250401T090000Z\r\nSUMMARY:Été".encode()
    content = content[:-1] + b"\r\n " + content[-1:] + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    assert is_calendar(content)
    assert read_calendar(content, SITE, PARIS, TODAY).entries[0].title == "Été"


def test_pages_to_which_a_site_gives_one_id_are_told_apart() -> None:
    item = "<item><title>{0}</title><link>https://x.example/{0}</link><guid>{1}</guid></item>"
    items = "".join(item.format(*told) for told in (("a", "0"), ("b", "0"), ("c", "7"), ("c", "7")))
    keys = [entry.keys for entry in entries(f"<rss version='2.0'><channel>{items}</channel></rss>")]
    assert keys[:2] == [("url:x.example/a",), ("url:x.example/b",)]
    assert keys[2] == keys[3]
    assert len(keys[2]) == 2


def test_a_description_keeps_its_lines() -> None:
    (found,) = calendar(
        "UID:a@x.example\nSUMMARY:A\nDTSTART:20250401T090000Z\nDESCRIPTION:Un\\n\\n- deux\\n<b>trois</b>"
    )
    assert "**trois**" in found.body
    assert "\n" in found.body


def test_a_description_without_markup_keeps_its_lines_and_its_addresses() -> None:
    (found,) = calendar(
        "UID:a@x.example\nSUMMARY:A\nDTSTART:20250401T090000Z\n"
        "DESCRIPTION:Lieu : mairie\\nContact : Paul <p.durand@mairie.example>\\n- un\\n- deux"
    )
    assert found.body == "Lieu : mairie\\\nContact : Paul \\<p.durand@mairie.example>\n\n- un\n- deux"


@pytest.mark.parametrize(
    ("end", "fields"),
    [
        ("20250402T000000", {"start": "2025-04-01"}),
        ("20250403T000000", {"start": "2025-04-01", "end": "2025-04-02"}),
    ],
)
def test_whole_days_told_from_midnight_to_midnight_are_whole_days(end: str, fields: dict[str, str]) -> None:
    (found,) = calendar(
        f"UID:a@x.example\nSUMMARY:A\nDTSTART;TZID=Europe/Paris:20250401T000000\nDTEND;TZID=Europe/Paris:{end}"
    )
    assert dict(found.fields) == fields


@pytest.mark.parametrize("left_out", ["20250408T000000Z", "20250407T220000Z", "20250408T000000"])
def test_a_whole_day_left_out_by_its_midnight_is_left_out(left_out: str) -> None:
    found = calendar(
        f"UID:a@x.example\nSUMMARY:A\nDTSTART;VALUE=DATE:20250401\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:{left_out}"
    )
    assert [entry.fields["start"] for entry in found] == ["2025-04-01", "2025-04-15"]


@pytest.mark.parametrize("text", ["BEGIN:VCALENDAR\r\nx\r\nEND:VCALENDAR", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1"])
def test_a_calendar_that_is_broken_or_cut_short_is_said(text: str) -> None:
    with pytest.raises(WorkspaceError, match="cannot be read"):
        read_calendar(text.encode(), SITE, PARIS, TODAY)


ICAL = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
LINES = (
    *(
        "UID:1",
        "DTSTART:20250401T090000Z",
        "DTSTART;VALUE=DATE:20250401",
        "DTSTART;TZID=X:20250401T090000",
        "DTEND:9999",
    ),
    *("DTSTART:99991231T235959Z", "DTSTART:00010101T000000Z", "DURATION:P9999999D", "RRULE:FREQ=YEARLY", "URL::", "X"),
    *("RRULE:FREQ=WEEKLY;BYDAY=XX", "RDATE:20250402T090000Z", "EXDATE;VALUE=DATE:20250401", "RECURRENCE-ID:20250401"),
    *("SUMMARY:A", "LOCATION:,", "STATUS:CANCELLED", "SEQUENCE:x", "DESCRIPTION:<b>", "DTEND;VALUE=DATE:20250402"),
    "RRULE:FREQ=DAILY;UNTIL=x",
)


@settings(max_examples=150)
@given(st.binary(max_size=300), st.lists(st.sampled_from(LINES), max_size=8))
def test_no_bytes_make_a_reader_stumble(content: bytes, lines: list[str]) -> None:
    rss = b"<rss version='2.0'><channel><item><title>" + content + b"</title><link>" + content
    for feed in (content, rss, RSS.encode()[:200] + content, b"BEGIN:VCALENDAR" + content):
        with suppress(RtesmailError):
            if is_calendar(feed):
                read_calendar(feed, SITE, PARIS, TODAY)
            else:
                read_syndication(feed, SITE, PARIS)
    with suppress(RtesmailError):
        read_calendar(ICAL.format("\r\n".join(lines)).encode(), SITE, PARIS, TODAY)
