"""The picture that social networks show beside a link: 1200 by 630 pixels, the house's colours, no word cut."""

import io
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.publishing.posts import cut_at_word
from rtesmail.rendering.dates import describe_day
from rtesmail.rendering.keeping import KEPT, digest_of, kept, state_of
from rtesmail.rendering.typography import typographer

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

    from rtesmail.model.content import Issue
    from rtesmail.model.publication import Workspace

WIDTH, HEIGHT = 1200, 630

_SERIF = ("font_source_serif_pro", "SourceSerifPro-Bold.ttf")
_SANS = ("font_source_sans_pro", "SourceSansPro-Regular.ttf")
_SANS_BOLD = ("font_source_sans_pro", "SourceSansPro-Bold.ttf")

_BAND = 20
_LEFT, _RIGHT = 84, WIDTH - 84
_TITLE_TOP, _TITLE_BOTTOM = 190, 492
_LARGEST, _SMALLEST = 76, 30
_LEADING = 1.2
_MOST_TITLE = 700
_UNPRINTED = "\uffff"


class CardWords(Struct, frozen=True):
    """What stands on the card."""

    house: str
    full_name: str
    title: str
    publication: str
    day: str

    @property
    def alt(self) -> str:
        """Say what the card shows to those who do not see it."""
        return f"{self.title} – {self.publication}. {self.day}"


class Setting(Struct, frozen=True):
    """Lines set in a size so that they fit."""

    lines: tuple[str, ...]
    size: int


def card_words(workspace: "Workspace", issue: "Issue", title: str) -> CardWords:
    """Give what stands on an issue's card, in the publication's language."""
    language, identity = issue.publication.language, workspace.configuration.identity
    set_text = typographer(language)
    return CardWords(
        set_text(identity.name),
        set_text(identity.full_name),
        title,
        set_text(issue.publication.title),
        set_text(describe_day(issue.date, language)),
    )


def kept_card(workspace: "Workspace", words: CardWords) -> bytes:
    """Do as `draw_card` in the house's colours, or give what it drew before for the same words and colours."""
    colours = workspace.configuration.theme.light
    made_by = state_of("rtesmail.publishing", "PIL", _SERIF[0], _SANS[0])
    name = digest_of("card", made_by, repr(words), repr(sorted(colours.items())))
    return kept(workspace.out / KEPT, name, lambda: draw_card(words, colours))


def draw_card(words: CardWords, colours: Mapping[str, str]) -> bytes:
    """Give the card as a PNG; the same words give the same bytes."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH, HEIGHT), colours["paper"])
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, WIDTH, _BAND - 1), fill=colours["accent"])

    house = _fit_line(words.house, _SANS_BOLD, 40, 360)
    left = _LEFT
    if house.lines:
        font = _font(_SANS_BOLD, house.size)
        width = font.getlength(house.lines[0])
        draw.rectangle((_LEFT, 76, _LEFT + width + 44, 140), fill=colours["accent"])
        draw.text((_LEFT + 22, 108), house.lines[0], font=font, fill=colours["paper"], anchor="lm")
        left = int(_LEFT + width + 44 + 28)
    _draw_line(draw, (left, 108), words.full_name, (_SANS, 27, _RIGHT - left), colours["meta"])

    setting = fit_title(words.title, _RIGHT - _LEFT, _TITLE_BOTTOM - _TITLE_TOP)
    if not setting.lines:
        setting = fit_title(words.publication, _RIGHT - _LEFT, _TITLE_BOTTOM - _TITLE_TOP)
    leading = setting.size * _LEADING
    top = _TITLE_TOP + (_TITLE_BOTTOM - _TITLE_TOP - leading * len(setting.lines)) / 2
    for number, line in enumerate(setting.lines):
        font = _font(_SERIF, setting.size)
        draw.text((_LEFT, top + leading * (number + 0.5)), line, font=font, fill=colours["ink"], anchor="lm")

    draw.rectangle((_LEFT, 520, _RIGHT, 521), fill=colours["rule"])
    day = _fit_line(words.day, _SANS, 28, 480)
    if day.lines:
        font = _font(_SANS, day.size)
        draw.text((_RIGHT, 562), day.lines[0], font=font, fill=colours["meta"], anchor="rm")
    _draw_line(draw, (_LEFT, 562), words.publication, (_SANS_BOLD, 28, 520), colours["date"])

    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def fit_title(text: str, width: int, height: int) -> Setting:
    """Set a title as large as it fits; one that fits in no size loses its last words, never a part of one."""
    words = _drawable(text, _SERIF)
    for size in range(_LARGEST, _SMALLEST - 1, -2):
        most = int(height // (size * _LEADING))
        lines = _wrap(words, size, width)
        if lines and len(lines) <= most:
            return Setting(_balanced(words, size, width, lines), size)
    most = int(height // (_SMALLEST * _LEADING))
    for length in range(min(len(words) - 1, _MOST_TITLE), 0, -1):
        lines = _wrap(cut_at_word(words, length), _SMALLEST, width)
        if lines and len(lines) <= most:
            return Setting(lines, _SMALLEST)
    return Setting((), _SMALLEST)


def _balanced(words: str, size: int, width: int, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Give as many lines of nearly equal length: a last line of one word looks forgotten."""
    for narrower in range(width // 2, width, 20):
        found = _wrap(words, size, narrower)
        if found and len(found) == len(lines):
            return found
    return lines


def _wrap(words: str, size: int, width: int) -> tuple[str, ...]:
    """Give lines no wider than `width`; none when a word is wider."""
    font = _font(_SERIF, size)
    lines: list[str] = []
    for word in words.split(" "):
        if font.getlength(word) > width:
            return ()
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(line for line in lines if line)


def _fit_line(text: str, face: tuple[str, str], size: int, width: int) -> Setting:
    """Set one line, smaller or without its last words if it must be; nothing when no word fits."""
    words = _drawable(text, face)
    for smaller in range(size, size * 2 // 3, -1):
        if _font(face, smaller).getlength(words) <= width:
            return Setting((words,) if words else (), smaller)
    smallest = size * 2 // 3 + 1
    cuts = (cut_at_word(words, length) for length in range(min(len(words) - 1, _MOST_TITLE), 0, -1))
    kept = next((cut for cut in cuts if cut and _font(face, smallest).getlength(cut) <= width), "")
    return Setting((kept,) if kept else (), smallest)


def _draw_line(
    draw: "ImageDraw", place: tuple[int, int], text: str, fit: tuple[tuple[str, str], int, int], colour: str
) -> None:
    setting = _fit_line(text, *fit)
    if setting.lines:
        draw.text(place, setting.lines[0], font=_font(fit[0], setting.size), fill=colour, anchor="lm")


def _drawable(text: str, face: tuple[str, str]) -> str:
    """Give the text without the signs that the type has no picture for: an empty box says nothing."""
    composed = unicodedata.normalize("NFC", text).replace("\u202f", "\u00a0")
    font = _font(face, 40)
    missing = bytes(font.getmask(_UNPRINTED))
    kept = (sign for sign in composed if sign in " \u00a0" or bytes(font.getmask(sign)) != missing)
    return " ".join(filter(None, "".join(kept).split(" ")))


@lru_cache(maxsize=64)
def _font(face: tuple[str, str], size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    package, name = face
    path = files(package) / "files" / name
    # Without Raqm, which only some machines have: the same picture on all of them.
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
