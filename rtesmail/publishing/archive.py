"""Publishing: an approved issue becomes pages in a folder; the folder's index, feed, sitemap and calendar follow."""

import io
from collections.abc import Sequence
from datetime import UTC
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.content.publishing import is_archive_address
from rtesmail.delivery.approvals import require_approval
from rtesmail.model.content import Issue
from rtesmail.model.edition import Approval, ApprovedAudience, Edition, EditionImage
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.publication import Workspace
from rtesmail.model.quoting import quoted
from rtesmail.publishing.card import HEIGHT, WIDTH, card_words, kept_card
from rtesmail.publishing.facts import FACTS, PublishedEdition, read_facts, write_facts
from rtesmail.publishing.feeds import make_calendar_of_all, make_feed, make_sitemap
from rtesmail.publishing.folders import PublicFolder
from rtesmail.publishing.head import LinkPicture, PageFacts, alt_in, foreign_hosts, with_head
from rtesmail.publishing.index import GENERATOR, index_page
from rtesmail.publishing.whereabouts import PAGE, archive_folder, note_published
from rtesmail.rendering.addresses import archive_address
from rtesmail.rendering.build import IMAGES, link_images
from rtesmail.rendering.calendar import dated_snippets, kept_calendar
from rtesmail.rendering.edition import render_edition, render_web_version
from rtesmail.rendering.images import file_name_of
from rtesmail.rendering.translations import translation
from rtesmail.rendering.typography import typographer

if TYPE_CHECKING:
    from sqlite_utils import Database

FEED = "feed.xml"
SITEMAP = "sitemap.xml"
CALENDAR = "calendar.ics"
CARD = "card.png"


class Published(Struct, frozen=True):
    """What became of a publication. `foreign_hosts` are others' servers from which the page would load pictures.

    `audiences` are those that the letter is for, empty when its page is listed for everybody; `editions` are all pages.
    """

    folder: Path
    page: Path
    address: str
    editions: int
    foreign_hosts: tuple[str, ...]
    audiences: tuple[ApprovedAudience, ...] = ()


class Archive(Struct, frozen=True):
    """The archive's folder and its address, with its slash."""

    folder: PublicFolder
    base: str

    def page_of(self, issue_id: str) -> str:
        return f"{self.base}{issue_id}/"


def publish_issue(
    workspace: Workspace, store: "Database", issue: Issue, *, folder: Path | None = None, url: str = ""
) -> Published:
    """Put an issue into the archive's folder, and bring the folder's index, feed, sitemap and calendar up to date.

    A letter that is approved for some lists only gets a page that nothing leads to but its mail: it stands in none of
    these. Hosted pictures of the letter go into `images/`. The pages of other issues stay as they are. The same issue
    gives the same bytes.

    Raises:
        RefusedError: exactly this edition is not approved; or the folder holds somebody else's pages.
        WorkspaceError: there is no public address, or the folder cannot be written.
        ContentError: the web version cannot be made.
        UnusableStoreError: the pages are written, but where they are cannot be noted now.
    """
    edition = render_edition(workspace, issue)
    approval = require_approval(store, edition, workspace.configuration.identity.time_zone)
    placed = at_address(workspace, url)
    target = folder or archive_folder(workspace)
    archive = Archive(PublicFolder(target), archive_address(placed))
    _refuse_foreign_pages(archive.folder, issue.id)
    before = _kept(archive.folder)
    facts, contents = _edition_files(placed, issue, edition, approval, archive, before.get(issue.id))
    for name, content in contents.items():
        archive.folder.write(f"{issue.id}/{name}", content)
    archive.folder.write(f"{issue.id}/{FACTS}", write_facts(facts))
    # Named by their content and never taken away: letters that have left show them for ever.
    for picture in edition.hosted:
        archive.folder.write(f"{IMAGES}/{file_name_of(picture)}", picture.content)
    _write_whole(placed, archive, {**before, issue.id: facts})
    earlier = before.get(issue.id)
    for name in set(earlier.files if earlier else ()) - set(facts.files):
        archive.folder.remove(f"{issue.id}/{name}")
    note_published(store, workspace, issue.id, target)
    return Published(
        folder=target,
        page=target / issue.id / PAGE,
        address=archive.page_of(issue.id),
        editions=len({*before, issue.id}),
        foreign_hosts=foreign_hosts(contents[PAGE].decode(), archive.base),
        audiences=approval.audiences,
    )


def at_address(workspace: Workspace, url: str = "") -> Workspace:
    """Give the workspace with its archive at an address that somebody typed, else as it is configured.

    Raises:
        WorkspaceError: there is no public address, or it is none.
    """
    if url:
        if not is_archive_address(url):
            raise WorkspaceError(
                _("{url} is not an address of web pages.").format(url=quoted(url)),
                hint=_("Write it as https://www.example.org/letters"),
            )
        configuration = workspace.configuration
        publishing = replace(configuration.publishing, url=url.rstrip("/"))
        return replace(workspace, configuration=replace(configuration, publishing=publishing))
    if not archive_address(workspace):
        raise WorkspaceError(
            _("Pages need the address where they will answer, and rtesmail.toml names none."),
            hint=_("Give it as --url https://…, or as url under [publishing]."),
        )
    return workspace


