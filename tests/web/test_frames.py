"""The copies of an edition that frames show."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.web.frames import (
    Scheme,
    frame_policy,
    hide_images,
    open_links_outside,
    prepare_frame,
    show_images,
    switch_scheme,
)

PAGE = """<!doctype html><html><head><style>
.a { color: #111111; }
@media (prefers-color-scheme: dark) { .a { color: #eeeeee; } }
@media only screen and (prefers-color-scheme:dark) and (max-width: 480px) { .a { padding: 0px; } }
@media (prefers-color-scheme: light) { .a { margin: 0px; } }
</style><style media="(prefers-color-scheme: dark)">.b { color: #dddddd; }</style></head>
<body><p>Write (prefers-color-scheme: dark) in your CSS.</p></body></html>"""


def test_dark_colours_show_whatever_the_machine_asks_for() -> None:
    shown = switch_scheme(PAGE, Scheme.DARK)
    assert "@media (min-width: 0px) { .a { color: #eeeeee; } }" in shown
    assert "only screen and (min-width: 0px) and (max-width: 480px)" in shown
    assert "@media (max-width: 0px) { .a { margin: 0px; } }" in shown
    assert 'media="(min-width: 0px)"' in shown


def test_light_colours_show_on_a_dark_machine() -> None:
    shown = switch_scheme(PAGE, Scheme.LIGHT)
    assert "@media (max-width: 0px) { .a { color: #eeeeee; } }" in shown
    assert "@media (min-width: 0px) { .a { margin: 0px; } }" in shown
    assert "color-scheme: only light" in shown


@pytest.mark.parametrize("scheme", list(Scheme))
def test_words_about_colour_schemes_stay_as_written(scheme: Scheme) -> None:
    assert "<p>Write (prefers-color-scheme: dark) in your CSS.</p>" in switch_scheme(PAGE, scheme)


def test_carried_pictures_are_served_by_the_preview() -> None:
    html = '<img src="cid:cover-1"><td style="background:url(cid:ground)"><p>cid:cover-1</p>'
    shown = show_images(html, lambda content_id: f"/images/{content_id}")
    assert shown == '<img src="/images/cover-1"><td style="background:url(/images/ground)"><p>cid:cover-1</p>'


def test_without_images_only_their_words_are_left() -> None:
    html = '<img width="9" src="https://example.org/a.png" alt="A > B"><img alt=\'C\' src=\'cid:x\' srcset="y 2x"/>'
    assert hide_images(html) == '<img width="9" alt="A > B"><img alt=\'C\'/>'


def test_links_leave_the_frame_and_contents_lines_do_not() -> None:
    html = (
        '<a href="https://example.org/">x</a><a href="#agenda">y</a><a target="_self" href="https://example.org/">z</a>'
    )
    shown = open_links_outside(html)
    assert '<a target="_blank" rel="noopener" href="https://example.org/">x</a>' in shown
    assert '<a href="#agenda">y</a>' in shown
    assert '<a target="_self" href' in shown


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def read_tags(html: str) -> _Tags:
    tags = _Tags()
    tags.feed(html)
    tags.close()
    return tags


attribute_text = st.text(
    st.characters(codec="utf-8", exclude_characters='"<&\r\n', exclude_categories=("Cs", "Cc")), max_size=12
)


@given(alts=st.lists(attribute_text, max_size=4), words=attribute_text)
def test_frames_keep_every_tag_and_word(alts: list[str], words: str) -> None:
    linked = [f'<a href="https://example.org/{i}"><img src="cid:i{i}" alt="{alt}"></a>' for i, alt in enumerate(alts)]
    html = f"<html><head></head><body>{''.join(linked)}<p>{words.replace('>', '')}</p></body></html>"
    before = read_tags(html)
    for with_images in (True, False):
        shown = prepare_frame(html, Scheme.DARK, with_images=with_images, image_url=lambda name: f"/i/{name}")
        after = read_tags(shown)
        assert [tag for tag, _attributes in after.seen if tag != "style"] == [tag for tag, _attributes in before.seen]
        assert after.words.endswith(before.words)
        images = [attributes for tag, attributes in after.seen if tag == "img"]
        assert [image["alt"] for image in images] == alts
        assert all(("src" in image) is with_images for image in images)


def test_a_frame_never_runs_scripts() -> None:
    for with_images in (True, False):
        policy = frame_policy(with_images=with_images)
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "allow-scripts" not in policy
        assert " sandbox " in policy
