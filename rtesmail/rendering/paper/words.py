"""Words as paper wants them: links as numbered notes, ordinals raised, and no hyphen where it would mislead."""

import re
from html import escape, unescape
from typing import TYPE_CHECKING

from msgspec import Struct, field

from rtesmail.rendering.addresses import clean_address
from rtesmail.rendering.markdown import markdown_to_html
from rtesmail.rendering.views import Prose

if TYPE_CHECKING:
    from markupsafe import Markup

SHORT = 44
"""Characters of an address that a line of a column holds, so that it can stand where it is spoken of."""

_AFTER_WORDS = r"""[^\s<>"«».,;:!?)\]]"""
_TOKEN = re.compile(
    rf"""(?P<code><code\b.*?</code>)
      | <a\ href="(?P<url>[^"]*)"[^>]*>(?P<words>.*?)</a>
      | (?P<tag><[^>]*>)
      | (?P<whole>
            (?:https?://|www\.)[^\s<>"]*{_AFTER_WORDS}           # an address
          | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                         # an e-mail address
          | (?:[\w-]+\.)+[^\W\d_]{{2,}}(?:/(?:[^\s<>"]*{_AFTER_WORDS})?)?  # rtes.fr/page, technicien.nes
          | [^\W\d_]+(?:·[^\W\d_]+)+                             # élu·e·s
        )
      | \b(?:(?P<first>1|I(?=er\b))(?P<er>ers?|res?)|(?P<rank>\d{{1,2}}|[VX]|[IVX]{{2,5}})(?P<e>es?))\b  # not "Vers"
    """,
    re.VERBOSE | re.DOTALL,
)
# A paragraph does not end with half a word.
_LAST_WORD = re.compile(r"(?<![\w&])([^\W\d_]{4,})([\s.…!?:;,»)]*</(?:p|li)>)")
_LINK_TAG = re.compile(r"(</?)a\b")
_TAGS = re.compile(r"<[^>]*>")


class Note(Struct, frozen=True):
    """An address that the letter speaks of under a number: where it leads, and what a reader types."""

    number: int
    url: str
    shown: str


class Paper(Struct):
    """What the letter's templates write words with; it numbers the addresses in the order in which they are met."""

    language: str
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[Note, ...]:
        """Every address that got a number so far; at the letter's end, all of them."""
        return tuple(Note(number, url, typed(url)) for url, number in self.numbers.items())

    def words(self, text: object) -> "Markup":
        """Give plain words as HTML."""
        from markupsafe import Markup

        return Markup(self._set(escape(str(text))))

    def prose(self, prose: Prose, level: int = 4) -> "Markup":
        """Give Markdown as HTML, its first headings at `level`; links inside get a number."""
        from markupsafe import Markup

        html = markdown_to_html(prose.source, language=self.language, heading_level=level)
        return Markup(_LAST_WORD.sub(r'<span class="whole">\1</span>\2', self._set(html)))

    def note(self, url: str) -> "Markup":
        """Give the number of an address, raised."""
        from markupsafe import Markup

        number = self.numbers.setdefault(url, len(self.numbers) + 1)
        return Markup(f'<a class="note" href="{escape(url)}">{number}</a>')

    def is_short(self, url: str) -> bool:
        """Tell whether an address can stand where it is spoken of."""
        return len(typed(url)) <= SHORT

    def link(self, url: str) -> "Markup":
        """Give an address as a reader types it; a line may end after its slashes, never with a hyphen of ours."""
        from markupsafe import Markup

        return Markup(f'<a class="whole" href="{escape(url)}">{escape(typed(url))}</a>')

    def without_links(self, html: "Markup") -> "Markup":
        """Give HTML whose links are words alone: for a copy that only keeps room."""
        from markupsafe import Markup

        return Markup(_LINK_TAG.sub(r"\1span", str(html)))

    def _set(self, html: str) -> str:
        return _TOKEN.sub(self._token, html)

    def _token(self, found: re.Match[str]) -> str:
        if found["url"] is not None:
            return self._link(unescape(found["url"]), found["words"])
        if found["whole"]:
            return f'<span class="whole">{found["whole"]}</span>'
        number, ending = found["first"] or found["rank"], found["er"] or found["e"]
        # French alone abbreviates with raised letters that are part of the word.
        if number and self.language.split("-")[0].lower() == "fr":
            return f"{number}<sup>{ending}</sup>"
        return found[0]

    def _link(self, url: str, words: str) -> str:
        """Give a link of running text with its number; inside it stands text alone, as PDF/UA wants it (7.18.5)."""
        safe = clean_address(url)
        if not safe:
            return self._set(words)
        bare = _TAGS.sub("", words)
        if unescape(bare).strip() in (url, typed(url), url.removeprefix("mailto:")):
            return str(self.link(safe))
        whole = ' class="whole"' if any(found["whole"] for found in _TOKEN.finditer(bare)) else ""
        return f'<a{whole} href="{escape(safe)}">{bare}</a>{self.note(safe)}'


def typed(url: str) -> str:
    """Give an address as a reader types it: without what browsers and mail programs add themselves."""
    if url.startswith("mailto:"):
        return url.removeprefix("mailto:").partition("?")[0]
    bare = url.removeprefix("https://").removeprefix("http://")
    return bare.removesuffix("/") if bare.count("/") == 1 else bare
