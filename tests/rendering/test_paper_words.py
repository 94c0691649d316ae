"""Words on paper: what is raised, what is numbered, what no hyphen may cut."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.rendering.paper.words import Paper, typed
from rtesmail.rendering.views import Prose


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("1er juillet, 2e trimestre", "1<sup>er</sup> juillet, 2<sup>e</sup> trimestre"),
        ("XXe siècle, Ier, Ve", "XX<sup>e</sup> siècle, I<sup>er</sup>, V<sup>e</sup>"),
        ("Vers une Ire, 12h, n° 3", "Vers une Ire, 12h, n° 3"),
        ("les élu·e·s", 'les <span class="whole">élu·e·s</span>'),
        ("technicien.nes. Fin", '<span class="whole">technicien.nes</span>. Fin'),
        ("sur rtes.fr/adherer.", 'sur <span class="whole">rtes.fr/adherer</span>.'),
        ("à a.b@example.org,", 'à <span class="whole">a.b@example.org</span>,'),
        ("<b> & 'x'", "&lt;b&gt; &amp; &#x27;x&#x27;"),
    ],
)
def test_french_words_as_paper_wants_them(text: str, html: str) -> None:
    assert str(Paper("fr").words(text)) == html


def test_english_ordinals_stay_as_written() -> None:
    assert str(Paper("en").words("the 1er and 2e")) == "the 1er and 2e"


def test_links_are_numbered_once_each_and_shown_addresses_not_at_all() -> None:
    paper = Paper("fr")
    html = str(
        paper.prose(
            Prose(
                "[un *guide*](https://example.org/guide?a=1&b=2), <https://example.org>, "
                "[encore](https://example.org/guide?a=1&b=2), "
                "[écrire](mailto:a@example.org?subject=x), [example.org/x](https://example.org/x), `1er`",
                "fr",
            )
        )
    )
    assert re.findall(r'class="note"[^>]*>(\d)<', html) == ["1", "1", "2"]
    assert [(note.number, note.shown) for note in paper.notes] == [
        (1, "example.org/guide?a=1&b=2"),
        (2, "a@example.org"),
    ]
    assert ">un guide</a>" in html
    assert ">example.org</a>, <a href" in html
    assert "<code>1er</code>" in html
    # Assistive programs want a link without parts (PDF/UA-1, 7.18.5).
    assert not re.search(r"<a\b[^>]*>[^<]*<(?!/a>)", html)


def test_a_paragraph_does_not_end_with_half_a_word() -> None:
    html = str(Paper("fr").prose(Prose("De nombreux domaines d'activité.\n\n- un projet innovant ;", "fr")))
    assert '<span class="whole">activité</span>.</p>' in html
    assert '<span class="whole">innovant</span>\u202f;</li>' in html


def test_an_address_is_shown_as_one_types_it() -> None:
    assert typed("https://www.example.org/") == "www.example.org"
    assert typed("http://example.org/a/") == "example.org/a/"
    assert typed("mailto:a@example.org?subject=x") == "a@example.org"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=200))
def test_no_word_is_lost_or_added(text: str) -> None:
    html = str(Paper("fr").words(text))
    assert unescape(re.sub(r"</?(?:span|sup)(?: [^>]*)?>", "", html)) == text
