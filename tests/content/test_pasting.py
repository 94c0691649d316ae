"""What people paste keeps its words and its shape, and nothing that runs, follows the reader or surprises."""

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtesmail.content.html_reading import blocks_to_markdown, read_html
from rtesmail.content.link_cleaning import clean_link
from rtesmail.content.markdown_runs import BREAK, Run, plain_signs, runs_to_markdown
from rtesmail.content.pasting import read_pasted
from rtesmail.model.errors import RtesmailError, WorkspaceError
from rtesmail.rendering.markdown import markdown_to_html

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20

WORD = """Version:0.9\r\nStartHTML:0000000100\r\n
<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><title>Sans nom</title>
<!--[if gte mso 9]><xml><w:WordDocument>Normal</w:WordDocument></xml><![endif]-->
<style>p.MsoNormal {mso-style-parent:""; margin:0cm}</style></head><body lang=FR>
<h1>L&rsquo;ESS en actes<o:p></o:p></h1>
<p class=MsoNormal style='mso-margin-top-alt:auto'>Un texte<b>&nbsp;gras </b>et <i style='mso-bidi-font-style:normal'>
penché</i>&nbsp;: «&nbsp;bon&nbsp;».<o:p>&nbsp;</o:p></p>
<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt'>&nbsp;&nbsp; </span></span></span>
<![endif]>Premier</p>
<p class=MsoListParagraph style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>1.</span>Dedans</p>
<h2>La suite</h2>
<p>Voir <a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.example.org%2Fa%3Futm_source%3Dx%26id%3D3&amp;data=05">la
page</a>.</p>
<table><tr><th>Ville</th><th>Date</th></tr><tr><td>Brumeval</td><td>mai</td></tr></table>
</body></html>"""


def markdown(html: str) -> str:
    return blocks_to_markdown(read_html(html).blocks)


