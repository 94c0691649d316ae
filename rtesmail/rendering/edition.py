"""An issue becomes an edition: subject, preheader, HTML and plain text, the same bytes for the same input."""

from gettext import gettext as _
from itertools import islice
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rtesmail.model.conditions import possible_variants
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition, EditionImage, Variant
from rtesmail.model.errors import ContentError
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.publication import Workspace
from rtesmail.model.slots import SLOT_MARK
from rtesmail.rendering.calendar import dated_snippets
from rtesmail.rendering.context import make_context, one_line
from rtesmail.rendering.environment import TemplateSet, open_templates
from rtesmail.rendering.html import mjml_to_html
from rtesmail.rendering.images import Gallery
from rtesmail.rendering.keeping import KEPT, digest_of, kept, state_of
from rtesmail.rendering.links import count_links
from rtesmail.rendering.mistakes import make_all, refuse_leftovers, refuse_pictures, slot_mistake
from rtesmail.rendering.slots import quiet_marks
from rtesmail.rendering.text import tidy_text
from rtesmail.rendering.typography import (
    NARROW,
    NO_BREAK,
    give_outlook_plain_spaces,
    hold_inclusive_forms,
    typographer,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STYLE_SHEET = "parts/look.css.j2"
MOST_VARIANTS = 100
"""Each is rendered, checked and kept whole: about 50 ms and 60 KB of the database apiece."""


def render_edition(workspace: Workspace, issue: Issue, *, keep: bool = True) -> Edition:
    """Render an issue for its readers: once when all get the same, else once for each variant too.

    What takes long is kept for the next time, unless nothing may be written.

    Raises:
        ContentError: templates or pictures have mistakes, each a finding with its path and line; or the issue's
            conditions make too many variants.
    """
    edition, findings = render_draft(workspace, issue, keep=keep)
    refuse_pictures(findings)
    return edition


def render_draft(workspace: Workspace, issue: Issue, *, keep: bool = True) -> tuple[Edition, tuple[Finding, ...]]:
    """Render an issue for who makes it, as `render_edition` does; never to be sent while there are findings.

    Where a picture cannot be shown stands a frame, and a finding says why: one bad file hides nothing else.

    Raises:
        ContentError: templates have mistakes, or the issue's conditions make too many variants.
    """
    found: list[Finding] = []
    whole = _render(workspace, issue, found, keep=keep)
    if not issue.conditions:
        return whole, tuple(found)
    parts = {key: _render(workspace, issue.for_variant(key), found, keep=keep) for key in _variant_keys(issue)}
    editions = (whole, *parts.values())
    carried = {image.content_id: image for edition in editions for image in edition.images}
    hosted = {image.content_id: image for edition in editions for image in edition.hosted}
    together = replace(
        whole,
        images=tuple(image for _content_id, image in sorted(carried.items())),
        hosted=tuple(image for _content_id, image in sorted(hosted.items())),
        conditions=issue.conditions,
        variants=tuple(Variant(key, edition.html, edition.text) for key, edition in parts.items()),
        links=tuple(dict.fromkeys(link for edition in editions for link in edition.links)),
    )
    return together, tuple(dict.fromkeys(found))


def _variant_keys(issue: Issue) -> tuple[str, ...]:
    keys = tuple(islice(possible_variants(issue.conditions), MOST_VARIANTS + 1))
    if len(keys) <= MOST_VARIANTS:
        return keys
    message = _("The blocks for some readers only make more than {most} variants of this issue.")
    hint = _("Reserve fewer blocks, or give several of them the same only_for.")
    finding = Finding("variants", Severity.ERROR, message.format(most=MOST_VARIANTS), hint, issue.path)
    raise ContentError(_("{issue} cannot be built.").format(issue=issue.id), [finding], hint=hint)


def _render(workspace: Workspace, issue: Issue, found: list[Finding], *, keep: bool) -> Edition:
    """Render what one reader gets; what is wrong with its pictures is added to `found`."""
    language = issue.publication.language
    base_url = workspace.configuration.pictures.base_url
    gallery = Gallery(workspace, language, base_url)
    templates = open_templates(workspace, language)
    context = make_context(workspace, issue, gallery.take, is_web=False)
    template = issue.publication.template

    def make_html() -> str:
        return _render_html(templates, issue, context, workspace.out / KEPT if keep else None)

    def make_text() -> str:
        return tidy_text(templates.render(f"{template}.txt.j2", context))

    # A slip in the publication's template is told once, not for its text too.
    makers = (make_html, make_text) if templates.has(f"{template}.mjml.j2") else (make_html,)
    # The gallery is filled while these are made.
    html, text = make_all(*makers, beside=gallery.findings)
    html = give_outlook_plain_spaces(html)
    found += gallery.findings
    refuse_leftovers(templates, template, html, text)
    set_text = typographer(language)
    pictures = gallery.images_in(html)
    edition = Edition(
        issue=issue.id,
        publication=issue.publication.id,
        language=language,
        sender=issue.publication.sender,
        # Inbox lists of Outlook draw a box for the narrow no-break space.
        subject=quiet_marks(set_text(one_line(issue.subject)).replace(NARROW, NO_BREAK)),
        preheader=quiet_marks(set_text(one_line(issue.preheader)).replace(NARROW, NO_BREAK)),
        html=html,
        text=text,
        images=() if base_url else pictures,
        hosted=pictures if base_url else (),
        time_zone=workspace.configuration.identity.time_zone if dated_snippets(issue) else "",
    )
    if not issue.publication.count_links:
        return edition
    return count_links(edition, workspace.configuration.identity.public_url)


def render_web_version(workspace: Workspace, issue: Issue) -> tuple[str, tuple[EditionImage, ...]]:
    """Give the HTML of an issue as a web page with the pictures it shows: no slot, no link of one person.

    It holds every block, also those for some readers only: whoever follows the link in a mail finds all that it holds.
    Its pictures are its own, wherever those of the letter are.

    Raises:
        ContentError: as for `render_edition`; also when a template puts a slot on the page.
    """
    gallery = Gallery(workspace, issue.publication.language)
    templates = open_templates(workspace, issue.publication.language)
    context = make_context(workspace, issue, gallery.take, is_web=True)
    html = _render_html(templates, issue, context, workspace.out / KEPT)
    refuse_pictures(gallery.findings)
    left = SLOT_MARK.search(html)
    if left:
        message = _("The web version holds the slot {name}.").format(name=left[1])
        hint = _("Put it between {start} and {end} in the template.").format(
            start="{% if not is_web %}", end="{% endif %}"
        )
        path = templates.locate(f"{issue.publication.template}.mjml.j2")
        raise slot_mistake(message, hint, path)
    return html, gallery.images_in(html)


def _render_html(templates: TemplateSet, issue: Issue, context: "Mapping[str, object]", folder: "Path | None") -> str:
    """Give the HTML; made before for the same MJML and styles, it is taken from `folder` when there is one."""
    language = issue.publication.language
    mjml, css = make_all(
        lambda: templates.render(f"{issue.publication.template}.mjml.j2", context),
        lambda: templates.render(STYLE_SHEET, context),
    )

    def made() -> bytes:
        html = mjml_to_html(mjml, css, language=language, locate=templates.locate, folder=folder)
        return html.encode("utf-8", "surrogatepass")

    makers = state_of("rtesmail.rendering", "mjml", "lxml", "premailer", "cssutils")
    content = kept(folder, digest_of(makers, language, mjml, css), made) if folder else made()
    html = content.decode("utf-8", "surrogatepass")
    return hold_inclusive_forms(html) if language.startswith("fr") else html