def _edition_files(
    workspace: Workspace,
    issue: Issue,
    edition: Edition,
    approval: Approval,
    archive: Archive,
    earlier: PublishedEdition | None,
) -> tuple[PublishedEdition, dict[str, bytes]]:
    """Give the facts of an edition and its files by their names: what a page shows comes before the page."""
    html, pictures = render_web_version(workspace, issue)
    identity, language = workspace.configuration.identity, issue.publication.language
    contents = {f"{IMAGES}/{file_name_of(picture)}": picture.content for picture in pictures}
    contents |= {f"{s.id}.ics": kept_calendar(workspace, issue, s) for s in dated_snippets(issue)}
    address = archive.page_of(issue.id)
    html = link_images(html, pictures)
    if pictures:
        picture = _own_picture(html, pictures[0], address)
    else:
        card = card_words(workspace, issue, edition.subject)
        contents[CARD] = kept_card(workspace, card)
        picture = LinkPicture(f"{address}{CARD}", WIDTH, HEIGHT, card.alt)
    page = PageFacts(
        title=edition.subject,
        description=edition.preheader,
        address=address,
        language=language,
        site=identity.name,
        picture=picture,
        feed=f"{archive.base}{FEED}",
        feed_title=archive_title(workspace),
        is_listed=not approval.audiences,
    )
    contents[PAGE] = with_head(html, page).encode()
    published = issue.planned_for.replace(tzinfo=ZoneInfo(identity.time_zone)).astimezone(UTC)
    facts = PublishedEdition(
        issue=issue.id,
        title=edition.subject,
        description=edition.preheader,
        publication=typographer(language)(issue.publication.title),
        language=language,
        day=issue.date,
        published=published,
        # A correction is approved after the letter has left; what is approved before is new when it leaves.
        updated=max(published, approval.approved_at),
        address=address,
        entry_id=earlier.entry_id if earlier else address,
        digest=edition.digest,
        files=tuple(contents),
        is_listed=not approval.audiences,
    )
    return facts, contents


def _own_picture(html: str, shown: EditionImage, address: str) -> LinkPicture:
    """Give a picture that a page shows as the one beside links to it."""
    from PIL import Image

    source = f"{IMAGES}/{file_name_of(shown)}"
    width, height = Image.open(io.BytesIO(shown.content)).size
    return LinkPicture(f"{address}{source}", width, height, alt_in(html, source))


def _write_whole(workspace: Workspace, archive: Archive, editions: dict[str, PublishedEdition]) -> None:
    """Write what is about all editions that are listed, from their facts and files alone."""
    newest = sorted(
        (one for one in editions.values() if one.is_listed), key=lambda one: (one.published, one.issue), reverse=True
    )
    identity, title = workspace.configuration.identity, archive_title(workspace)
    calendars = _calendars(archive.folder, newest)
    if calendars:
        try:
            archive.folder.write(CALENDAR, make_calendar_of_all(identity, title, calendars))
        except (ValueError, KeyError) as error:
            raise WorkspaceError(
                _("An .ics file in {folder} is not as it was written.").format(folder=archive.folder.root),
                hint=_("Publish the issue that it belongs to again."),
            ) from error
    else:
        archive.folder.remove(CALENDAR)
    # Those that are not listed count only where no other says when the archive changed.
    updated = max(one.updated for one in newest or editions.values())
    archive.folder.write(FEED, make_feed(identity, title, archive.base, newest, updated))
    archive.folder.write(SITEMAP, make_sitemap(archive.base, newest, updated))
    archive.folder.write(
        PAGE, index_page(workspace, archive.base, newest, feed=FEED, calendar=CALENDAR if calendars else "")
    )


def archive_title(workspace: Workspace) -> str:
    """Give the archive's name, in the house's language."""
    identity = workspace.configuration.identity
    return translation(identity.language).gettext("The letters of {name}").format(name=identity.name)


def _calendars(folder: PublicFolder, editions: Sequence[PublishedEdition]) -> list[bytes]:
    """Give the calendar entries of all editions, the newest edition's first: what it says of a date holds."""
    found = (folder.read(f"{edition.issue}/{name}") for edition in editions for name in edition.calendars)
    return [content for content in found if content is not None]


def _kept(folder: PublicFolder) -> dict[str, PublishedEdition]:
    """Give the facts of the editions in the folder, by issue."""
    found = {}
    for path in sorted(folder.root.glob(f"*/{FACTS}")):
        content = folder.read(f"{path.parent.name}/{FACTS}")
        if content is not None:
            found[path.parent.name] = read_facts(content, path)
    return found


def _refuse_foreign_pages(folder: PublicFolder, issue_id: str) -> None:
    """Refuse to write over pages that were not made here: a typing slip in --to must not cost a site."""
    index = folder.read(PAGE)
    foreign = [PAGE] if index is not None and GENERATOR.encode() not in index else []
    if index is None and not any(folder.root.glob(f"*/{FACTS}")):
        # A site whose front page is no index.html has these too; a first publication cut short has facts already.
        foreign += [name for name in (FEED, SITEMAP, CALENDAR) if folder.read(name) is not None]
    page = f"{issue_id}/{PAGE}"
    if folder.read(page) is not None and folder.read(f"{issue_id}/{FACTS}") is None:
        foreign.append(page)
    if foreign:
        raise RefusedError(
            _("{path} was not made by this command; nothing was written.").format(path=folder.root / foreign[0]),
            hint=_("Choose a folder that is empty or holds the archive: --to FOLDER"),
        )
