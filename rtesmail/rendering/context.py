"""What templates see of an issue, its publication and the house, in words set as printers do."""

from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.model.content import Issue
from rtesmail.model.publication import Identity, Workspace
from rtesmail.rendering.addresses import archive_address, clean_address, web_address
from rtesmail.rendering.dates import describe_day
from rtesmail.rendering.typography import NARROW, NO_BREAK, typographer
from rtesmail.rendering.views import Desk, SectionView, SnippetView, issue_sections, series_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rtesmail.model.content import Image, Snippet
    from rtesmail.rendering.images import Picture

OCCASIONS = ("programme", "event")
"""Kinds of which an invitation is made, the one that says more first."""


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
            set_text(one_line(issue.subject)),
            set_text(one_line(issue.preheader)).replace(NARROW, NO_BREAK),
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


def one_line(text: str) -> str:
    """Give a text without its line breaks."""
    return " ".join(text.split(None)) if "\n" in text or "\r" in text else text
