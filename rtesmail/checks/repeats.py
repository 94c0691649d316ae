"""Nothing stands twice in one issue, nor again in the next."""

from collections.abc import Iterator
from gettext import gettext as _

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Place, Subject, place_in
from rtesmail.content.earlier import carried_before, snippets_of_page
from rtesmail.content.link_cleaning import page_key
from rtesmail.model.content import Snippet
from rtesmail.model.findings import Severity


@check("duplicate-snippet", Severity.ERROR)
def find_duplicates(subject: Subject) -> Iterator[Remark]:
    section_of: dict[str, str] = {}
    same_title: dict[tuple[str, str], str] = {}
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


@check("earlier-issue", Severity.WARNING)
def find_what_readers_had_before(subject: Subject) -> Iterator[Remark]:
    """By id, and by address, under which one thing may have been written down twice. Reminders are for `repeats`."""
    carried = carried_before(subject.workspace, subject.issue)
    if not carried:
        return
    for position, section in enumerate(subject.issue.sections):
        if section.rule.repeats:
            continue
        for index, snippet in enumerate(section.snippets):
            other, earlier = _had_before(subject, snippet, carried)
            if not earlier:
                continue
            message = (
                _("{id} stood in {issue} already.")
                if other == snippet.id
                else _("{id} leads to the same page as {other}, which stood in {issue} already.")
            )
            key = f"sections.{position}.snippets"
            line = subject.issue.line_of.get(f"{key}.{index}", subject.issue.line_of.get(key))
            yield Remark(
                message.format(id=snippet.id, other=other, issue=earlier),
                _("Take it out, or write repeats = true for the section {section}.").format(section=section.id),
                Place(subject.issue.path, line),
            )


def _had_before(subject: Subject, snippet: Snippet, carried: dict[str, str]) -> tuple[str, str]:
    """Give the snippet that readers had, this one or another of its page, and the issue; empty when none."""
    if snippet.id in carried:
        return snippet.id, carried[snippet.id]
    page = page_key(snippet.url or "")
    for other in snippets_of_page(subject.workspace, page) if page else ():
        if other.id in carried:
            return other.id, carried[other.id]
    return "", ""
