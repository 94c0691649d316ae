"""Pictures say in words what they show, since many readers never see them, and tell nobody who looks at them."""

import re
from collections.abc import Iterator
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.checks.addresses import counts_readers
from rtesmail.checks.registry import Remark, check
from rtesmail.checks.rendered import declarations
from rtesmail.checks.subject import Place, Subject
from rtesmail.checks.templates import own_template, template_place
from rtesmail.model.findings import Severity
from rtesmail.model.slots import SLOT_MARK

if TYPE_CHECKING:
    from lxml.etree import _Element

_FILE_NAME = re.compile(
    r"[^/\n]*[^/\s]\.(?:png|jpe?g|gif|webp|svg|bmp|tiff?|heic|avif)"
    # What telephones and screens call a picture that nobody has named: "Capture d’écran 2025-03-01 à 10.00.00".
    r"|(?:img|dsc[nf]?|pxl|(?:whatsapp )?image|photo|screenshot|sans titre|untitled|capture d.écran)"
    r"[\s_(-]*\d[\d\s_:.àatw()-]*",
    re.IGNORECASE,
)
_PIXELS = re.compile(r"(\d*\.?\d+)(?:px)?\s*(?:!.*)?$")
_CSS_ADDRESS = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s;]+)""", re.IGNORECASE)
_NAMES = re.compile(r"[.#]([\w-]+)")
# Where senders' programs and sites for measuring keep what they count openings with, by their own documents.
_OPENINGS = re.compile(
    r"https?://(?:[^/?#]+/(?:wf/open|track/open(?:\.php)?|matomo\.php|piwik\.php)(?:[/?#]|$)|(?:[^/?#]+\.)?(?:google-analytics"
    r"\.com|doubleclick\.net|mailtrack\.io|mltrk\.io|px\.ads\.linkedin\.com|pixel\.wp\.com|bat\.bing\.com)(?:[:/?#]|$)"
    r"|(?:www\.)?facebook\.com/tr(?:[/?#]|$))",
    re.IGNORECASE,
)


@check("image-alt", Severity.ERROR)
def find_wordless_pictures(subject: Subject) -> Iterator[Remark]:
    for picture in subject.document.iter("img"):
        source, alt = picture.get("src") or "", picture.get("alt")
        place = _place(subject, source, alt or "")
        hint = _("Write in `alt` what one would say of the picture on the telephone.")
        if alt is None:
            yield Remark(_("The picture {source} has no words in its place (alt).").format(source=source), hint, place)
        elif not alt.strip():
            if not _is_decoration(picture):
                yield Remark(_("The words for the picture {source} are empty.").format(source=source), hint, place)
        elif _FILE_NAME.fullmatch(alt.strip()):
            yield Remark(_("The words for a picture are a file's name: “{alt}”.").format(alt=alt.strip()), hint, place)


@check("picture-weight", Severity.WARNING)
def weigh_pictures(subject: Subject) -> Iterator[Remark]:
    """A picture is weighed as readers get it; in the message it is encoded to 4/3 of its size (RFC 2045, 6.8)."""
    most = subject.workspace.configuration.checks.heaviest_picture_kb
    words = {picture.get("src"): picture.get("alt") or "" for picture in subject.document.iter("img")}
    for image in subject.edition.pictures:
        if len(image.content) > most * 1000:
            alt = words.get(image.address, "")
            yield Remark(
                _("The picture “{alt}” weighs {size} KB; {most} KB are the most.").format(
                    alt=alt, size=len(image.content) // 1000, most=most
                ),
                _("Save it smaller, or take another; a moving picture can be made shorter."),
                subject.place_of(alt),
            )


@check("tracking-picture", Severity.ERROR, is_promise=True)
def find_pictures_that_count(subject: Subject) -> Iterator[Remark]:
    """Article 82 of the French law on data protection (78-17): nobody is watched reading unless they said yes."""
    own = {image.address for image in subject.edition.pictures}
    sheets = " ".join(style.text or "" for style in subject.document.iter("style"))
    for picture in subject.document.iter("img"):
        source = (picture.get("src") or "").strip()
        if source in own or not source.lower().startswith(("http://", "https://", "//")):
            continue
        if SLOT_MARK.search(source):
            message = _(
                "The address of the picture {source} is another for each reader, and tells who opens the letter."
            )
        elif _OPENINGS.match(source) or _counts(source):
            message = _("The picture {source} counts who opens the letter.")
        elif _is_unseen(picture, frozenset(_NAMES.findall(sheets))):
            message = _("Nobody can see the picture {source}: it is there to count who opens the letter.")
        else:
            continue
        hint = _("Take it out: readers are not watched. For room between things use padding.")
        yield Remark(message.format(source=source), hint, _place_of_address(subject, source))
    for source in _loaded_unseen(subject.document):
        if SLOT_MARK.search(source):
            message = _("The letter loads {source}, whose address is another for each reader: that tells who opens it.")
        elif _OPENINGS.match(source) or _counts(source):
            message = _("The letter loads {source}, which counts who opens it.")
        else:
            continue
        hint = _("Take it out: readers are not watched.")
        yield Remark(message.format(source=source), hint, _place_of_address(subject, source))


def _loaded_unseen(document: "_Element") -> Iterator[str]:
    """Give each address beside those of pictures that programs may fetch by themselves, once: grounds, fonts, films."""
    found: list[str] = []
    for element in document.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "style":
            found += _CSS_ADDRESS.findall(element.text or "")
        found += _CSS_ADDRESS.findall(element.get("style") or "")
        found += [element.get(name) or "" for name in ("background", "poster", "data")]
        found += [piece.split(maxsplit=1)[0] for piece in (element.get("srcset") or "").split(",") if piece.strip()]
        if element.tag != "img":
            found.append(element.get("src") or "")
        if element.tag == "link":
            found.append(element.get("href") or "")
    web = (address.strip() for address in found)
    yield from dict.fromkeys(one for one in web if one.lower().startswith(("http://", "https://", "//")))


def _counts(address: str) -> bool:
    try:
        return counts_readers(address)
    except ValueError:
        return False


def _place_of_address(subject: Subject, address: str) -> Place:
    return subject.place_of(address) or template_place(subject, re.escape(address)) or own_template(subject)


def _is_unseen(picture: "_Element", styled: frozenset[str]) -> bool:
    """A dot, or hidden in a way that no style sheet can undo, as it does with the pictures of a dark theme."""
    sides = [size for side in ("width", "height") if (size := _least_size(picture, side)) is not None]
    if sides and (min(sides) == 0 or max(sides) <= 1):
        return True
    for element in (picture, *picture.iterancestors()):
        style = declarations(element.get("style") or "")
        said = {style.get(name, "").partition("!")[0].strip() for name in ("display", "visibility", "opacity")}
        if said & {"none", "hidden", "0"}:
            return not styled & {*(element.get("class") or "").split(), element.get("id")}
    return False


def _least_size(picture: "_Element", side: str) -> float | None:
    style = declarations(picture.get("style") or "")
    written = (style.get(f"max-{side}", ""), style.get(side) or picture.get(side) or "")
    return min((float(found[1]) for text in written if (found := _PIXELS.match(text.strip()))), default=None)


def _is_decoration(picture: "_Element") -> bool:
    is_dot = {picture.get("width"), picture.get("height")} <= {"0", "1"}
    return is_dot or picture.get("role") in ("presentation", "none") or picture.get("aria-hidden") == "true"


def _place(subject: Subject, source: str, alt: str) -> Place | None:
    """A carried picture is named by its content, so that its words may be the only trace to the file."""
    if source.startswith("cid:"):
        return subject.place_of(alt)
    return (
        subject.place_of(source)
        or subject.place_of(alt)
        or (template_place(subject, re.escape(source)) if source else None)
    )
