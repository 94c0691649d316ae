"""Pictures say in words what they show: many readers never see them."""

import re
from collections.abc import Iterator
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Place, Subject
from rtesmail.model.findings import Severity

if TYPE_CHECKING:
    from lxml.etree import _Element

_FILE_NAME = re.compile(r"[^/\s]+\.(png|jpe?g|gif|webp|svg|bmp|tiff?)|(img|dsc|image|photo|screenshot)[_-]?\d+", re.I)


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


def _is_decoration(picture: "_Element") -> bool:
    is_dot = {picture.get("width"), picture.get("height")} <= {"0", "1"}
    return is_dot or picture.get("role") in ("presentation", "none") or picture.get("aria-hidden") == "true"


def _place(subject: Subject, source: str, alt: str) -> Place | None:
    """A carried picture is named by its content, so that its words may be the only trace to the file."""
    if source.startswith("cid:"):
        return subject.place_of(alt)
    return subject.place_of(source) or subject.place_of(alt)
