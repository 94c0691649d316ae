"""Markdown becomes HTML without HTML of its own, and text that reads well without any mark."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from rtesmail.rendering.markdown import markdown_to_html, markdown_to_plain, markdown_to_text

LONG = "Le réseau rassemble des collectivités de tous les niveaux qui portent l'économie sociale et solidaire."


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("Un *mot* **fort** et `du code`.", "Un mot fort et du code."),
        ("une\nligne", "une ligne"),
        ("une  \nautre", "une\nautre"),
        ("- un\n- deux\n  - sous\n- trois", "- un\n- deux\n  - sous\n- trois"),
        ("- un\n\n- deux", "- un\n\n- deux"),
        ("9. neuf\n10. dix", " 9. neuf\n10. dix"),
        ("# Titre\n\nTexte", "Titre\n-----\n\nTexte"),
        ("> Une parole\n>\n> et sa suite", "> Une parole\n>\n> et sa suite"),
        ("[le site](https://www.rtes.fr/a)", "le site (https://www.rtes.fr/a)"),
        ("<https://www.rtes.fr/a>", "https://www.rtes.fr/a"),
        ("[www.rtes.fr](https://www.rtes.fr)", "https://www.rtes.fr"),
        ("[écrire](mailto:a@example.org)", "écrire (a@example.org)"),
        ("```\ncode ;\n```", "    code ;"),
        ("---", "* * *"),
    ],
)
def test_text_keeps_the_shape_and_drops_the_marks(markdown: str, text: str) -> None:
    assert markdown_to_text(markdown) == text


def test_lines_are_wrapped_and_hang_under_their_mark() -> None:
    lines = markdown_to_text(f"- {LONG}\n\n  - {LONG}").splitlines()
    assert max(map(len, lines)) <= 72
    assert lines[1].startswith("  ")
    assert markdown_to_text(LONG, width=40).count("\n") >= 2


def test_a_long_address_is_never_broken() -> None:
    url = "https://www.example.org/" + "a" * 90
    assert url in markdown_to_text(f"Voir [ici]({url}).").replace("\n", " ")


def test_html_in_markdown_is_text() -> None:
    html = markdown_to_html('<script>alert(1)</script> <img src=x onerror="a"> &lt;')
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "//evil.example", "JaVaScRiPt:x"],
)
def test_links_lead_to_the_web_or_to_a_mailbox_only(target: str) -> None:
    assert "<a" not in markdown_to_html(f"[mot]({target})")


def test_a_link_with_quotes_stays_in_its_attribute() -> None:
    html = markdown_to_html("[mot](https://example.org/\"onclick='x')")
    (link,) = etree.fromstring(f"<p>{html}</p>").iter("a") or [None]
    assert link is None or set(link.attrib) == {"href"}


def test_typography_crosses_emphasis_but_not_code_or_addresses() -> None:
    html = markdown_to_html('"Un *appel* à commun(s)" ; `a ;` <https://example.org/a;b?>', language="fr")
    assert "«\u00a0Un <em>appel</em> à commun(s)\u00a0»\u202f;" in html
    assert "<code>a ;</code>" in html
    assert ">https://example.org/a;b?</a>" in html


def test_headings_follow_the_title_above() -> None:
    assert markdown_to_html("# A\n\n## B\n\n##### C", heading_level=4) == "<h4>A</h4>\n<h5>B</h5>\n<h6>C</h6>"


def test_plain_words_stand_on_one_line() -> None:
    plain = markdown_to_plain("Une *phrase*\nsur deux lignes.\n\n- [Lien](https://example.org) !", language="fr")
    assert plain == "Une phrase sur deux lignes. Lien\u202f!"


@given(
    st.lists(st.sampled_from([*list("ab <>&\"'*_`#-+>[]()!\n\\1.é;:@{}%|~"), "\ue000", "@@email@@"]), max_size=80).map(
        "".join
    )
)
def test_any_markdown_gives_well_formed_html_and_text(markdown: str) -> None:
    etree.fromstring(f"<div>{markdown_to_html(markdown, language='fr')}</div>")
    markdown_to_text(markdown, language="fr")
    markdown_to_plain(markdown, language="fr")


def test_quotation_marks_around_emphasis_and_links_find_their_partners() -> None:
    html = markdown_to_html('Il dit "**oui** et "[non](https://www.example.org/)" après".', language="fr")
    assert re.sub("<[^>]+>", "", html).replace("\u00a0", "") == "Il dit «oui et «non» après»."
