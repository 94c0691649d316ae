"""What a template sees of an issue: words already set for the language, dates in full, links that are safe.

A template writes `{{ snippet.title }}` and gets the title escaped and set; `{{ snippet.body }}` gives HTML in an HTML
template and wrapped lines in a text template.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.model.content import Detail, Image, Issue, ProgrammeDay, Registration, Section, Snippet, When
from rtesmail.rendering.addresses import clean_address
from rtesmail.rendering.dates import (
    DateBlock,
    describe_day,
    describe_deadline,
    describe_hours,
    describe_month_day,
    describe_span,
    describe_time,
    is_one_evening,
    make_date_block,
)
from rtesmail.rendering.markdown import WIDTH, markdown_to_html, markdown_to_plain, markdown_to_text
from rtesmail.rendering.translations import translation
from rtesmail.rendering.typography import typographer

if TYPE_CHECKING:
    from rtesmail.rendering.images import Picture

CALENDAR_KINDS = ("event", "programme")

SHADES = 3
"""How many ways of drawing a cover there are; the series of an issue take them in turn."""


class Prose(Struct, frozen=True):
    """Markdown that becomes HTML or lines of text by where it is written; empty counts as false."""

    source: str
    language: str

    def __bool__(self) -> bool:
        return bool(self.source.strip())

    def __html__(self) -> str:
        return markdown_to_html(self.source, language=self.language)

    def __str__(self) -> str:
        return self.wrapped()

    def wrapped(self, width: int = WIDTH) -> str:
        """Give lines of text at most `width` long."""
        return markdown_to_text(self.source, width=width, language=self.language)

    @property
    def quoted(self) -> "Prose":
        """The same between the language's quotation marks."""
        pattern = translation(self.language).pgettext("quotation", "“{words}”")
        return Prose(pattern.format(words=self.source.strip()), self.language)

    @property
    def plain(self) -> str:
        """The words alone, on one line."""
        return markdown_to_plain(self.source, language=self.language)


class RegistrationView(Struct, frozen=True):
    """How one takes part: an address, or `is_coming`."""

    url: str
    is_coming: bool


class LineView(Struct, frozen=True):
    """One line of a timetable; `time` is empty for what has no hour."""

    time: str
    title: str
    workshops: tuple[str, ...]


class DayView(Struct, frozen=True):
    """One day of a programme."""

    date: str
    block: DateBlock
    title: str
    hours: str
    lines: tuple[LineView, ...]
    registration: RegistrationView | None

    @property
    def has_times(self) -> bool:
        return any(line.time for line in self.lines)


class SnippetView:
    """One snippet: its common fields and those of its kind, under their names in the front matter.

    A field that the kind does not have is an error in the template that asks for it.
    """

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> object:
        return self._fields[name]


class SectionView(Struct, frozen=True):
    """One rubric. `teaser` says in a few words what stands in it."""

    id: str
    title: str
    teaser: str
    snippets: tuple[SnippetView, ...]


