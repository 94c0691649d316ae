"""The archive's front page: every edition by year, publication and date, in the house's colours and types."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.model.publication import Theme, Workspace
from rtesmail.publishing.facts import PublishedEdition
from rtesmail.rendering.house_pages import page_environment, style_sheet

if TYPE_CHECKING:
    from jinja2 import Environment

GENERATOR = '<meta name="generator" content="rtesmail">'
PAGES = Path(__file__).parent / "pages"

Year = tuple[int, Mapping[str, Sequence[PublishedEdition]]]


def index_page(
    workspace: Workspace, base: str, editions: Sequence[PublishedEdition], *, feed: str, calendar: str
) -> bytes:
    """Give the page of editions that come newest first; `calendar` is empty when nothing has a date."""
    configuration = workspace.configuration
    identity = configuration.identity
    can_join = bool(identity.public_url and configuration.server.lists)
    page = archive_pages(identity.language).get_template("index.html.j2")
    written = page.render(
        identity=identity,
        generator=GENERATOR,
        style=styled(configuration.theme),
        base=base,
        feed=feed,
        calendar=calendar,
        years=by_year(editions),
        join=f"{identity.public_url}/inscription" if can_join else "",
    )
    return written.encode()


def by_year(editions: Sequence[PublishedEdition]) -> tuple[Year, ...]:
    """Give editions by year and publication, in the order they come in."""
    years = []
    for year, of_year in groupby(sorted(editions, key=lambda one: one.day, reverse=True), lambda one: one.day.year):
        publications: dict[str, list[PublishedEdition]] = {}
        for edition in of_year:
            publications.setdefault(edition.publication, []).append(edition)
        years.append((year, publications))
    return tuple(years)


def styled(theme: Theme) -> str:
    """Give the pages' style sheet as it stands in a page, where none may end its own element."""
    return style_sheet(theme, PAGES / "archive.css").replace("</", "<\\/")


def archive_pages(language: str) -> "Environment":
    """Give the room's page templates, in a language."""
    return page_environment(PAGES, language, house_language=language)
