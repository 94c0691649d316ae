"""The archive's front page: every edition by year, publication and date, in the house's colours and types."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.model.publication import Theme, Workspace
from rtesmail.publishing.facts import PublishedEdition
from rtesmail.rendering.dates import describe_day
from rtesmail.rendering.translations import translation
from rtesmail.rendering.typography import typographer

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
    page = page_environment(identity.language).get_template("index.html.j2")
    written = page.render(
        identity=identity,
        generator=GENERATOR,
        style=style_sheet(configuration.theme),
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


def style_sheet(theme: Theme) -> str:
    """Give the pages' style sheet, with the house's colours and types before it."""
    light, dark = (
        "; ".join(f"--{name}: {value}" for name, value in colours.items()) for colours in (theme.light, theme.dark)
    )
    fonts = f"--title: {theme.title_font}; --text: {theme.text_font}"
    tokens = f":root {{ {fonts}; {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n\n"
    # In a page no style may end its own element.
    return (tokens + (PAGES / "archive.css").read_text(encoding="utf-8")).replace("</", "<\\/")


def page_environment(language: str) -> "Environment":
    """Give the room's page templates, in a language. Every value is escaped for HTML where it stands."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    words, set_text = translation(language), typographer(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by i18n
        lambda text: set_text(words.gettext(text)),
        lambda one, many, count: set_text(words.ngettext(one, many, count)),
        newstyle=True,
    )
    environment.globals["language"] = language
    environment.filters["house"] = set_text
    environment.filters["day"] = describe_day
    return environment
