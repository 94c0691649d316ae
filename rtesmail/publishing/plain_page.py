"""An issue as plain, semantic HTML: what somebody pastes into the content management system of their own site."""

from typing import TYPE_CHECKING

from rtesmail.model.content import Issue
from rtesmail.model.publication import Workspace
from rtesmail.publishing.index import archive_pages
from rtesmail.rendering.build import IMAGES, link_images
from rtesmail.rendering.images import Gallery
from rtesmail.rendering.markdown import markdown_to_html
from rtesmail.rendering.translations import translation
from rtesmail.rendering.typography import typographer
from rtesmail.rendering.views import Desk, Prose, SnippetView, issue_sections, series_of
from rtesmail.rendering.wording import join_words

if TYPE_CHECKING:
    from markupsafe import Markup

# Below the page's own title (h2 here), that of a rubric (h3) and that of a piece (h4).
_BODY_LEVEL = 5
_UNTITLED = ("quote", "figure")


def plain_article(workspace: Workspace, issue: Issue, *, title: str, description: str, address: str) -> str:
    """Give one `<article>` with every block, without styles, scripts or personal links.

    Its pictures are those of the published page, by their full address.
    """
    from markupsafe import Markup

    language = issue.publication.language
    gallery = Gallery(workspace, language)
    sections = issue_sections(issue, Desk(language, "", gallery.take, series_of(issue)))
    environment = archive_pages(language)

    def prose(source: Prose) -> "Markup":
        return Markup(markdown_to_html(source.source, language=language, heading_level=_BODY_LEVEL))

    environment.filters["prose"] = prose
    environment.filters["begin"] = lambda words: str(words)[:1].upper() + str(words)[1:]
    environment.filters["listing"] = lambda words: join_words(words, language)
    environment.globals["of"] = _field
    written = environment.get_template("article.html.j2").render(
        title=title,
        description=description,
        address=address,
        house=typographer(language)(workspace.configuration.identity.full_name),
        sections=sections,
    )
    return link_images(written, gallery.shown.values(), f"{address}{IMAGES}").strip() + "\n"


def headlines(workspace: Workspace, issue: Issue) -> tuple[str, ...]:
    """Give the titles of an issue's pieces, in reading order, with when they take place."""
    language = issue.publication.language
    desk = Desk(language, "", Gallery(workspace, language).take, series_of(issue))
    return tuple(
        _headline(snippet, language)
        for section in issue_sections(issue, desk)
        for snippet in section.snippets
        if snippet["kind"] not in _UNTITLED and snippet["title"]
    )


def _headline(snippet: SnippetView, language: str) -> str:
    pattern = translation(language).gettext("{when}: {title}") if snippet["when"] else "{title}"
    return pattern.format(when=snippet["when"], title=snippet["title"])


def _field(snippet: SnippetView, name: str) -> object:
    """Give a field that only some kinds have; nothing for the others."""
    try:
        return snippet[name]
    except KeyError:
        return ""
