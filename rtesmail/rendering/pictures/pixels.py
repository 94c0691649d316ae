"""The pixels of a picture as a page wants them: upright, as large as they are shown, in sRGB."""

import io
from typing import TYPE_CHECKING

from rtesmail.rendering.pictures.sizes import Size, file_size

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

_ORIENTATION = 0x0112
_TURNED = range(5, 9)
"""Exif 2.32, 4.6.4: the orientations whose rows are columns."""
_GREY = ("1", "L")
_DEEP = ("I;16", "I;16B", "I;16L", "I;16N", "I")
_PLAIN = ("1", "L", "LA", "P", "RGB", "RGBA")
_DRAFT = 2
"""A JPEG is decoded at twice the size wanted, so that scaling it down still has pixels to choose from."""


def read_pixels(opened: "ImageFile", room: int) -> tuple["Image", bool]:
    """Give the pixels for a room of so many CSS pixels, in L, RGB or RGBA; and whether the file has just these."""
    stored = Size(*opened.size)
    if opened.format in ("JPEG", "MPO"):
        orientation = _orientation(opened)
        upright = Size(stored.height, stored.width) if orientation in _TURNED else stored
        wanted = file_size(upright, room)
        across = wanted.height if orientation in _TURNED else wanted.width
        opened.draft(opened.mode, (across * _DRAFT, max(1, across * _DRAFT * stored.height // stored.width)))
    # Before its EXIF is asked for: a PNG's is read behind its pixels, and what is wrong with these would be lost.
    opened.load()
    # A TIFF has been turned by its reader, and says so now.
    orientation = _orientation(opened)
    size = Size(stored.height, stored.width) if orientation in _TURNED else stored
    wanted = file_size(size, room)
    image, is_converted = _in_srgb(_scaled(_turned(_workable(opened), orientation), wanted), opened.info)
    image.info = {}
    return image, size == wanted and orientation == 1 and not is_converted and opened.mode in _PLAIN


def _orientation(opened: "ImageFile") -> int:
    try:
        found = opened.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - a picture with a broken EXIF is shown as its pixels lie
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _workable(image: "Image") -> "Image":
    """Give the pixels in a mode that can be scaled: eight bits, no palette."""
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in _DEEP:
        return image.point(lambda value: value / 256).convert("L")
    if image.mode in _GREY:
        return image.convert("L")
    return image if image.mode in ("RGB", "CMYK") else image.convert("RGB")


def _turned(image: "Image", orientation: int) -> "Image":
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def _scaled(image: "Image", wanted: Size) -> "Image":
    from PIL.Image import Resampling

    size = (wanted.width, wanted.height)
    return image if image.size == size else image.resize(size, Resampling.LANCZOS, reducing_gap=3.0)


def _in_srgb(image: "Image", info: dict[str | tuple[int, int], object]) -> tuple["Image", bool]:
    """Give the pixels in sRGB, without an alpha that hides nothing, and whether their colours were others before."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha else image
    converted = _converted(colours, info.get("icc_profile"))
    colours = converted or (colours.convert("RGB") if colours.mode == "CMYK" else colours.copy())
    if alpha is not None and alpha.getextrema() != (255, 255):
        colours.putalpha(alpha)
    return colours, converted is not None


def _converted(image: "Image", profile: object) -> "Image | None":
    """Give the pixels out of the space that a profile describes; None where it says nothing of use."""
    if not isinstance(profile, bytes) or not profile:
        return None
    from PIL import ImageCms

    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = found.profile.xcolor_space.strip()
        if space != image.mode or "srgb" in ImageCms.getProfileDescription(found).lower():
            return None
        return ImageCms.profileToProfile(image, found, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
