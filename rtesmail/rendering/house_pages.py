"""Pages of the house that are no mail: its colours and types, and templates in a language."""

from pathlib import Path
from typing import TYPE_CHECKING

from rtesmail.model.publication import Theme
from rtesmail.rendering.dates import describe_day
from rtesmail.rendering.translations import translation
from rtesmail.rendering.typography import typographer

if TYPE_CHECKING:
    from jinja2 import Environment

_SHARED = Path(__file__).parent / "house.css"


def style_sheet(theme: Theme, own: Path) -> str:
    """Give the style sheet of some pages: the theme's colours and types, what all pages share, then their own."""
    light, dark = (
        "; ".join(f"--{name}: {value}" for name, value in colours.items()) for colours in (theme.light, theme.dark)
    )
    fonts = f"--title: {theme.title_font}; --text: {theme.text_font}"
    tokens = f":root {{ {fonts}; {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n\n"
    return tokens + "\n".join(sheet.read_text(encoding="utf-8") for sheet in (_SHARED, own))


def page_environment(folder: Path, language: str, *, house_language: str) -> "Environment":
    """Give the page templates of a folder, in a language. Every value is escaped for HTML where it stands.

    The filter `house` sets what the configuration says, in the house's own language; `day` writes out a day.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(folder),
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
    environment.filters["house"] = typographer(house_language)
    environment.filters["day"] = lambda moment, own="": describe_day(moment, own or language)
    return environment
