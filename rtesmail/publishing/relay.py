"""What partners need to relay an issue: texts, a picture and a page to paste, with a link that counts nobody."""

from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.delivery.approvals import require_approval
from rtesmail.delivery.targets import approve_command, named
from rtesmail.model.content import Issue
from rtesmail.model.edition import Approval
from rtesmail.model.errors import RefusedError
from rtesmail.model.publication import Workspace
from rtesmail.publishing.archive import at_address
from rtesmail.publishing.card import card_words, kept_card
from rtesmail.publishing.folders import PublicFolder
from rtesmail.publishing.index import archive_pages, styled
from rtesmail.publishing.plain_page import headlines, plain_article
from rtesmail.publishing.posts import long_post, short_post
from rtesmail.rendering.addresses import web_address
from rtesmail.rendering.edition import render_edition

if TYPE_CHECKING:
    from sqlite_utils import Database

FOLDER = "relay"
PAGE = "index.html"
GENERATOR = '<meta name="generator" content="rtesmail relay">'


class RelayKit(Struct, frozen=True):
    """Where the kit is. `page` shows all of it to a colleague; `address` is the link in it.

    `digest` is that of the edition it was made of.
    """

    folder: Path
    page: Path
    address: str
    files: tuple[str, ...]
    digest: str


def make_relay_kit(
    workspace: Workspace, store: "Database", issue: Issue, *, folder: Path | None = None, url: str = ""
) -> RelayKit:
    """Write short and long text, picture and page of an approved issue, and a page that shows them.

    Raises:
        RefusedError: exactly this edition is not approved for every list; or the folder holds somebody else's page.
        WorkspaceError: there is no public address, or the folder cannot be written.
    """
    edition = render_edition(workspace, issue)
    _refuse_for_some(require_approval(store, edition, workspace.configuration.identity.time_zone))
    placed = at_address(workspace, url)
    language, address = issue.publication.language, web_address(placed, issue)
    target = PublicFolder(folder or workspace.out / issue.id / FOLDER)
    _refuse_foreign_page(target)

    title, description = edition.subject, edition.preheader
    identity, theme = workspace.configuration.identity, workspace.configuration.theme
    article = plain_article(placed, issue, title=title, description=description, address=address)
    short = short_post(title, description, address)
    long = long_post(title, description, headlines(placed, issue), address, language)
    card = card_words(workspace, issue, title)
    page = archive_pages(language).get_template("page.html.j2").render(title=title, article=article)
    overview = (
        archive_pages(identity.language)
        .get_template("relay.html.j2")
        .render(
            identity=identity,
            generator=GENERATOR,
            style=styled(theme),
            title=title,
            address=address,
            short=short,
            long=long,
            article=article,
            alt=card.alt,
            letter_language=language,
        )
    )
    contents = {
        "short.txt": short.encode(),
        "long.txt": long.encode(),
        "page.html": page.encode(),
        "card.png": kept_card(workspace, card),
        PAGE: overview.encode(),
    }
    for name, content in contents.items():
        target.write(name, content)
    return RelayKit(target.root, target.root / PAGE, address, tuple(contents), edition.digest)


def _refuse_for_some(approval: Approval) -> None:
    if approval.audiences:
        raise RefusedError(
            _("{issue} is approved for {audience} only, and a kit is made to be passed on.").format(
                issue=approval.issue, audience=named(approval.audiences)
            ),
            hint=_("Nothing was written. If everybody may read it: {command}").format(
                command=approve_command(approval.issue) + " --for-all"
            ),
        )


def _refuse_foreign_page(folder: PublicFolder) -> None:
    page = folder.read(PAGE)
    if page is None or GENERATOR.encode() in page:
        return
    raise RefusedError(
        _("{path} was not made by this command; nothing was written.").format(path=folder.root / PAGE),
        hint=_("Choose a folder that is empty or holds an earlier kit: --to FOLDER"),
    )
