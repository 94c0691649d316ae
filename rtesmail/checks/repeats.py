"""Nothing stands twice in one issue."""

from collections.abc import Iterator
from gettext import gettext as _

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Place, Subject, place_in
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
