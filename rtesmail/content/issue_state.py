"""What stands in an `issue.toml`: what assembly wrote last time, and what a person made of it."""

from collections.abc import Mapping
from datetime import date, datetime
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct, field

from rtesmail.content.places import read_toml
from rtesmail.content.reading import Reader
from rtesmail.model.errors import ContentError
from rtesmail.model.quoting import quoted

TEXTS = ("title", "subject", "preheader")


class SectionState(Struct, frozen=True):
    """One `[[sections]]` table: its snippets in order, and a person's `pin` and `exclude`."""

    snippets: tuple[str, ...] = ()
    pin: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    line: int | None = None


class Memory(Struct, frozen=True):
    """`[assembled]`: what assembly wrote last time.

    `sections` are what the rules chose, in their order; `by_hand` what a person had put in; `taken_out` what a person
    does not want. A text is there only while it is assembly's own proposal.
    """

    as_of: datetime | None = None
    day: date | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_hand: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    taken_out: tuple[str, ...] = ()


class IssueState(Struct, frozen=True):
    """What stands in an `issue.toml`; everything empty when there is none yet.

    `written` names the keys at the top of the file, whatever their values.
    """

    publication: str = ""
    written: frozenset[str] = frozenset()
    send_at: datetime | None = None
    day: date | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, SectionState] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)

    @property
    def ids(self) -> frozenset[str]:
        """Every snippet that stands in the issue."""
        return frozenset(i for section in self.sections.values() for i in section.snippets)

    @property
    def is_send_at_by_hand(self) -> bool:
        """The file has a `send_at` that assembly did not write."""
        return "send_at" in self.written and (self.send_at is None or self.send_at != self.memory.as_of)

    @property
    def is_date_by_hand(self) -> bool:
        """The file has a `date` that assembly did not write."""
        return "date" in self.written and (self.day is None or self.day != self.memory.day)

    def is_by_hand(self, name: str) -> bool:
        """The file has a title, subject or preheader that is not assembly's last proposal."""
        return name in self.written and (name not in self.texts or self.texts[name] != self.memory.texts.get(name))

    def sections_of(self, identity: str) -> tuple[str, ...]:
        """Give the sections where a snippet stands: one, unless a person copied it."""
        return tuple(name for name, section in self.sections.items() if identity in section.snippets)

    def is_taken_out(self, identity: str) -> bool:
        """A person took this snippet out of the issue, now or before."""
        memory = self.memory
        known = (memory.taken_out, *memory.sections.values(), *memory.by_hand.values())
        return identity not in self.ids and any(identity in ids for ids in known)

    def is_touched(self, section_id: str) -> bool:
        """A person changed the section's list, or the section was never assembled."""
        section = self.sections.get(section_id)
        return section is not None and section.snippets != self.memory.sections.get(section_id, ())


def read_issue_state(path: Path, shown: Path) -> IssueState:
    """Read `issue.toml`; a file that is not there is an empty state.

    Raises:
        ContentError: it is there, and its lists cannot be read without guessing.
    """
    if not path.exists():
        return IssueState()
    values, lines, findings = read_toml(path, shown)
    if not findings:
        state = _state(Reader(values, lines, shown, findings))
    if findings:
        raise ContentError(
            _("{path} cannot be read.").format(path=shown), findings, hint=_("Mend the lines named above.")
        )
    return state


def _state(top: Reader) -> IssueState:
    sections: dict[str, SectionState] = {}
    for table in top.tables("sections"):
        name = table.text("id", required=True)
        if name in sections:
            table.wrong(
                "id",
                "duplicate",
                _("Two sections have the id {id}.").format(id=quoted(name)),
                _("Join them into one table."),
            )
        sections[name] = SectionState(
            table.texts("snippets"), table.texts("pin"), table.texts("exclude"), table.line("id")
        )
    publication = top.values.get("publication")
    return IssueState(
        publication=publication if isinstance(publication, str) else "",
        written=frozenset(top.values),
        send_at=_moment(top.values.get("send_at")),
        day=_day(top.values.get("date")),
        texts=_strings(top.values),
        sections=sections,
        memory=_memory(top.values.get("assembled")),
    )


def _memory(record: object) -> Memory:
    """Read assembly's own record; what a person broke in it is forgotten."""
    if not isinstance(record, Mapping):
        return Memory()
    as_of = _moment(record.get("as_of"))
    return Memory(
        as_of=as_of,
        day=_day(record.get("date")) or (as_of.date() if as_of else None),
        texts=_strings(record),
        sections=_lists(record.get("sections")),
        by_hand=_lists(record.get("by_hand")),
        taken_out=_lists({"taken_out": record.get("taken_out")}).get("taken_out", ()),
    )


def _lists(value: object) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(ids)
        for name, ids in (value if isinstance(value, Mapping) else {}).items()
        if isinstance(ids, list) and all(isinstance(i, str) for i in ids)
    }


def _strings(values: Mapping[str, object]) -> dict[str, str]:
    return {name: value for name in TEXTS if isinstance(value := values.get(name), str)}


def _moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) and value.tzinfo is None else None


def _day(value: object) -> date | None:
    return value if isinstance(value, date) and not isinstance(value, datetime) else None
