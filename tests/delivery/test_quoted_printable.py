"""Quoted-printable that can be cut where a value goes: it decodes to the value, in lines that no server alters."""

import quopri

from hypothesis import example, given
from hypothesis import strategies as st

from rtesmail.delivery.messages.quoted_printable import MOST_IN_LINE, as_it_is, encode_text, encode_value
from rtesmail.model.slots import Slot
from rtesmail.rendering.slots import encode_for_html, encode_for_text

VALUES = st.text(
    st.one_of(st.sampled_from("From .=@-_&<>'\"\té"), st.characters(exclude_categories=["Cs"], exclude_characters="\n"))
)


def check_lines(encoded: bytes) -> None:
    for line in encoded.split(b"\r\n"):
        assert len(line) <= MOST_IN_LINE
        assert line.isascii()
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))


@given(VALUES)
@example("." * 200)
@example("From here on")
@example("x" * 75 + " ")
def test_a_value_comes_back_as_it_was(value: str) -> None:
    encoded = encode_value(value)
    check_lines(encoded)
    assert encoded.endswith(b"=\r\n")
    assert quopri.decodestring(encoded.replace(b"\r\n", b"\n")).decode() == value


@given(st.text(st.sampled_from("abcXYZ019 .,:;/@_-+?!()%From<>&\"'=é\t"), max_size=80))
@example("Camille Exemple")
@example("https://lettre.rtes.example/u/12.YWJvbm5lcw.0123456789abcdefghijkl")
def test_the_short_way_for_ordinary_values_writes_what_the_long_way_writes(value: str) -> None:
    written = as_it_is(value)
    if not written:
        return
    check_lines(written)
    for encode in (encode_for_text, encode_for_html):
        assert encode_value(encode(Slot.NAME, value)) == written


def test_ordinary_names_and_links_take_the_short_way() -> None:
    assert as_it_is("Camille Exemple")
    assert as_it_is("camille@example.org")
    assert as_it_is("https://lettre.rtes.example/u/12.YWJvbm5lcw.0123456789abcdefghijkl")


@given(st.text(st.one_of(st.sampled_from("From .\n=é"), st.characters(exclude_categories=["Cs"]))))
def test_a_text_comes_back_line_by_line(text: str) -> None:
    encoded = encode_text(text)
    check_lines(encoded)
    assert quopri.decodestring(encoded.replace(b"\r\n", b"\n")).decode() == text
