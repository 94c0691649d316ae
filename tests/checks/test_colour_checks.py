"""What readers see can be read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.checks.colours import contrast, read_colour, shown
from rtesmail.checks.registry import run_checks
from rtesmail.checks.rendered import dark_overlay, shown_texts
from rtesmail.checks.subject import parse_html
from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Workspace
from rtesmail.rendering.edition import render_edition

Findings = tuple[Finding, ...]


def told(findings: Findings) -> list[tuple[str, str]]:
    return [(finding.check, finding.severity.value) for finding in findings]


@pytest.mark.parametrize(
    "piece",
    [
        '<p style="color:#777777">Sommaire</p>',
        '<p style="color:#777">Sommaire</p>',
        '<p style="color:gray;color:RGB(119, 119, 119)">Sommaire</p>',
        '<font color="#777777">Sommaire</font>',
        '<font color="777777">Sommaire</font>',
        '<p style="color:#777 !important">Sommaire</p>',
        '<p style="color:tomato">Sommaire</p>',
        '<p style="color:hsl(0, 0%, 60%)">Sommaire</p>',
        '<div style="background:lightblue"><p style="color:#fff">Sommaire</p></div>',
        '<p style="color:rgba(0,0,0,.4)">Sommaire</p>',
        '<table role="presentation" bgcolor="#0b6b5c"><tr><td>Sommaire</td></tr></table>',
        '<div style="background:#0b6b5c"><p><b>Sommaire</b></p></div>',
        '<div style="background-color:#0b6b5c"><div style="background:transparent">Sommaire</div></div>',
        '<div style="color:#fff"><p style="background-color:#ffffff">Sommaire</p></div>',
        '<div style="color:#fff">x<b style="color:black"></b>Sommaire</div>',
        '<img src="https://www.example.org/a.png" alt="Une place" style="color:#eee">',
    ],
)
def test_pale_text_is_an_error_wherever_its_colours_come_from(
    check_html: Callable[[str], Findings], piece: str
) -> None:
    assert told(check_html(piece)) == [("contrast", "error")]


@pytest.mark.parametrize(
    "piece",
    [
        '<p style="color:#767676">Sommaire</p>',
        '<div style="background:#0b6b5c;color:#fff">Sommaire</div>',
        '<div style="color:#eee"><p style="color:#000">Sommaire</p></div>',
        '<p style="display:none;color:#fff">Sommaire</p>',
        '<p hidden style="color:#fff">Sommaire</p>',
        '<p style="color:#fff">\u200c \u034f&nbsp;</p>',
        '<p style="color:#fff;background-image:url(https://www.example.org/a.png)">Sommaire</p>',
        '<p style="color:inherit">Sommaire</p>',
    ],
)
def test_what_stands_out_or_is_not_seen_passes(check_html: Callable[[str], Findings], piece: str) -> None:
    assert "contrast" not in {finding.check for finding in check_html(piece)}


DARK = "<style>@media (prefers-color-scheme:dark){%s}</style>"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("body{background:#111111 !important} p,h2,a,img{color:#eeeeee !important}", []),
        ("body{background:#111111 !important} p,h2,a,img{color:#333333 !important}", [("contrast", "error")]),
        # Without !important the colour on the element stays.
        ("p{color:#ffffff}", []),
        ("p{color:#eee !important} p.x{color:#000 !important} p{color:#eee !important}", []),
        ("p.x{color:#eee !important} body p.x{color:#000 !important}", []),
        ("/* } */ p{color:#eee !important}", [("contrast", "error")]),
        ("p{color:#eee ! important}", [("contrast", "error")]),
        ("p{color:#EEE !IMPORTANT}", [("contrast", "error")]),
        ("p::first-letter{color:#eee !important}", []),
        ("p:broken(((){color:#eee !important}", []),
    ],
)
def test_the_dark_theme_is_laid_over_what_stands_on_the_elements(
    workspace: Workspace, issue: Issue, edition: Edition, rules: str, expected: list[tuple[str, str]]
) -> None:
    html = edition.html.replace("</head>", DARK % rules + "</head>").replace("<p>", '<p class="x" style="color:#000">')
    assert told(run_checks(workspace, issue, replace(edition, html=html))) == expected


def test_what_an_element_insists_on_is_under_no_dark_theme(check_html: Callable[[str], Findings]) -> None:
    insisting = '<p class="x" style="color:#000 !important">Sommaire</p>'
    assert told(check_html(DARK % "p.x{color:#eee !important}" + insisting)) == []
    pale = '<p class="x" style="color:#eee !important">Sommaire</p>'
    assert told(check_html(DARK % "p.x{color:#000 !important}" + pale)) == [("contrast", "error")] * 2


def test_a_short_font_says_its_size(check_html: Callable[[str], Findings]) -> None:
    assert told(check_html('<p style="font:italic 10px/14px Arial">Sommaire</p>')) == [("text-size", "warning")]


def test_pale_words_are_traced_to_their_line(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    html = edition.html.replace("</body>", '<p style="color:#ddd">Troisième\u00a0ligne.</p></body>')
    text = edition.text + "Troisième ligne."
    (found,) = run_checks(workspace, issue, replace(edition, html=html, text=text))
    assert found.place == "issues/snippets/nouvelle.md:12"
    assert "#dddddd on #ffffff" in found.message


@pytest.mark.parametrize("size", ["13px", "13.9px", "9pt", "80%", ".8em", "0.8rem", "x-small"])
def test_small_text_is_a_warning(check_html: Callable[[str], Findings], size: str) -> None:
    assert ("text-size", "warning") in told(check_html(f'<p style="font-size:{size}">Sommaire</p>'))


@pytest.mark.parametrize(
    "piece",
    [
        '<p style="font-size:14px">Sommaire</p>',
        '<td style="font-size:0px"><p style="font-size:16px">Sommaire</p></td>',
        '<p style="font-size:0">&nbsp;</p>',
        '<div style="font-size:20px"><p style="font-size:80%">Sommaire</p></div>',
        '<p style="font-size:larger">Sommaire</p>',
    ],
)
def test_text_of_an_ordinary_size_passes(check_html: Callable[[str], Findings], piece: str) -> None:
    assert check_html(piece) == ()


def test_the_shipped_letter_is_really_measured_in_the_dark(demo_workspace: Path) -> None:
    workspace = load_workspace(demo_workspace)
    edition = render_edition(workspace, load_issue(workspace, "2025-04-mensuelle").issue)
    document = parse_html(edition.html)
    dark = workspace.configuration.theme.dark
    texts = list(shown_texts(document, dark_overlay(document)))
    assert len(texts) > 100
    assert {shown(text.ground) for text in texts if text.ground} >= {dark["ground"], dark["paper"], dark["accent"]}
    assert {shown(text.colour) for text in texts} >= {dark["ink"], dark["accent"], dark["date"], dark["meta"]}


@given(st.integers(0, 0xFFFFFF), st.integers(0, 0xFFFFFF))
def test_contrast_is_the_same_both_ways_and_a_colour_reads_back(one: int, other: int) -> None:
    first, second = (read_colour(f"#{number:06x}", (0, 0, 0)) for number in (one, other))
    assert first is not None
    assert second is not None
    assert shown(first) == f"#{one:06x}"
    assert 1 <= contrast(first, second) == contrast(second, first) <= 21


@given(st.text(alphabet="#rgba(),.0123456789%/ transparent", max_size=24))
def test_no_colour_breaks_the_computation(written: str) -> None:
    read_colour(written, (255, 255, 255))
    read_colour(f"rgba(1,2,3,{written})", (255, 255, 255))
    list(shown_texts(parse_html(f'<p style="font-size:{written}px;color:{written}">Un</p>')))