class Desk(Struct, frozen=True):
    """What views of one issue are made with."""

    language: str
    calendar_base: str
    picture_of: "Callable[[Snippet, str, Image], Picture]"
    series: tuple[str, ...] = ()

    def text(self, words: str) -> str:
        return typographer(self.language)(words)

    def section(self, section: Section) -> SectionView:
        snippets = tuple(self.snippet(snippet) for snippet in section.snippets)
        return SectionView(section.id, self.text(section.title), self.teaser(section), snippets)

    def teaser(self, section: Section) -> str:
        """Give "5 dates, dès le 10 avril" for a section of dates, else the title that opens it."""
        days = [snippet.start.day for snippet in section.snippets if snippet.start is not None]
        if len(days) < 2 or len(days) < len(section.snippets):
            return self.text(section.snippets[0].title.split(" - ")[0])
        words = translation(self.language)
        pattern = words.ngettext("{n} date, from {first}", "{n} dates, from {first}", len(days))
        return pattern.format(n=len(days), first=self.text(describe_month_day(min(days), self.language)))

    def snippet(self, snippet: Snippet) -> SnippetView:
        fields: dict[str, object] = {name: self.detail(snippet, name, value) for name, value in snippet.details.items()}
        fields |= {
            "id": snippet.id,
            "kind": snippet.kind,
            "title": self.text(snippet.title),
            "lead": Prose(snippet.lead, self.language),
            "body": Prose(snippet.body, self.language),
            "url": clean_address(snippet.url),
            "image": self.picture_of(snippet, "image", snippet.image) if snippet.image else None,
            "levels": tuple(self.text(level.value) for level in snippet.levels),
            "regions": tuple(self.text(region) for region in snippet.regions),
        }
        if snippet.details.get("series") in self.series:
            fields["shade"] = self.series.index(str(snippet.details["series"])) % SHADES
        return SnippetView({**fields, **self.dates(snippet)})

    def dates(self, snippet: Snippet) -> Mapping[str, object]:
        """Give `when` in words, the same as `days_in_words` and `hours`, `block` for its first day, `calendar_url`.

        They are empty, the block None, for what has no date.
        """
        start = snippet.start
        if start is None:
            return {"when": "", "days_in_words": "", "hours": "", "block": None, "calendar_url": ""}
        is_deadline = isinstance(snippet.details.get("deadline"), When)
        when = (
            describe_deadline(start, self.language)
            if is_deadline
            else describe_span(start, snippet.end if snippet.end != start else None, self.language)
        )
        has_calendar = self.calendar_base and snippet.kind in CALENDAR_KINDS
        last = start if is_one_evening(start, snippet.end) else snippet.end or start
        return {
            "when": self.text(when),
            "days_in_words": self.text(describe_span(When(start.day), When(last.day), self.language)),
            "hours": self.hours(snippet),
            "block": make_date_block(start.day, self.language),
            "calendar_url": clean_address(f"{self.calendar_base}{snippet.id}.ics") if has_calendar else "",
        }

    def hours(self, snippet: Snippet) -> str:
        """Give the hours when they are the same on each day, else nothing."""
        spans = {(day.start, day.end) for day in snippet.programme_days}
        if snippet.start is not None and not spans:
            end = snippet.end if snippet.end != snippet.start else None
            is_one_day = end is None or end.day == snippet.start.day or is_one_evening(snippet.start, end)
            spans = {(snippet.start.time, end.time if end else None)} if is_one_day else set()
        return self.text(describe_hours(*spans.pop(), self.language)) if len(spans) == 1 else ""

    def detail(self, snippet: Snippet, name: str, value: Detail) -> object:
        """Give a field as a template shows it."""
        match value:
            case str():
                return self.text(value)
            case When():
                return self.text(describe_span(value, None, self.language))
            case date():
                return self.text(describe_day(value, self.language))
            case Registration():
                return self.registration(value)
            case Image():
                return self.picture_of(snippet, name, value)
            case tuple():
                return tuple(self.day(item) if isinstance(item, ProgrammeDay) else self.text(item) for item in value)
            case _:
                return value

    def registration(self, registration: Registration | None) -> RegistrationView | None:
        if registration is None:
            return None
        return RegistrationView(clean_address(registration.url), registration.is_coming)

    def day(self, day: ProgrammeDay) -> DayView:
        lines = tuple(
            LineView(
                describe_time(line.time, self.language) if line.time else "",
                self.text(line.title),
                tuple(self.text(workshop) for workshop in line.workshops),
            )
            for line in day.lines
        )
        return DayView(
            self.text(describe_day(day.day, self.language)),
            make_date_block(day.day, self.language),
            self.text(day.title),
            self.text(describe_hours(day.start, day.end, self.language)),
            lines,
            self.registration(day.registration),
        )


def series_of(issue: Issue) -> tuple[str, ...]:
    """Give the series of an issue's publications, in order of appearance."""
    found = (snippet.details.get("series") for snippet in issue.snippets)
    return tuple(dict.fromkeys(series for series in found if isinstance(series, str)))


def issue_sections(issue: Issue, desk: Desk) -> tuple[SectionView, ...]:
    """Give the rubrics of an issue, in reading order."""
    return tuple(desk.section(section) for section in issue.sections)
