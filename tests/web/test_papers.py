"""A paper that is kept: whole in one file, and nothing in it is markup but its own."""

from rtesmail.model.publication import Theme
from rtesmail.web.papers import Paper, PaperTable, paper_page

HOSTILE = "</style><script>alert(1)</script>\"'"
THEME = Theme({"ink": "#1d2b2a", "paper": "#ffffff"}, {}, "Georgia, 'Times New Roman', serif", f"{HOSTILE}, sans-serif")


def test_no_text_becomes_markup() -> None:
    table = PaperTable(HOSTILE, (HOSTILE, HOSTILE), ((HOSTILE, HOSTILE),), right=(1,), has_sum=True)
    page = paper_page(Paper(HOSTILE, HOSTILE, ((HOSTILE, HOSTILE),), (table,), (HOSTILE,), "0" * 64), THEME)
    assert "<script" not in page
    assert page.count("</style>") == 1
    assert page.count("&lt;script&gt;") == 13
    assert "Georgia, &#39;Times New Roman&#39;, serif" in page


def test_a_paper_needs_no_other_file() -> None:
    page = paper_page(Paper("House", "Title", (("a", "b"),), (), ("End.",)), THEME)
    assert not [word for word in ("src=", "href=", "url(", "@import") if word in page]
