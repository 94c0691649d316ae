"""Where a template says what a finding is about: its file and line, and the other lines that may be meant."""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rtesmail.checks.subject import Place, Subject, bare

if TYPE_CHECKING:
    from rtesmail.rendering.environment import TemplateSet

_COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->", re.DOTALL)
_REFERENCE = re.compile(
    r"\{%-?\s*(?:include|import|extends|from)\s+[\"']([^\"']+)[\"']\s*(?:-?%\}|import|with|ignore|as)"
)
# Of a name that is put together: that of each kind.
_INCLUDE_OF_ANY = re.compile(r"\{%-?\s*include\s+(?:[^\"'\s]|[\"'][^\"']*[\"']\s*~)")
_LEAST_LETTERS = 3
HTML, TEXT = ".mjml.j2", ".txt.j2"


def own_template(subject: Subject, ending: str = HTML) -> Place:
    """Give the file of the publication's own template."""
    return Place(_templates_of(subject).locate(f"{subject.issue.publication.template}{ending}"))


def template_place(subject: Subject, pattern: str) -> Place | None:
    """Give where a regular expression matches in what a letter is made of: the first line, with the others that match.

    None when it matches nowhere, as when the words are put together.
    """
    texts = _texts(subject)
    found = [(path, text.count("\n", 0, at.start()) + 1) for path, text in texts for at in re.finditer(pattern, text)]
    return _first_of(found)


def template_place_of_words(subject: Subject, words: str, ending: str = HTML) -> Place | None:
    """Give where these words stand in the templates, whatever tags and typography have made of them."""
    wanted = bare(words)
    if len(wanted) < _LEAST_LETTERS:
        return None
    lines = (
        (path, number, line)
        for path, text in _texts(subject, ending)
        for number, line in enumerate(text.split("\n"), 1)
    )
    return _first_of((path, number) for path, number, line in lines if wanted in bare(line))


def _first_of(found: Iterable[tuple[Path, int]]) -> Place | None:
    """Give the first place in the order in which a letter is made of its templates, and those after it."""
    places = [Place(*one) for one in dict.fromkeys(found)]
    return replace(places[0], others=tuple(places[1:])) if places else None


def _templates_of(subject: Subject) -> "TemplateSet":
    from rtesmail.rendering.environment import open_templates

    return open_templates(subject.workspace, subject.issue.publication.language)


def _texts(subject: Subject, ending: str = HTML) -> list[tuple[Path, str]]:
    """Give the path and the text, without comments, of the publication's template and of those it is made of."""
    from rtesmail.rendering.edition import STYLE_SHEET
    from rtesmail.rendering.environment import find_template

    templates, issue = _templates_of(subject), subject.issue
    computed = sorted({f"snippets/{snippet.kind}{ending}" for snippet in issue.snippets})
    waiting = [f"{issue.publication.template}{ending}", *((STYLE_SHEET,) if ending == HTML else ())]
    texts: dict[str, str] = {}
    while waiting:
        name = waiting.pop(0)
        path = find_template(templates.roots, name)
        if name in texts or path is None:
            continue
        texts[name] = _without_comments(path.read_text(encoding="utf-8"))
        waiting += _REFERENCE.findall(texts[name])
        waiting += computed if _INCLUDE_OF_ANY.search(texts[name]) else ()
    return [(templates.locate(name), text) for name, text in texts.items()]


@lru_cache(maxsize=256)
def _without_comments(text: str) -> str:
    """Blank comments, so that every line stays where it is."""
    return _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
