"""Nothing stands twice in one issue, nor again in the next."""

from collections.abc import Iterator
from gettext import gettext as _

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Place, Subject, place_in
from rtesmail.content.earlier import earlier_than
from rtesmail.content.fitting import address_of, repeat_of
from rtesmail.model.content import Snippet
from rtesmail.model.findings import Severity


@check("duplicate-snippet", Severity.ERROR)
def find_duplicates(subject: Subject) -> Iterator[Remark]:
    section_of: dict[str, str] = {}
    same_title: dict[tuple[str, str], str] = {}
    same_address: dict[str, list[Snippet]] = {}
    for position, section in enumerate(subject.issue.sections):
        for snippet in section.snippets:
            if snippet.id in section_of:
                line = subject.issue.line_of.get(f"sections.{position}.snippets")
                yield Remark(
                    _("The snippet {id} stands in “{first}” and again in “{second}”.").format(
                        id=snippet.id, first=section_of[snippet.id], second=section.title
                    ),
                    _("Take one of the two out of issue.toml."),
                    Place(subject.issue.path, line),
                )
                continue
            section_of[snippet.id] = section.title
            address = address_of(snippet)
            twin = next((other for other in same_address.get(address, ()) if _may_meet(snippet, other)), None)
            if address:
                same_address.setdefault(address, []).append(snippet)
            if twin:
                yield Remark(
                    _("The snippets {first} and {second} lead to the same page.").format(
                        first=twin.id, second=snippet.id
                    ),
                    _("If they are the same thing, take one out; if not, tell them apart."),
                    place_in(snippet, "url"),
                    Severity.WARNING,
                )
                continue
            words = (snippet.kind, " ".join(snippet.title.casefold().split()))
            if words in same_title:
                yield Remark(
                    _("The snippets {first} and {second} have the same title.").format(
                        first=same_title[words], second=snippet.id
                    ),
                    _("If they are the same thing, take one out; if not, tell them apart."),
                    place_in(snippet, "title"),
                    Severity.WARNING,
                )
            same_title.setdefault(words, snippet.id)


def _may_meet(one: Snippet, other: Snippet) -> bool:
    """Tell whether two blocks may stand in one reader's letter: a person may give each readership a text of its own."""
    return one.only_for is None or other.only_for is None or one.only_for == other.only_for


@check("earlier-issue", Severity.WARNING)
def find_what_readers_had_before(subject: Subject) -> Iterator[Remark]:
    """By the rule of assembly, which leaves such things out: what is found here a person put in."""
    sections = [one for one in enumerate(subject.issue.sections) if not one[1].rule.repeats]
    asked = [snippet for _position, section in sections for snippet in section.snippets]
    earlier = earlier_than(subject.workspace, subject.issue, asked)
    for position, section in sections:
        for index, snippet in enumerate(section.snippets):
            other, issue = repeat_of(snippet, section.rule, earlier)
            if not issue:
                continue
            message = (
                _("{id} stood in {issue} already.")
                if other == snippet.id
                else _("{id} leads to the same page as {other}, which stood in {issue} already.")
            )
            key = f"sections.{position}.snippets"
            line = subject.issue.line_of.get(f"{key}.{index}", subject.issue.line_of.get(key))
            yield Remark(
                message.format(id=snippet.id, other=other, issue=issue),
                _("Take it out, or write repeats = true for the section {section}.").format(section=section.id),
                Place(subject.issue.path, line),
            )
