"""Snippets and issues: what an edition is made of."""

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from functools import total_ordering
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from rtesmail.model.conditions import Condition
from rtesmail.model.publication import Publication, SectionRule

TimeOfDay = time
"""`datetime.time`, under a name that a field called `time` does not hide."""

USUAL_HOUR = time(9)
"""When an issue is taken to leave that has a day and no hour."""


class Level(StrEnum):
    """The level of local government that a snippet speaks to or that a subscriber works for."""

    COMMUNE = "commune"
    INTERCOMMUNALITE = "intercommunalité"
    DEPARTEMENT = "département"
    REGION = "région"


class SnippetStatus(StrEnum):
    """Only reviewed snippets are assembled; a draft waits."""

    DRAFT = "draft"
    REVIEWED = "reviewed"


@total_ordering
class When(Struct, frozen=True):
    """A local day, with a local time of day or none when it is not known.

    Ordering puts an unknown time after the known ones of the same day.
    """

    day: date
    time: TimeOfDay | None = None

    def __lt__(self, other: "When") -> bool:
        return (self.day, self.time or time.max) < (other.day, other.time or time.max)

    @property
    def end_of_moment(self) -> datetime:
        """The naive local instant after which this is over: the time itself, or the day's last moment."""
        return datetime.combine(self.day, self.time or time.max)


class Loss(Struct, frozen=True):
    """Why there is no picture to show: the check that says so, and its words."""

    check: str
    message: str
    hint: str


class Image(Struct, frozen=True):
    """A picture with the words that replace it. `source` is an https URL or a path inside the workspace.

    Without words it decorates, unless it is a PDF, whose first page is shown: a title is proposed for that one.
    One that is `lost` keeps its place in the letter of who makes it.
    """

    source: str
    alt: str
    path: Path | None = None
    lost: Loss | None = None

    @property
    def is_paper(self) -> bool:
        return self.path is not None and self.path.suffix.lower() == ".pdf"


class Registration(Struct, frozen=True):
    """How one takes part: an address, or `is_coming` when it is announced for later ("à venir")."""

    url: str | None = None
    is_coming: bool = False


class ProgrammeLine(Struct, frozen=True):
    """One line of a timetable; `time` is None for what has no hour, `workshops` stand indented under it."""

    title: str
    time: TimeOfDay | None = None
    workshops: tuple[str, ...] = ()


class ProgrammeDay(Struct, frozen=True):
    """One day of a programme, with its own head and lines."""

    day: date
    title: str = ""
    start: time | None = None
    end: time | None = None
    lines: tuple[ProgrammeLine, ...] = ()
    registration: Registration | None = None


Detail = (
    str
    | int
    | bool
    | date
    | When
    | Image
    | Registration
    | tuple[str, ...]
    | tuple[ProgrammeDay, ...]
    | Condition
    | None
)
"""What a field of a kind can hold once read."""


class Snippet(Struct, frozen=True):
    """One piece of content.

    `body` and `lead` are Markdown. `details` has every field that the kind declares, None where absent.
    `levels` and `regions` say what it is about, for assembly to choose by; `only_for` says who gets it, None for all.
    `is_featured` gives it the first place of its section, and a section for such content alone.
    `line_of` gives the line of each front-matter field, `body_line` the first line of the body.
    """

    id: str
    kind: str
    title: str
    path: Path
    lead: str = ""
    body: str = ""
    url: str | None = None
    image: Image | None = None
    levels: tuple[Level, ...] = ()
    regions: tuple[str, ...] = ()
    status: SnippetStatus = SnippetStatus.DRAFT
    publish_from: date | None = None
    expire_at: date | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)
    line_of: Mapping[str, int] = field(default_factory=dict)
    body_line: int = 1
    only_for: Condition | None = None
    is_featured: bool = False

    @property
    def start(self) -> When | None:
        """When it takes place or falls due, whatever the kind calls it; None for undated content."""
        for name in ("start", "deadline"):
            value = self.details.get(name)
            if isinstance(value, When):
                return value
        days = self.programme_days
        return When(days[0].day, days[0].start) if days else None

    @property
    def end(self) -> When | None:
        """When it is over: its end, else its start."""
        value = self.details.get("end")
        if isinstance(value, When):
            return value
        days = self.programme_days
        return When(days[-1].day, days[-1].end) if days else self.start

    @property
    def programme_days(self) -> tuple[ProgrammeDay, ...]:
        """The days of a programme; empty for the other kinds."""
        value = self.details.get("days")
        return tuple(d for d in value if isinstance(d, ProgrammeDay)) if isinstance(value, tuple) else ()


class Section(Struct, frozen=True):
    """One rubric of an issue with its snippets in reading order; never empty in an assembled issue."""

    rule: SectionRule
    snippets: tuple[Snippet, ...]

    @property
    def id(self) -> str:
        return self.rule.id

    @property
    def title(self) -> str:
        return self.rule.title


class Issue(Struct, frozen=True):
    """One assembled number of a publication. `id` is its folder's name; `send_at` is naive local time."""

    id: str
    publication: Publication
    number: str
    title: str
    date: date
    subject: str
    preheader: str
    sections: tuple[Section, ...]
    path: Path
    send_at: datetime | None = None
    line_of: Mapping[str, int] = field(default_factory=dict)

    @property
    def snippets(self) -> tuple[Snippet, ...]:
        """Every snippet, in reading order."""
        return tuple(snippet for section in self.sections for snippet in section.snippets)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of its snippets, each once, in reading order."""
        return tuple(dict.fromkeys(s.only_for for s in self.snippets if s.only_for is not None))

    def for_variant(self, key: str) -> "Issue":
        """Give the issue as the readers of one variant get it: their snippets alone, and no section without any."""
        shown = {condition for condition, digit in zip(self.conditions, key, strict=True) if digit == "1"}
        sections = (
            replace(section, snippets=tuple(s for s in section.snippets if s.only_for is None or s.only_for in shown))
            for section in self.sections
        )
        return replace(self, sections=tuple(section for section in sections if section.snippets))

    @property
    def planned_for(self) -> datetime:
        """The naive local time at which readers will get it: `send_at`, else the issue's day at the usual hour."""
        return self.send_at or datetime.combine(self.date, USUAL_HOUR)
