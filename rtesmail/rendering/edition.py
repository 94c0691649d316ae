"""An issue becomes an edition: subject, preheader, HTML and plain text, the same bytes for the same input."""

from gettext import gettext as _
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.model.conditions import possible_variants
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition, EditionImage, Variant
from rtesmail.model.errors import ContentError
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.publication import Identity, Workspace
from rtesmail.model.slots import SLOT_MARK
from rtesmail.rendering.addresses import clean_address
from rtesmail.rendering.calendar import dated_snippets
from rtesmail.rendering.dates import describe_day
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
from rtesmail.rendering.views import Desk, SectionView, SnippetView, issue_sections, series_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from rtesmail.model.content import Image, Snippet
    from rtesmail.rendering.images import Picture

STYLE_SHEET = "parts/look.css.j2"
OCCASIONS = ("programme", "event")
"""Kinds of which an invitation is made, the one that says more first."""

MOST_VARIANTS = 100
"""Each is rendered, checked and kept whole: about 50 ms and 60 KB of the database apiece."""


class IssueView(Struct, frozen=True):
    """What templates see of the issue itself."""

    id: str
    number: str
    title: str
    date: str
    subject: str
    preheader: str


class PublicationView(Struct, frozen=True):
    """What templates see of the publication."""

    id: str
    title: str
    description: str


class IdentityView(Struct, frozen=True):
    """What templates see of the house that publishes."""

    name: str
    full_name: str
    site: str
    address: str
    legal: str
    contact: str
    public_url: str


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
        subject=quiet_marks(set_text(_one_line(issue.subject)).replace(NARROW, NO_BREAK)),
        preheader=quiet_marks(set_text(_one_line(issue.preheader)).replace(NARROW, NO_BREAK)),
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


def archive_address(workspace: Workspace) -> str:
    """Give the address below which web versions stand, with its slash; empty without a public address."""
    published, public = workspace.configuration.publishing.url, workspace.configuration.identity.public_url
    base = published or (f"{public}/lettres" if public else "")
    return f"{base}/" if base else ""


def web_address(workspace: Workspace, issue: Issue) -> str:
    """Give the address of an issue's web version, with its slash; empty without a public address."""
    archive = archive_address(workspace)
    return f"{archive}{issue.id}/" if archive else ""


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


def make_context(
    workspace: Workspace, issue: Issue, picture_of: "Callable[[Snippet, str, Image], Picture]", *, is_web: bool
) -> "Mapping[str, object]":
    """Give what the templates of an issue see; `picture_of` makes pictures ready for where they are shown."""
    configuration = workspace.configuration
    language = issue.publication.language
    address = web_address(workspace, issue)
    desk = Desk(language, address, picture_of, series_of(issue))
    set_text = typographer(language)
    sections = issue_sections(issue, desk)
    return {
        "issue": IssueView(
            issue.id,
            set_text(issue.number),
            set_text(issue.title),
            set_text(describe_day(issue.date, language)),
            set_text(_one_line(issue.subject)),
            set_text(_one_line(issue.preheader)).replace(NARROW, NO_BREAK),
        ),
        "publication": PublicationView(
            issue.publication.id, set_text(issue.publication.title), set_text(issue.publication.description)
        ),
        "identity": _identity_view(configuration.identity, language),
        "sections": sections,
        "occasion": _occasion(sections),
        "light": configuration.theme.light,
        "dark": configuration.theme.dark,
        "title_font": configuration.theme.title_font,
        "text_font": configuration.theme.text_font,
        "language": language,
        "web_url": clean_address(address),
        "archive_url": clean_address(archive_address(workspace)),
        "is_web": is_web,
        "counts_links": issue.publication.count_links and not is_web,
        "is_lead": False,
    }


def _identity_view(identity: Identity, language: str) -> IdentityView:
    set_text = typographer(language)
    return IdentityView(
        name=set_text(identity.name),
        full_name=set_text(identity.full_name),
        site=clean_address(identity.site),
        address=set_text(identity.address),
        legal=set_text(identity.legal),
        contact=identity.contact,
        public_url=clean_address(identity.public_url),
    )


def _occasion(sections: tuple[SectionView, ...]) -> SnippetView | None:
    """Give the snippet that an invitation invites to, None when there is none."""
    snippets = [snippet for section in sections for snippet in section.snippets]
    found = (snippet for kind in OCCASIONS for snippet in snippets if snippet["kind"] == kind)
    return next(found, None)


def _one_line(text: str) -> str:
    return " ".join(text.split(None)) if "\n" in text or "\r" in text else text
