"""A guide's first page becomes its cover."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rtesmail.rendering.pictures.preparing import prepare_picture
from rtesmail.rendering.pictures.refusals import Refusal

MOST = 200_000
A4 = (595, 842)


def pdf(*pages: str, size: tuple[float, float] = A4, extra: str = "", trailer: str = "") -> bytes:
    """Write a PDF whose pages hold these drawing operators (ISO 32000-1, 8.5); `extra` goes into each page."""
    count = len(pages)
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(count))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {count} >>"]
    for number, drawn in enumerate(pages):
        box = f"/MediaBox [0 0 {size[0]} {size[1]}]"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} /Contents {4 + 2 * number} 0 R {extra} >>")
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    written, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(written)
    written += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n"
    return f"{written}<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()


GREEN_HEAD = "0 0.5 0.4 rg 0 742 595 100 re f"
LOCKED = "/Encrypt << /Filter /Standard /V 1 /R 2 /O <{0}> /U <{0}> /P -4 >> /ID [<00> <00>]".format("11" * 32)


def cover(content: bytes, room: int = 138) -> Image.Image:
    made = prepare_picture(content, room, most_bytes=MOST)
    assert isinstance(made, bytes), made
    assert made == prepare_picture(content, room, most_bytes=MOST)
    return Image.open(io.BytesIO(made)).convert("RGB")


def test_the_first_page_is_drawn_on_white_and_sharp() -> None:
    image = cover(pdf(GREEN_HEAD, "1 0 0 rg 0 0 595 842 re f"))
    assert image.size == (276, 391)
    head, paper = image.getpixel((138, 10)), image.getpixel((138, 300))
    assert max(abs(a - b) for a, b in zip(head, (0, 128, 102), strict=True)) <= 4
    assert min(paper) >= 250


def test_a_page_that_lies_on_its_side_is_turned_and_one_of_another_shape_keeps_it() -> None:
    assert cover(pdf(GREEN_HEAD, extra="/Rotate 90")).size == (276, 195)
    assert cover(pdf(GREEN_HEAD, size=(600, 600))).size == (276, 276)
    # As wide as the column, an upright page is no higher than that.
    assert cover(pdf(GREEN_HEAD), 552).size == (780, 1104)


def test_a_poster_as_large_as_a_house_costs_no_more_than_a_page() -> None:
    assert cover(pdf("0 g 0 0 9 9 re f", size=(14_400, 14_400))).size == (276, 276)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pdf(GREEN_HEAD, trailer=LOCKED), "locked with a password"),
        (pdf(), "no first page"),
        (b"%PDF-1.7\n", "no first page"),
        (pdf(GREEN_HEAD)[:200], "no first page"),
        (pdf(GREEN_HEAD, size=(10, 9000)), "no first page"),
    ],
    ids=["locked", "no page", "nothing", "cut off", "a thread"],
)
def test_a_pdf_without_a_page_to_show_is_refused_in_words(content: bytes, words: str) -> None:
    refused = prepare_picture(content, 138, most_bytes=MOST)
    assert isinstance(refused, Refusal)
    assert words in refused.about("guide.pdf")
    assert refused.hint


def test_several_covers_at_once_are_those_that_come_alone() -> None:
    pages = [pdf(f"0 0.{number} 0.4 rg 0 {number * 100} 595 100 re f") for number in range(1, 8)]
    alone = [prepare_picture(page, 138, most_bytes=MOST) for page in pages]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda page: prepare_picture(page, 138, most_bytes=MOST), pages * 3)) == alone * 3


@given(st.data())
@settings(max_examples=60)
def test_a_damaged_pdf_is_drawn_or_refused_in_words(data: st.DataObject) -> None:
    content = bytearray(pdf(GREEN_HEAD))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    made = prepare_picture(bytes(content), 138, most_bytes=MOST)
    assert isinstance(made, bytes) or made.about("guide.pdf")
