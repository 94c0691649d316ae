"""What `rtesmail.toml` says of the publications and their sections."""

from collections.abc import Collection, Mapping
from gettext import gettext as _

from rtesmail.content.kinds import KINDS
from rtesmail.content.reading import ID, Reader, one_of
from rtesmail.model.content import Level
from rtesmail.model.publication import (
    Identity,
    Publication,
    SectionOrder,
    SectionRule,
    Sender,
    TransportSettings,
)
from rtesmail.model.quoting import quoted
from rtesmail.model.wishes import Frequency

LANGUAGES = ("fr", "en")
_MOST_DAYS = 3660


def read_publication(
    name: str,
    table: Reader,
    senders: Mapping[str, Sender],
    transports: Mapping[str, TransportSettings],
    identity: Identity,
    regions: tuple[str, ...],
    names: Collection[str],
) -> Publication:
    """Give one `[publications.NAME]`; what is wrong is noted and replaced by a default. `names` are those of all."""
    table.only(
        (
            "title",
            "description",
            "template",
            "sender",
            "transport",
            "language",
            "frequency",
            "count_links",
            "sections",
        )
    )
    sender = table.reference("sender", senders, _("There is no sender {name}."), required=True)
    transport = table.reference("transport", transports, _("There is no transport {name}."), required=True)
    frequency = table.choice("frequency", [f.value for f in Frequency], "") if "frequency" in table.values else ""
    count_links = table.boolean("count_links")
    if count_links and not identity.public_url:
        table.wrong(
            "count_links",
            "missing-field",
            _("Links can only be counted by the public pages, and these have no address."),
            _("Give [identity] a public_url, or take count_links away."),
        )
    sections = tuple(_section(section, regions, names) for section in table.tables("sections"))
    _note_duplicates(table, sections)
    return Publication(
        id=name,
        title=table.one_line("title", required=True),
        template=table.text("template", required=True),
        sender=senders.get(sender) or Sender(identity.name, identity.contact),
        transport=transport,
        sections=sections,
        description=table.text("description"),
        language=table.choice("language", LANGUAGES, identity.language),
        frequency=Frequency(frequency) if frequency else None,
        count_links=count_links and bool(identity.public_url),
    )


def _note_duplicates(table: Reader, sections: tuple[SectionRule, ...]) -> None:
    if not sections:
        table.wrong(
            "sections",
            "missing-field",
            _("The publication has no section."),
            f"[[{table.prefix}.sections]]",
        )
    seen: set[str] = set()
    for index, section in enumerate(sections):
        if section.id in seen:
            table.wrong(
                f"sections.{index}.id",
                "duplicate",
                _("Two sections have the id {id}.").format(id=quoted(section.id)),
                _("Give each its own."),
            )
        seen.add(section.id)


def _section(table: Reader, known_regions: tuple[str, ...], publications: Collection[str]) -> SectionRule:
    table.only(SectionRule.__struct_fields__)
    name = table.text("id", required=True)
    if name and not ID.fullmatch(name):
        table.wrong(
            "id",
            "bad-name",
            _("{name} is not a good name.").format(name=quoted(name)),
            _("Use small letters, digits and hyphens."),
        )
    kinds = table.texts("kinds")
    for index, kind in enumerate(kinds):
        if kind not in KINDS:
            table.wrong(
                f"kinds.{index}",
                "unknown-value",
                _("There is no kind {name}.").format(name=quoted(kind)),
                one_of(kind, KINDS),
            )
    if not kinds:
        table.wrong("kinds", "missing-field", _("The section names no kind."), 'kinds = ["article"]')
    levels = table.texts("levels")
    for index, level in enumerate(levels):
        if level not in list(Level):
            table.wrong(
                f"levels.{index}",
                "unknown-value",
                _("There is no level {name}.").format(name=quoted(level)),
                one_of(level, list(Level)),
            )
    regions = table.texts("regions")
    for index, region in enumerate(regions):
        if known_regions and region not in known_regions:
            table.wrong(
                f"regions.{index}",
                "unknown-value",
                _("There is no region {name}.").format(name=quoted(region)),
                one_of(region, known_regions),
            )
    draws_on = table.text("draws_on")
    if draws_on and draws_on not in publications:
        table.wrong(
            "draws_on",
            "unknown-value",
            _("There is no publication {name}.").format(name=quoted(draws_on)),
            one_of(draws_on, publications),
        )
    return SectionRule(
        id=name,
        title=table.one_line("title", required=True),
        kinds=kinds,
        order=SectionOrder(table.choice("order", [o.value for o in SectionOrder], "path")),
        maximum=table.integer("maximum", 0, least=0, most=1000),
        repeats=table.boolean("repeats"),
        levels=levels,
        regions=regions,
        featured=table.boolean("featured"),
        days_ahead=table.integer("days_ahead", 0, least=0, most=_MOST_DAYS),
        days_old=table.integer("days_old", 0, least=0, most=_MOST_DAYS),
        days_left=table.integer("days_left", 0, least=0, most=_MOST_DAYS),
        draws_on=draws_on,
        regional=table.boolean("regional"),
    )
