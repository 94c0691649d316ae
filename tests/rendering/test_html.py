"""From MJML to the HTML that is sent: nothing lost that a mail client needs, nothing fetched."""

import socket
from pathlib import Path

import pytest
from lxml import etree

from rtesmail.model.content import Issue
from rtesmail.model.publication import Workspace
from rtesmail.rendering.edition import render_edition
from rtesmail.rendering.html import compact, inline_css, mjml_to_html

PAGE = (
    "<mjml><mj-head><mj-style>{css}</mj-style></mj-head><mj-body><mj-section><mj-column>"
    "<mj-text>{text}</mj-text></mj-column></mj-section></mj-body></mjml>"
)


def convert(text: str = "a", css: str = "", inlined: str = "") -> str:
    return mjml_to_html(PAGE.format(text=text, css=css), inlined, language="fr", locate=Path)


def test_the_document_says_what_it_is() -> None:
    html = convert()
    assert html.startswith("<!DOCTYPE html>\n<html ")
    root = etree.HTML(html)
    assert (root.get("lang"), root.get("dir")) == ("fr", "ltr")
    assert html.endswith("</html>\n")


def test_dark_and_small_screens_survive_the_inliner() -> None:
    css = (
        "@media (prefers-color-scheme: dark) { .a { color: #ffffff !important; } } "
        "[data-ogsc] .a { color: #eeeeee !important; }"
    )
    html = convert('<p class="a">x</p>', css, ".a { color: #112233; }")
    assert "@media (prefers-color-scheme: dark){.a{color: #ffffff !important;}}" in html
    assert "[data-ogsc] .a{color: #eeeeee !important;}" in html
    assert '<p class="a" style="color:#112233">' in html
    assert "data-premailer" not in html
    assert "@media only screen and (min-width:480px)" in html


def test_outlook_keeps_its_own_comments() -> None:
    html = convert()
    assert html.count("<!--[if mso") >= 2
    assert html.count("<![endif]-->") == html.count("<!--[if")


def test_slots_and_addresses_pass_unaltered() -> None:
    html = convert(
        '<a href="@@unsubscribe_url@@">x</a><a href="https://example.org/?a=1&amp;b=é%20">y</a>'
        '<a href="cid:12@rtesmail">z</a>'
    )
    assert 'href="@@unsubscribe_url@@"' in html
    assert 'href="cid:12@rtesmail"' in html
    assert "?a=1&amp;b=" in html


@pytest.mark.parametrize(
    "words", ["à\u00a0venir\u202f!", "C:\\dossier", "e\u0301te\u0301", "un\u00adtrait", "l’« été » 🙂"]
)
def test_the_words_of_a_picture_are_those_that_were_written(words: str) -> None:
    html = convert(f'<p>{words}<img src="https://www.example.org/a.png" alt="{words}" title="b" /></p>')
    (image,) = etree.HTML(html).iter("img")
    assert image.get("alt") == words
    assert image.get("title") == "b"
    titled = PAGE.replace("<mj-head>", f"<mj-head><mj-title>{words}</mj-title>").format(text="a", css="")
    root = etree.HTML(mjml_to_html(titled, "", language="fr", locate=Path))
    assert root.findtext("head/title") == words
    assert root.xpath("//@aria-label") == [words]


def test_nothing_is_asked_of_the_network(monkeypatch: pytest.MonkeyPatch, demo: Workspace, april: Issue) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    html = inline_css(
        '<!DOCTYPE html><html><head><link rel="stylesheet" href="https://example.org/a.css"></head><body></body></html>',
        "",
    )
    assert "a.css" in html
    assert render_edition(demo, april).html


def test_spaces_shrink_and_words_stay() -> None:
    words = "<p>a\n     b\u00a0c\u202f!</p>   <pre>x\n   y</pre>"
    html = f"<html><body>\n\n   {words}<style>\n.a {{ color : red ; }}\n/* why */\n</style></body></html>"
    small = compact(html)
    assert "<p>a\nb\u00a0c\u202f!</p>" in small
    assert "<pre>x\n   y</pre>" in small
    assert "why" not in small
