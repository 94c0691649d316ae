"""Which program gives the clipboard, and what a Mac makes of HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.content.clipboard import MACOS, WAYLAND, WINDOWS, X11, Reader, plain_html, reader_for


@pytest.mark.parametrize(
    ("platform", "environment", "reader"),
    [
        ("darwin", {}, MACOS),
        ("win32", {}, WINDOWS),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, WAYLAND),
        ("linux", {"DISPLAY": ":0"}, X11),
        ("linux", {"DISPLAY": ""}, None),
    ],
)
def test_each_desktop_is_asked_in_its_own_way(
    platform: str, environment: dict[str, str], reader: Reader | None
) -> None:
    assert reader_for(platform, environment) is reader


@given(st.binary())
def test_a_macs_html_comes_out_as_it_was_copied(html: bytes) -> None:
    assert plain_html(f"«data HTML{html.hex().upper()}»\n".encode()) == html


@given(st.text())
def test_other_clipboards_are_left_as_they_are(text: str) -> None:
    assert plain_html(f"<p>{text}</p>".encode("utf-8", "replace")) == f"<p>{text}</p>".encode("utf-8", "replace")
