"""The public pages in the reader's language, in the house's colours and types."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rtesmail.content.publications import LANGUAGES
from rtesmail.rendering.dates import describe_day
from rtesmail.rendering.translations import translation
from rtesmail.rendering.typography import typographer
from rtesmail.web.public.callers import language_of

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.responses import Response

    from rtesmail.model.publication import Workspace

_WEB = Path(__file__).parents[1]
STYLE_SHEET = _WEB / "static" / "public.css"
LANGUAGE_NAMES = {"fr": "Français", "en": "English"}


class PublicPages:
    """Makes pages. Every value is escaped for HTML where it stands.

    `base` is the path of `public_url`, below which everything is served; `open_lists` are those that anybody may join.
    """

    def __init__(self, workspace: "Workspace") -> None:
        self.identity = workspace.configuration.identity
        self.base = urlsplit(self.identity.public_url).path.rstrip("/")
        # Without a public address the link that confirms a subscription would lead nowhere.
        self.open_lists = workspace.configuration.server.lists if self.identity.public_url else ()
        self._theme = workspace.configuration.theme
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    def language(self, request: "Request") -> str:
        """Give the language that a page for this reader has."""
        return language_of(request.query_params, request.headers.get("accept-language", ""), self.identity.language)

    def answer(
        self,
        request: "Request",
        name: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> "Response":
        """Make a page's answer; `values` are what its template shows."""
        from starlette.responses import HTMLResponse

        language = self.language(request)
        html = (
            self._environments[language]
            .get_template(f"{name}.html.j2")
            .render(
                # After a POST the address leads back to the page before: the other language begins there.
                path=request.url.path,
                has_other_language=request.method in ("GET", "HEAD"),
                **values,
            )
        )
        about = {"content-language": language, "vary": "Accept-Language", "x-robots-tag": "noindex"}
        return HTMLResponse(html, status_code=status, headers={**about, **(headers or {})})

    def style_sheet(self) -> str:
        """Give the style sheet, with the house's colours and types before it."""
        light, dark = (
            "; ".join(f"--{name}: {value}" for name, value in colours.items())
            for colours in (self._theme.light, self._theme.dark)
        )
        fonts = f"--title: {self._theme.title_font}; --text: {self._theme.text_font}"
        tokens = f":root {{ {fonts}; {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n\n"
        return tokens + STYLE_SHEET.read_text(encoding="utf-8")

    def _environment(self, language: str) -> "Environment":
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        environment = Environment(
            loader=FileSystemLoader(_WEB / "pages" / "public"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        words, set_text = translation(language), typographer(language)
        environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by i18n
            lambda text: set_text(words.gettext(text)),
            lambda one, many, count: set_text(words.ngettext(one, many, count)),
            newstyle=True,
        )
        environment.globals.update(
            language=language,
            other_languages=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES if code != language],
            identity=self.identity,
            base=self.base,
            can_join=bool(self.open_lists),
        )
        # Names and titles of the configuration are in the house's language, whatever that of the page.
        environment.filters["house"] = typographer(self.identity.language)
        environment.filters["day"] = lambda moment: describe_day(moment, language)
        return environment