def docx(document: str, **parts: bytes | str) -> bytes:
    """A Word file with these parts beside its document."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            "[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        )
        file.writestr("word/document.xml", f"<w:document {space}><w:body>{document}</w:body></w:document>")
        for name, content in parts.items():
            file.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return written.getvalue()


def test_words_own_markup_goes_and_shape_stays() -> None:
    pasted = read_pasted(WORD.encode(), "lettre.html")
    assert pasted.title == "L'ESS en actes"
    assert pasted.body == "\n".join(
        [
            "Un texte **gras** et *penché* : « bon ».",
            "",
            "- Premier",
            "   1. Dedans",
            "",
            "# La suite",
            "",
            "Voir [la page](https://www.example.org/a?id=3).",
            "",
            "- **Ville** · **Date**",
            "- Brumeval · mai",
        ]
    )
    assert "<li>Premier" in markdown_to_html(pasted.body)


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://www.example.org/?utm_source=a&id=1&fbclid=2&mc_cid=3", "https://www.example.org/?id=1"),
        ("https://www.example.org/#xtor=EPR-1", "https://www.example.org/"),
        ("https://www.example.org/?q=a%20b#partie", "https://www.example.org/?q=a%20b#partie"),
        ("https://www.google.com/url?q=https://www.example.org/x&sa=D", "https://www.example.org/x"),
        (
            "https://urldefense.proofpoint.com/v2/url?u=https-3A__www.example.org_a-2Db&d=D",
            "https://www.example.org/a-b",
        ),
        ("https://urldefense.com/v3/__https://www.example.org/a*b__;Iw!!x$", "https://www.example.org/a#b"),
        (
            "https://antiphishing.vadesecure.com/v4?f=a1&i=b2&k=c3&r=d4&s=e5&u=https%3A%2F%2Fwww.example.org%2Fa%3Fid%3D3",
            "https://www.example.org/a?id=3",
        ),
        (
            "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fwww.example.org%2fa&c=E,1",
            "https://www.example.org/a",
        ),
        (
            "https://www.youtube.com/watch?v=abc&q=https://www.example.org",
            "https://www.youtube.com/watch?v=abc&q=https://www.example.org",
        ),
        ("https://www.example.org/?_gl=1*a*b&srsltid=x&p=4", "https://www.example.org/?p=4"),
        (" https://www.example.org/Mes documents/a.pdf\n", "https://www.example.org/Mes%20documents/a.pdf"),
        ("https://www.google.com/url?q=https://www.example.org/a%20b", "https://www.example.org/a%20b"),
        ("https://www.example.org/long\n   -chemin", "https://www.example.org/long-chemin"),
        ("mailto:lettre@maison.example", "mailto:lettre@maison.example"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,<script>", ""),
        ("https://eur01.safelinks.protection.outlook.com/?url=javascript:alert(1)", ""),
        ("/page", ""),
        ("http://[", ""),
    ],
)
def test_a_link_is_what_its_author_meant(url: str, clean: str) -> None:
    assert clean_link(url) == clean


@given(st.text())
def test_no_link_makes_the_cleaner_stumble(url: str) -> None:
    for wrapped in (url, f"https://urldefense.com/v3/__{url}__;{url}!!", f"https://x.example/?{url}"):
        assert clean_link(wrapped).startswith(("http", "mailto:")) or not clean_link(wrapped)


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<script>alert(1)</script></p>",
        "<p>a<a href='javascript:alert(1)'>b</a></p>",
        "<p>a<iframe src='https://x.example/alert'></iframe></p>",
        "<p onclick='alert(1)'>a</p>",
        "<p>a<span style='display:none'>alert</span></p>",
        "<p>a</p><svg><text>alert</text></svg>",
        "<p>a<img src='https://x.example/alert.gif' width=1></p>",
    ],
)
def test_nothing_dangerous_or_hidden_survives(html: str) -> None:
    assert "alert" not in markdown(html)


def test_typed_markup_stays_typed_words() -> None:
    text = "# un *titre* [x](https://x.example) <b> &copy; `c` snake_case _u_"
    html = markdown_to_html(runs_to_markdown([Run(text)]))
    assert "<h" not in html
    assert "<a" not in html
    assert "<em>" not in html
    assert "snake_case _u_" in html
    assert "&amp;copy;" in html


def test_a_look_that_markdown_cannot_say_leaves_no_stars() -> None:
    written = runs_to_markdown([Run("a)", is_bold=True), Run("b")])
    assert "*" not in markdown_to_html(written)


RUNS = st.builds(
    Run,
    st.one_of(st.text(alphabet="ab é*_[]()#-+1.>`~=&;:!\\<|'\"", max_size=12), st.just(BREAK)),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "https://www.example.org/a_(b)"]),
)


@settings(max_examples=400)
@given(st.lists(RUNS, max_size=6))
def test_any_words_in_any_look_are_read_back_as_the_same_words(runs: list[Run]) -> None:
    from lxml.html import fromstring

    written = runs_to_markdown(runs)
    shown = fromstring(f"<div>{markdown_to_html(written)}</div>").text_content()
    words = "".join(plain_signs(run.text) for run in runs)
    assert "".join(shown.split()) == "".join(words.split())


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_no_bytes_make_it_stumble(content: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"<p>", b"MIME-Version: 1.0\nContent-Type: ", docx("<w:p/>")[:200]):
        with suppress(RtesmailError):
            read_pasted(start + content, "x")


def test_a_word_file_keeps_headings_lists_and_says_its_title() -> None:
    style = '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>'
    styles = (
        '<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>'
    )
    content = docx(
        f"<w:p>{style}<w:r><w:t>Le titre</w:t></w:r></w:p><w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Gras</w:t></w:r></w:p>",
        word__styles_xml=styles,
    )
    pasted = read_pasted(content, "a.docx")
    assert (pasted.title, pasted.body) == ("Le titre", "**Gras**")


def test_a_bomb_is_refused_before_it_unfolds() -> None:
    bomb = docx("<w:p/>", word__media__a="0" * 70_000_000)
    assert len(bomb) < 200_000
    with pytest.raises(WorkspaceError, match="too large"):
        read_pasted(bomb, "a.docx")
    entities = docx("", word__styles_xml='<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(WorkspaceError, match="cannot be read as a Word file"):
        read_pasted(entities, "a.docx")


def test_pictures_that_came_along_are_taken_out_and_others_are_counted() -> None:
    import base64

    inside = "data:image/png;base64," + base64.b64encode(PNG).decode()
    pasted = read_pasted(
        f"<p>Mot<img src='{inside}' alt='Une place'><img src='https://x.example/p.gif'></p>".encode(), "a.html"
    )
    assert [(picture.name, picture.content, picture.alt) for picture in pasted.pictures] == [
        ("image-1.png", PNG, "Une place")
    ]
    assert pasted.left_out == 1


def test_words_that_word_made_up_for_a_picture_are_not_taken_for_a_persons() -> None:
    import base64

    inside = "data:image/png;base64," + base64.b64encode(PNG).decode()
    alt = "Une image contenant texte&#10;&#10;Description générée automatiquement"
    (picture,) = read_pasted(f"<p>Mot<img src='{inside}' alt='{alt}'>".encode(), "a.html").pictures
    assert picture.alt == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_accents_survive_the_usual_encodings(encoding: str) -> None:
    assert read_pasted("<p>Élue à Brumeval</p>".encode(encoding), "a.html").body == "Élue à Brumeval"


def test_a_mail_saved_as_a_file_gives_its_text_its_subject_and_its_pictures() -> None:
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["Received"] = "from a.example by b.example; Mon, 6 Jan 2025 10:00:00 +0100"
    mail["Subject"] = "TR: RE : Un texte pour l'été"
    mail.set_content("Bonjour")
    mail.add_alternative("<p>Bonjour à <b>toutes</b> et tous</p><img src='cid:i1@x' alt='Une place'>", subtype="html")
    (_plain, html) = mail.iter_parts()
    html.add_related(PNG, "image", "png", cid="<i1@x>")  # type: ignore[attr-defined]  # an EmailMessage, says the policy
    pasted = read_pasted(mail.as_bytes(), "mail.eml")
    assert (pasted.title, pasted.body) == ("Un texte pour l'été", "Bonjour à **toutes** et tous")
    assert [(picture.content, picture.alt) for picture in pasted.pictures] == [(PNG, "Une place")]
    plain = b"MIME-Version: 1.0\nSubject: Essai\nContent-Type: text/plain; charset=inconnu\n\nLundi : oui\n"
    assert read_pasted(plain, "mail.eml").body == "Lundi : oui"
    assert read_pasted(b"Titre: a\nLieu: b\n\nTexte", "-").body == "Titre: a Lieu: b\n\nTexte"


def test_a_page_saved_in_one_file_gives_its_pictures() -> None:
    import base64

    head = "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n"
    page = "--x\nContent-Location: file:///C:/A/lettre.htm\nContent-Type: text/html\n\n<p>Mot<img src='f/i.png'>\n"
    picture = (
        "--x\nContent-Location: file:///C:/A/f/i.png\nContent-Transfer-Encoding: base64\nContent-Type: image/png\n\n"
    )
    pasted = read_pasted(f"{head}{page}{picture}{base64.b64encode(PNG).decode()}\n--x--\n".encode(), "a.mht")
    assert (pasted.body, [picture.content for picture in pasted.pictures]) == ("Mot", [PNG])


@pytest.mark.parametrize(
    "content", [b"{\\rtf1 Mot}", b"%PDF-1.7\n<p>Mot</p>", b"\xd0\xcf\x11\xe0" + bytes(range(256)) * 9, PNG * 9]
)
def test_what_is_no_text_is_refused_instead_of_read_as_signs(content: bytes) -> None:
    with pytest.raises(WorkspaceError, match="neither a Word file"):
        read_pasted(content, "a.docx")


def test_plain_text_keeps_paragraphs_and_bullets() -> None:
    assert read_pasted("Un < deux\n\n• a\n• b".encode(), "-").body == "Un \\< deux\n\n- a\n- b"


def test_nesting_without_end_is_read_or_refused_in_words() -> None:
    assert "fin" in read_pasted(("<div><b>" * 100 + "fin").encode(), "a.html").body
    with pytest.raises(WorkspaceError, match="no text"):
        read_pasted(("<div><b>" * 5000 + "fin").encode(), "a.html")


def test_a_table_in_a_word_file_keeps_the_words_of_its_cells() -> None:
    def cell(*paragraphs: str) -> str:
        return f"<w:tc>{''.join(f'<w:p><w:r><w:t>{words}</w:t></w:r></w:p>' for words in paragraphs)}</w:tc>"

    rows = (cell("Ville") + cell("Date"), cell("Brumeval", "(Orne)") + cell("mai"))
    pasted = read_pasted(docx(f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"), "a.docx")
    assert pasted.body == "- Ville · Date\n- Brumeval (Orne) · mai"


def test_a_table_keeps_its_caption() -> None:
    html = "<table><caption>Les chiffres</caption><tr><td>a<td>b</tr><tr><td>c<td>d</tr></table>"
    assert markdown(html) == "Les chiffres\n\n- a · b\n- c · d"


def test_the_title_of_a_word_file_is_the_drafts_and_notes_have_no_arrows() -> None:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    styles = (
        f'<w:styles {space}><w:style w:type="paragraph" w:styleId="Titre"><w:name w:val="Title"/></w:style></w:styles>'
    )
    note = '<w:footnote w:id="1"><w:p><w:r><w:t>Loi de 2014.</w:t></w:r></w:p></w:footnote>'
    content = docx(
        '<w:p><w:pPr><w:pStyle w:val="Titre"/></w:pPr><w:r><w:t>Le titre</w:t></w:r></w:p>'
        '<w:p><w:r><w:t>Texte</w:t></w:r><w:r><w:footnoteReference w:id="1"/></w:r></w:p>',
        word__styles_xml=styles,
        word__footnotes_xml=f"<w:footnotes {space}>{note}</w:footnotes>",
    )
    pasted = read_pasted(content, "a.docx")
    assert (pasted.title, pasted.body) == ("Le titre", "Texte\\[1\\]\n\n1. Loi de 2014.")
    assert read_pasted(b"<p class='MsoTitle'>Le titre<p>Mot", "a.html").title == "Le titre"


def test_what_was_taken_out_while_changes_were_tracked_stays_out() -> None:
    assert markdown("<p>Le <del>vieux</del><ins>nouveau</ins> texte</p>") == "Le nouveau texte"


def test_a_list_goes_on_counting_after_a_paragraph() -> None:
    html = "<ol><li>a<li>b</ol><p>Puis</p><ol start='3'><li>c<li value='7'>d</ol><ol start='x'><li>e</ol>"
    assert markdown(html) == "1. a\n2. b\n\nPuis\n\n3. c\n7. d\n1. e"


def test_an_item_of_several_paragraphs_is_one_and_what_is_inside_an_item_stays_inside() -> None:
    html = "<ol start='9'><li>a<li><p>b</p><p>c</p><ul><li>d</ul><li>e</ol>"
    written = markdown(html)
    assert written == "9. a\n10. b\\\n    c\n    - d\n11. e"
    shown = markdown_to_html(written)
    assert (shown.count("<ol"), shown.count("<ul"), shown.count("<li>")) == (1, 1, 4)


def test_a_senders_address_does_not_make_a_page_of_plain_text() -> None:
    pasted = read_pasted("Paul <p.durand@mairie.example> a écrit :\n\nBonjour".encode(), "-")
    assert pasted.body == "Paul \\<p.durand@mairie.example> a écrit :\n\nBonjour"


def test_a_list_typed_with_dashes_or_numbers_stays_a_list() -> None:
    typed = "Au programme :\n- un\n- deux, et\nla suite\n* trois\n\n– quatre\n1) cinq\n2) six"
    assert read_pasted(typed.encode(), "-").body == (
        "Au programme :\n\n- un\n- deux, et la suite\n- trois\n- quatre\n\n1\\) cinq\n\n2\\) six"
    )


TAGS = [
    "p",
    "div",
    "ul",
    "ol",
    "li",
    "table",
    "caption",
    "tr",
    "td",
    "th",
    "h2",
    "b",
    "pre",
    "dl",
    "blockquote",
    "small",
]
TREES = st.recursive(
    st.just(" mot "),
    lambda inside: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", st.sampled_from(TAGS), st.lists(inside, max_size=3)
    ),
    max_leaves=20,
)


@settings(max_examples=200)
@given(TREES)
def test_no_word_is_lost_wherever_it_stands(tree: str) -> None:
    assert markdown(f"<div>{tree}</div>").count("mot") == tree.count("mot")
