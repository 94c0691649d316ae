"""The relay kit: approved, whole, without a personal link, ready to paste."""

import io
import re
from itertools import pairwise

import pytest
from lxml import html
from PIL import Image

from rtesmail.content.kinds import KINDS
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.publishing.plain_page import headlines, plain_article
from rtesmail.publishing.relay import RelayKit, make_relay_kit

from .conftest import APRIL, INVITATION, QUARTERLY, Desk

ALLOWED = {
    "article",
    "section",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "a",
    "ul",
    "ol",
    "li",
    "strong",
    "em",
    "blockquote",
    "img",
    "br",
    "code",
    "pre",
    "hr",
}


def _kit(desk: Desk, issue_id: str = APRIL, url: str = "") -> RelayKit:
    return make_relay_kit(desk.workspace, desk.store, desk.issue(issue_id), folder=desk.archive, url=url)


def _text(desk: Desk, name: str) -> str:
    return desk.bytes_of()[name].decode()


def test_what_was_not_approved_is_not_relayed(desk: Desk) -> None:
    with pytest.raises(RefusedError, match="is not approved"):
        _kit(desk)
    assert not desk.archive.exists()


def test_the_kit_of_every_demo_issue_is_whole(desk: Desk) -> None:
    for issue_id in (APRIL, QUARTERLY, INVITATION):
        desk.approve(issue_id)
        kit = _kit(desk, issue_id)
        files = desk.bytes_of()
        assert set(files) == set(kit.files)
        assert len(_text(desk, "short.txt")) <= 280
        assert len(_text(desk, "long.txt")) <= 1000
        assert Image.open(io.BytesIO(files["card.png"])).size == (1200, 630)
        for name in ("short.txt", "long.txt", "page.html", "index.html"):
            text = files[name].decode()
            assert kit.address in text
            assert "@@" not in text
            assert not re.search(r"utm_|[?&](?:id|token|email)=|<script|/[up]/[\w.-]{10}", text), name


def test_a_kit_made_twice_has_the_same_bytes(desk: Desk) -> None:
    desk.approve()
    _kit(desk)
    before = desk.bytes_of()
    _kit(desk)
    assert desk.bytes_of() == before


def test_the_page_to_paste_is_semantic_and_brings_no_look_of_its_own(desk: Desk) -> None:
    desk.approve()
    kit = _kit(desk)
    (article,) = html.fromstring(desk.bytes_of()["page.html"]).xpath("//article")
    assert {element.tag for element in article.iter()} <= ALLOWED
    assert not article.xpath(".//@style | .//@class | .//@id | .//@onclick")
    levels = [int(element.tag[1]) for element in article.iter() if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 2
    assert all(after - before <= 1 for before, after in pairwise(levels))
    headed = [snippet for snippet in desk.issue().snippets if snippet.kind not in ("quote", "figure")]
    assert len(article.xpath(".//h4")) == len(headed)
    assert len(article.xpath(".//blockquote")) == sum(s.kind == "quote" for s in desk.issue().snippets)
    assert article.xpath(".//a/@href")[-1] == kit.address


def test_every_kind_of_snippet_can_be_pasted(desk: Desk) -> None:
    from msgspec.structs import replace

    from rtesmail.content.bundled import bundled_root
    from rtesmail.content.snippets import read_snippet
    from rtesmail.model.content import Section

    issue = desk.issue()
    for kind in KINDS:
        path = bundled_root() / "templates" / "snippets" / f"{kind}.sample.md"
        snippet = read_snippet(path, bundled_root()).snippet
        assert snippet is not None
        alone = replace(issue, sections=(Section(issue.sections[0].rule, (snippet,)),))
        written = plain_article(desk.workspace, alone, title="Titre", description="", address="https://a.example/x/")
        assert html.fromstring(written).tag == "article", kind
        assert len(headlines(desk.workspace, alone)) <= 1


def test_what_somebody_wrote_is_text_and_never_code(desk: Desk) -> None:
    desk.change(f"issues/{APRIL}/issue.toml", 'subject = "', 'subject = \'<script>alert(1)</script> & "L"\' # "')
    desk.approve()
    _kit(desk)
    for name in ("page.html", "index.html"):
        assert "<script" not in _text(desk, name)
        assert "&lt;script&gt;" in _text(desk, name)


def test_a_picture_is_shown_from_where_the_letter_is_published(desk: Desk) -> None:
    article = "issues/snippets/articles/bloc-communal.md"
    card = io.BytesIO()
    Image.new("RGB", (40, 20)).save(card, "PNG")
    (desk.root / article).with_name("photo.png").write_bytes(card.getvalue())
    desk.change(article, "\n---\n", "\nimage: {src: photo.png, alt: Une mairie}\n---\n")
    desk.approve()
    kit = _kit(desk, url="https://archives.example.org")
    (picture,) = html.fromstring(desk.bytes_of()["page.html"]).xpath("//img")
    assert picture.get("alt") == "Une mairie"
    name = picture.get("src").removeprefix(kit.address)
    published = desk.root.parent / "published"
    desk.archive = published
    desk.publish(url="https://archives.example.org")
    assert (published / APRIL / name).read_bytes() == card.getvalue()


def test_a_kit_is_never_written_over_the_archive_nor_the_archive_over_a_kit(desk: Desk) -> None:
    desk.published()
    before = desk.bytes_of()
    with pytest.raises(RefusedError, match="not made by this command"):
        _kit(desk)
    assert desk.bytes_of() == before
    desk.archive = desk.root.parent / "kit"
    _kit(desk)
    with pytest.raises(RefusedError, match="not made by this command"):
        desk.publish()


def test_an_address_too_long_for_a_post_writes_nothing(desk: Desk) -> None:
    desk.approve()
    with pytest.raises(WorkspaceError, match="too long"):
        _kit(desk, url="https://example.org/" + "a" * 220)
    assert not desk.archive.exists()
