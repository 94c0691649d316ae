"""Calendar entries: read back, they say when and where; made twice, they are the same bytes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time

from icalendar import Calendar
from msgspec.structs import replace

from rtesmail.content.issues import load_issue
from rtesmail.model.content import Issue, Snippet, When
from rtesmail.model.publication import Workspace
from rtesmail.rendering.calendar import dated_snippets, make_calendar

Sample = Callable[[str], Snippet]


def entries(workspace: Workspace, issue: Issue, snippet: Snippet) -> list[dict[str, object]]:
    calendar = Calendar.from_ical(make_calendar(workspace, issue, snippet))
    return [{name: getattr(value, "dt", str(value)) for name, value in e.items()} for e in calendar.walk("VEVENT")]


def test_the_agenda_of_april_comes_back_from_its_files(demo: Workspace, april: Issue) -> None:
    found = {s.id: entries(demo, april, s)[0] for s in dated_snippets(april)}
    assert len(found) == 5
    webinar = found["webinaire-commande-publique"]
    # 11:00 in Paris in April is 9:00 UTC.
    assert webinar["DTSTART"] == datetime(2025, 4, 10, 9, tzinfo=UTC)
    assert webinar["DTEND"] == datetime(2025, 4, 10, 10, 30, tzinfo=UTC)
    assert webinar["LOCATION"] == "En ligne"
    assert webinar["UID"] == "webinaire-commande-publique@lettre.rtes.example"
    assert webinar["DTSTAMP"] == datetime(2025, 4, 3, 7, tzinfo=UTC)
    assembly = found["assemblee-generale-2025"]
    assert (assembly["DTSTART"], assembly["DTEND"]) == (date(2025, 7, 1), date(2025, 7, 2))
    assert assembly["LOCATION"] == "Orléans"


def test_a_programme_has_one_entry_per_day(demo: Workspace) -> None:
    issue = load_issue(demo, "2023-10-invitation-edenn").issue
    (programme,) = dated_snippets(issue)
    first, second = entries(demo, issue, programme)
    assert first["DTSTART"] == datetime(2023, 10, 13, 7, 30, tzinfo=UTC)
    assert second["DTEND"] == datetime(2023, 10, 14, 12, tzinfo=UTC)
    assert first["UID"] != second["UID"]
    assert first["SUMMARY"] == (
        "Imaginez la ville durable et solidaire\u00a0: Matinée professionnelle avec 3 ateliers tables rondes"
    )


def test_an_hour_without_end_and_an_end_before_the_start_make_no_length_up(
    demo: Workspace, april: Issue, sample: Sample
) -> None:
    event = sample("event")
    open_end = replace(event, details={**event.details, "end": None})
    (entry,) = entries(demo, april, open_end)
    assert "DTEND" not in entry
    before = replace(event, details={**event.details, "end": When(date(2025, 5, 15), time(8))})
    (entry,) = entries(demo, april, before)
    assert "DTEND" not in entry


def test_words_that_mean_something_to_calendars_stay_words(demo: Workspace, april: Issue, sample: Sample) -> None:
    title = "A; B, C\\ D\nEND:VEVENT"
    (entry,) = entries(demo, april, replace(sample("event"), title=title))
    assert str(entry["SUMMARY"]).replace("\u202f", "") == title


def test_made_twice_they_are_the_same_bytes(demo: Workspace, april: Issue, sample: Sample) -> None:
    assert make_calendar(demo, april, sample("event")) == make_calendar(demo, april, sample("event"))
