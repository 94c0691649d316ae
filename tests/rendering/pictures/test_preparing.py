"""A picture of any make becomes one that mail clients show: upright, sharp, light, silent on its camera."""

import io
from collections.abc import Callable
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw

from rtesmail.content.pictures import media_type_of
from rtesmail.rendering.pictures.bare import is_see_through
from rtesmail.rendering.pictures.preparing import LARGEST_SOURCE, prepare_picture
from rtesmail.rendering.pictures.refusals import Refusal
from rtesmail.rendering.pictures.sizes import Size, file_size, shown_size, size_of

MOST = 200_000
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RED, BLUE = (200, 30, 30), (30, 30, 200)


def photograph(width: int, height: int) -> Image.Image:
    """Make pixels as a camera gives them: nowhere two of one colour side by side for long."""
    bands = [Image.effect_noise((width // 8, height // 8), 70).resize((width, height)) for _ in "rgb"]
    grain = Image.effect_noise((width, height), 20)
    return Image.blend(Image.merge("RGB", bands), Image.merge("RGB", [grain] * 3), 0.2)


def drawing(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Make a chart of a few colours."""
    image = Image.new(mode, (width, height), (255, 255, 255) if mode == "RGB" else (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    for number in range(6):
        draw.ellipse((number * width // 6, 10, (number + 1) * width // 6 - 5, height - 10), fill=RED)
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def prepared(content: bytes, room: int = 552) -> Image.Image:
    made = prepare_picture(content, room, most_bytes=MOST)
    assert isinstance(made, bytes), made
    image = Image.open(io.BytesIO(made))
    image.load()
    return image


@pytest.mark.parametrize(
    ("pixels", "shown", "file"),
    [
        ((6000, 4000), (552, 368), (1104, 736)),
        ((700, 350), (552, 276), (700, 350)),
        ((300, 100), (300, 100), (300, 100)),
        # An upright photograph does not fill a screen; a long drawing is read line by line.
        ((3000, 4000), (414, 552), (828, 1104)),
        ((1104, 3312), (552, 1656), (1104, 3312)),
        ((10_000, 1), (552, 1), (1104, 1)),
    ],
)
def test_a_picture_is_sharp_on_every_screen_and_never_larger_than_it_is(
    pixels: tuple[int, int], shown: tuple[int, int], file: tuple[int, int]
) -> None:
    assert shown_size(Size(*pixels)) == Size(*shown)
    assert file_size(Size(*pixels)) == Size(*file)
    # Who has the file only knows how to show it.
    assert shown_size(Size(*file)) == Size(*shown)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP"])
def test_a_photograph_of_any_make_becomes_a_light_jpeg(kind: str) -> None:
    source = saved(photograph(1600, 1000), kind)
    image = prepared(source)
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (1104, 690))
    made = prepare_picture(source, most_bytes=MOST)
    assert isinstance(made, bytes)
    assert len(made) <= MOST
    assert made == prepare_picture(source, most_bytes=MOST)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "WEBP"])
def test_a_drawing_stays_sharp_in_a_png_of_few_colours(kind: str) -> None:
    image = prepared(saved(drawing(1800, 600), kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert (image.format, image.mode, image.size) == ("PNG", "P", (1104, 368))
    assert max(abs(a - b) for a, b in zip(image.convert("RGB").getpixel((90, 180)), RED, strict=True)) <= 3


def test_what_is_transparent_stays_so() -> None:
    source = saved(drawing(1800, 600, "RGBA"), "PNG")
    image = prepared(source)
    assert (image.format, image.size) == ("PNG", (1104, 368))
    assert image.convert("RGBA").getpixel((0, 0))[3] == 0
    assert image.convert("RGBA").getpixel((90, 180))[3] > 250
    made = prepare_picture(source, most_bytes=MOST)
    assert isinstance(made, bytes)
    assert is_see_through(made)
    # An alpha that hides nothing is none.
    assert prepared(saved(photograph(400, 300).convert("RGBA"), "PNG")).format == "JPEG"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_photograph_stands_as_the_camera_was_held(orientation: int, kind: str) -> None:
    upright = Image.new("RGB", (64, 32), BLUE)
    upright.paste(RED, (0, 0, 16, 16))
    # How a camera stores it: turned back by what its orientation will turn (Exif 2.32, 4.6.4).
    stored = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    turned = upright.transpose(stored[orientation]) if orientation in stored else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = prepared(saved(turned, kind, exif=exif, **({"quality": 95} if kind in ("JPEG", "WEBP") else {})))
    assert image.size == (64, 32)
    corner, far = image.convert("RGB").getpixel((5, 5)), image.convert("RGB").getpixel((50, 25))
    assert corner[0] > 150 > corner[2]
    assert far[2] > 150 > far[0]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("width", [400, 2000])
def test_nobody_learns_where_and_with_what_a_picture_was_taken(kind: str, width: int) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    options: dict[str, object] = {"exif": exif, "icc_profile": SRGB}
    if kind == "JPEG":
        options |= {"comment": b"SecretWords", "xmp": b"<x>SecretPlace</x>"}
    source = saved(photograph(width, 300), kind, **options) + b"SecretFilm"
    assert b"Secret" in source
    made = prepare_picture(source, most_bytes=MOST)
    assert isinstance(made, bytes)
    assert b"Secret" not in made
    image = Image.open(io.BytesIO(made))
    assert not image.getexif()
    assert not {"exif", "icc_profile", "xmp", "comment"} & set(image.info)


def test_colours_of_another_space_are_those_that_the_photographer_saw() -> None:
    # A space of our own, where what is called red is blue.
    swapped = SRGB.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    swapped = swapped.replace("sRGB".encode("utf-16-be"), "Lamp".encode("utf-16-be"))
    for kind in ("PNG", "JPEG", "WEBP"):
        for mode in ("RGB", "RGBA") if kind != "JPEG" else ("RGB",):
            for profile, expected in ((SRGB, RED), (swapped, BLUE)):
                flat = Image.new(mode, (40, 40), (*RED, 99) if mode == "RGBA" else RED)
                pixel = prepared(saved(flat, kind, icc_profile=profile)).convert(mode).getpixel((9, 9))
                assert max(abs(a - b) for a, b in zip(pixel, expected, strict=False)) <= 4
                assert mode == "RGB" or pixel[3] == 99


def test_inks_and_deep_greys_become_what_a_screen_shows() -> None:
    inks = prepared(saved(Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "TIFF"))
    assert inks.convert("RGB").getpixel((9, 9))[0] > 200
    assert prepared(saved(Image.new("I;16", (40, 40), 32768), "PNG")).convert("L").getpixel((9, 9)) == 128


@pytest.mark.parametrize(
    "content",
    [
        saved(photograph(1104, 700), "JPEG", quality=70, optimize=True, progressive=True),
        saved(drawing(900, 300).quantize(8), "PNG", optimize=True),
        saved(drawing(600, 300).quantize(8), "GIF"),
    ],
    ids=["jpeg", "png", "gif"],
)
def test_what_is_right_does_not_become_heavier(content: bytes) -> None:
    made = prepare_picture(content, most_bytes=MOST)
    assert isinstance(made, bytes)
    assert len(made) <= len(content)
    assert made == prepare_picture(made, most_bytes=MOST)
    if media_type_of(content) == "image/jpeg":
        assert made == content


def test_a_moving_picture_is_left_alone() -> None:
    frames = [drawing(200, 100), drawing(200, 100).rotate(180)]
    film = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=200)
    assert prepare_picture(film, most_bytes=MOST) == film


def test_a_few_bytes_that_unfold_into_gigabytes_are_refused() -> None:
    bomb = bytearray(saved(Image.new("1", (64, 64)), "PNG"))
    for width in (20_000, 2**31 - 1):
        bomb[16:24] = width.to_bytes(4) + width.to_bytes(4)
        bomb[29:33] = crc32(bytes(bomb[12:29])).to_bytes(4)
        refused = prepare_picture(bytes(bomb), most_bytes=MOST)
        assert isinstance(refused, Refusal)
        assert "80 million pixels" in refused.about("a.png")
    assert isinstance(prepare_picture(bytes(LARGEST_SOURCE + 1), most_bytes=MOST), Refusal)


_SAMPLES = {
    kind: saved(make(60, 40), kind)
    for kind, make in (("JPEG", photograph), ("PNG", drawing), ("GIF", drawing), ("WEBP", photograph))
} | {"TIFF": saved(photograph(60, 40), "TIFF"), "AVIF": saved(photograph(60, 40), "AVIF")}


def _judged(content: bytes) -> None:
    """Hold a result against the promise: a picture that opens, or words with something to do."""
    made = prepare_picture(content, most_bytes=MOST)
    if isinstance(made, Refusal):
        assert made.hint
        assert "{" not in made.about("a.png")
        return
    assert media_type_of(made)
    assert size_of(made)
    Image.open(io.BytesIO(made)).load()


@given(st.binary(max_size=400))
@settings(max_examples=80)
def test_any_bytes_are_shown_or_refused_in_words(content: bytes) -> None:
    _judged(content)
    for start in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"%PDF-1.4\n"):
        _judged(start + content)


@given(st.sampled_from(sorted(_SAMPLES)), st.data())
@settings(max_examples=150)
def test_a_damaged_picture_is_shown_or_refused_in_words(kind: str, data: st.DataObject) -> None:
    content = bytearray(_SAMPLES[kind])
    place: Callable[[], int] = lambda: data.draw(st.integers(0, len(content) - 1))  # noqa: E731
    for _ in range(data.draw(st.integers(1, 6))):
        content[place()] = data.draw(st.integers(0, 255))
    _judged(bytes(content[: place() + 1] if data.draw(st.booleans()) else content))


def test_a_picture_is_never_sent_half_shown() -> None:
    broken = bytearray(_SAMPLES["PNG"])
    place = broken.index(b"IDAT") + 43
    for value in range(256):
        broken[place] = value
        _judged(bytes(broken))
