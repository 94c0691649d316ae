"""What a person chose to look at: it stands in the page's address, so that every choice is a plain link."""

from collections.abc import Mapping
from enum import StrEnum
from string import digits, hexdigits
from typing import TypeVar
from urllib.parse import quote, urlencode

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.web.frames import Scheme


class View(StrEnum):
    """What of an edition is shown."""

    MAIL = "mail"
    INBOX = "inbox"
    TEXT = "text"
    SOURCE = "source"


class Size(StrEnum):
    """Which frames the mail is shown in."""

    ALL = "all"
    PHONE = "phone"
    TABLET = "tablet"
    DESKTOP = "desktop"


WIDTHS: Mapping[Size, int] = {Size.PHONE: 375, Size.TABLET: 600, Size.DESKTOP: 1200}
"""The frames' widths in CSS pixels."""

_Option = TypeVar("_Option", bound=StrEnum)


class Choice(Struct, frozen=True):
    """One combination of what can be chosen; the defaults stay out of the address.

    `readers` is the variant of an edition with blocks for some readers only, empty to see every block; `person` is the
    number of a subscriber through whose eyes it is seen, 0 for nobody's. `at` is the key of the finding whose place is
    shown.
    """

    view: View = View.MAIL
    size: Size = Size.ALL
    scheme: Scheme = Scheme.LIGHT
    has_images: bool = True
    readers: str = ""
    person: int = 0
    at: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """What of this choice is not the default, by name, as an address or a form carries it."""
        chosen = {"view": self.view, "size": self.size, **self._frame_query()}
        return {name: str(value) for name, value in chosen.items() if value not in (View.MAIL, Size.ALL)}

    @property
    def sizes(self) -> tuple[Size, ...]:
        return tuple(WIDTHS) if self.size is Size.ALL else (self.size,)

    def page_url(self, issue_id: str, **more: str) -> str:
        """Give the address of an issue's page with this choice, and `more` after it where it is not empty."""
        query = urlencode({**self.fields, **{name: value for name, value in more.items() if value}})
        return _issue_url(issue_id) + (f"?{query}" if query else "")

    def frame_url(self, issue_id: str) -> str:
        """Give the address of the mail alone with this choice."""
        query = urlencode(self._frame_query())
        return f"{_issue_url(issue_id)}/frame" + (f"?{query}" if query else "")

    def _frame_query(self) -> dict[str, str]:
        query = {}
        if self.scheme is not Scheme.LIGHT:
            query["scheme"] = self.scheme.value
        if not self.has_images:
            query["images"] = "off"
        if self.readers:
            query["readers"] = self.readers
        if self.person:
            query["person"] = str(self.person)
        if self.at:
            query["at"] = self.at
        return query

    def showing(self, key: str, view: View = View.MAIL) -> "Choice":
        """Give this choice with a finding's place shown."""
        return replace(self, view=view, at=key)

    def as_person(self, number: int) -> "Choice":
        """Give this choice through a subscriber's eyes: what they get decides which blocks are shown."""
        return replace(self, person=number, readers="")

    def to(self, option: View | Size | Scheme | bool | str) -> "Choice":
        """Give this choice with one thing changed."""
        match option:
            case View():
                return replace(self, view=option, at="")
            case Size():
                return replace(self, size=option)
            case Scheme():
                return replace(self, scheme=option)
            case bool():
                return replace(self, has_images=option)
            case str():
                return replace(self, readers=option, person=0)

    def has(self, option: View | Size | Scheme | bool | str) -> bool:
        """Tell whether this option is the one chosen, whatever place is shown in it."""
        return replace(self.to(option), at=self.at) == self


def read_choice(query: Mapping[str, str]) -> Choice:
    """Read the choice from a page's query; what is unknown there counts as not said."""
    return Choice(
        view=_option(View, query.get("view"), View.MAIL),
        size=_option(Size, query.get("size"), Size.ALL),
        scheme=_option(Scheme, query.get("scheme"), Scheme.LIGHT),
        has_images=query.get("images") != "off",
        readers=_made_of("01", query.get("readers", "")),
        person=int(_made_of(digits, query.get("person", ""))[:18] or 0),
        at=_made_of(hexdigits, query.get("at", "")),
    )


def image_url(issue_id: str, content_id: str) -> str:
    """Give the address of a picture that the edition carries."""
    return f"{_issue_url(issue_id)}/images/{quote(content_id, safe='')}"


def _made_of(characters: str, text: str) -> str:
    return text if set(text) <= set(characters) else ""


def _issue_url(issue_id: str) -> str:
    return f"/issue/{quote(issue_id, safe='')}"


def _option(options: type[_Option], text: str | None, default: _Option) -> _Option:
    try:
        return options(text) if text else default
    except ValueError:
        return default
