"""The public pages in the reader's language, in the house's colours and types."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rtesmail.content.publications import LANGUAGES
from rtesmail.rendering.house_pages import page_environment, style_sheet
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
        return style_sheet(self._theme, STYLE_SHEET)

    def _environment(self, language: str) -> "Environment":
        environment = page_environment(_WEB / "pages" / "public", language, house_language=self.identity.language)
        environment.globals.update(
            other_languages=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES if code != language],
            identity=self.identity,
            base=self.base,
            can_join=bool(self.open_lists),
        )
        return environment
