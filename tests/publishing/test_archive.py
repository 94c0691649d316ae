"""The archive: only what was approved, the same bytes each time, nothing of a reader, nothing outside its folder."""

import json
import re
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from icalendar import Calendar
from lxml import etree, html
from PIL import Image

from rtesmail.delivery.approvals import approve
from rtesmail.model.edition import ApprovedAudience
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.publishing.relay import make_relay_kit
from rtesmail.rendering.edition import render_edition
from rtesmail.rendering.keeping import KEPT

from .conftest import APRIL, INVITATION, QUARTERLY, YES, Desk

BASE = "https://lettre.rtes.example/lettres/"
ARTICLE = "issues/snippets/articles/bloc-communal.md"


def _png(colour: bytes) -> bytes:
    """Give a picture of one dot."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        whole = kind + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" + colour)) + chunk(b"IEND", b"")


def _illustrate(desk: Desk, source: str = "dot.png", colour: bytes = b"\x0b\x6b\x5c") -> None:
    """Put a picture into the April issue."""
    (desk.root / ARTICLE).with_name("dot.png").write_bytes(_png(colour))
    desk.change(ARTICLE, "\n---\n", f'\nimage: {{src: "{source}", alt: Un point}}\n---\n')


def test_what_was_not_approved_is_not_published(desk: Desk) -> None:
    with pytest.raises(RefusedError, match="is not approved"):
        desk.publish()
    assert not desk.archive.exists()


def test_the_page_of_a_letter_for_some_lists_is_there_for_its_readers_and_nothing_leads_to_it(desk: Desk) -> None:
    desk.published()
    yes = {"by": "Ana Silva", "now": YES}
    issue = desk.issue(INVITATION)
    edition = render_edition(desk.workspace, issue)
    members = ApprovedAudience("membres")
    approve(desk.store, edition, audiences=[members], **yes)
    before = desk.bytes_of()
    published = desk.publish(INVITATION)
    assert published.audiences == (members,)
    page = published.page.read_text(encoding="utf-8")
    assert '<meta name="robots" content="noindex">' in page
    assert "atom+xml" not in page
    written = desk.bytes_of()
    assert {name for name in written if name.startswith(f"{INVITATION}/")} == set(written) - set(before)
    assert {name: content for name, content in written.items() if name in before} == before
    with pytest.raises(RefusedError, match="is approved for membres only") as refused:
        make_relay_kit(desk.workspace, desk.store, issue, folder=desk.archive / "relay")
    assert f'rtesmail approve {INVITATION} --by "Your name" --for-all' in refused.value.hint
    approve(desk.store, edition, audiences=[], **yes)
    assert desk.publish(INVITATION).audiences == ()
    assert "noindex" not in published.page.read_text(encoding="utf-8")
    for name in ("index.html", "feed.xml", "sitemap.xml"):
        assert INVITATION in (desk.archive / name).read_text(encoding="utf-8"), name


def test_an_archive_whose_only_letter_is_for_some_lists_names_it_nowhere(desk: Desk) -> None:
    desk.published()
    members = ApprovedAudience("membres")
    approve(desk.store, render_edition(desk.workspace, desk.issue()), audiences=[members], by="Ana Silva", now=YES)
    assert desk.publish().audiences == (members,)
    for name in ("index.html", "feed.xml", "sitemap.xml"):
        assert APRIL not in (desk.archive / name).read_text(encoding="utf-8"), name
    assert not (desk.archive / "calendar.ics").exists()
    feed = feedparser.parse((desk.archive / "feed.xml").read_bytes())
    assert not feed.bozo
    assert feed.entries == []
    assert feed.feed.updated == "2025-04-03T07:00:00Z"
    assert "Aucune lettre n’est ouverte à tout le monde" in (desk.archive / "index.html").read_text(encoding="utf-8")


def test_what_changed_after_the_yes_is_not_published_and_the_page_stays_as_it_was(desk: Desk) -> None:
    desk.published()
    before = desk.bytes_of()
    desk.change(f"issues/{APRIL}/issue.toml", "cinq rendez-vous", "six rendez-vous")
    with pytest.raises(RefusedError, match="has changed since Ana Silva"):
        desk.publish()
    assert desk.bytes_of() == before


def test_publishing_twice_gives_the_same_bytes_and_touches_no_file(desk: Desk) -> None:
    desk.published(INVITATION)
    desk.published()
    before = desk.bytes_of()
    times = {path: path.stat().st_mtime_ns for path in desk.archive.rglob("*")}
    desk.publish()
    assert desk.bytes_of() == before
    assert {path: path.stat().st_mtime_ns for path in desk.archive.rglob("*")} == times


def test_an_older_edition_stays_as_it_was_even_when_its_files_are_gone(desk: Desk) -> None:
    desk.published(INVITATION)
    before = desk.bytes_of(INVITATION)
    for path in (desk.root / "issues" / INVITATION).iterdir():
        path.unlink()
    desk.change("rtesmail.toml", "#0b6b5c", "#7a1f5c")
    published = desk.published()
    assert desk.bytes_of(INVITATION) == before
    assert published.editions == 2
    assert f'href="{INVITATION}/"' in (desk.archive / "index.html").read_text(encoding="utf-8")


def test_the_folder_alone_gives_the_same_index_feed_and_calendar_again(desk: Desk) -> None:
    desk.published(INVITATION)
    desk.published()
    before = desk.bytes_of()
    for name in ("index.html", "feed.xml", "sitemap.xml", "calendar.ics"):
        (desk.archive / name).unlink()
    desk.publish()
    assert desk.bytes_of() == before


def test_a_page_names_its_own_address_and_can_be_announced(desk: Desk) -> None:
    _illustrate(desk)
    published = desk.published()
    page = html.fromstring(published.page.read_bytes())
    assert published.address == f"{BASE}{APRIL}/"
    assert page.xpath("//link[@rel='canonical']/@href") == [published.address]
    (description,) = page.xpath("//meta[@name='description']/@content")
    assert description.startswith("Le 10\u00a0avril, en ligne")
    told = {meta.get("property"): meta.get("content") for meta in page.xpath("//meta[@property]")}
    assert told["og:title"].startswith("L’ESS au cœur du bloc communal")
    assert (told["og:url"], told["og:type"], told["og:locale"]) == (published.address, "article", "fr_FR")
    assert told["og:description"] == description
    (shown,) = page.xpath("//img/@src")
    assert told["og:image"] == published.address + shown
    assert (published.page.parent / shown).read_bytes() == _png(b"\x0b\x6b\x5c")
    assert (told["og:image:width"], told["og:image:height"], told["og:image:alt"]) == ("1", "1", "Un point")
    # A dot is nothing to fill a large frame with.
    assert page.xpath("//meta[@name='twitter:card']/@content") == ["summary"]
    assert not (published.page.parent / "card.png").exists()
    assert page.xpath("//link[@rel='alternate'][@type='application/atom+xml']/@href") == [f"{BASE}feed.xml"]


def test_a_page_without_a_picture_is_announced_by_a_card_with_its_title(desk: Desk) -> None:
    published = desk.published()
    page = html.fromstring(published.page.read_bytes())
    told = {meta.get("property"): meta.get("content") for meta in page.xpath("//meta[@property]")}
    assert told["og:image"] == f"{BASE}{APRIL}/card.png"
    with Image.open(published.page.with_name("card.png")) as card:
        assert card.size == (int(told["og:image:width"]), int(told["og:image:height"])) == (1200, 630)
    assert told["og:image:alt"].startswith(told["og:title"])
    assert told["og:image:alt"].endswith("La newsletter du RTES. Jeudi 3\u00a0avril 2025")
    assert page.xpath("//meta[@name='twitter:card']/@content") == ["summary_large_image"]


def test_a_card_is_drawn_again_when_what_stands_on_it_changes_and_only_then(desk: Desk) -> None:
    kept = desk.workspace.out / KEPT
    card = desk.published().page.with_name("card.png")
    before, drawn = card.read_bytes(), set(kept.iterdir())
    card.unlink()
    desk.publish()
    assert card.read_bytes() == before
    assert set(kept.iterdir()) == drawn
    seen = card.stat().st_mtime_ns
    desk.change(ARTICLE, "Ce numéro y revient", "Ce numéro en parle")
    desk.published()
    assert card.stat().st_mtime_ns == seen
    desk.change(f"issues/{APRIL}/issue.toml", "cinq rendez-vous", "six rendez-vous")
    desk.published()
    assert card.read_bytes() != before


def test_a_card_goes_when_the_letter_has_a_picture_of_its_own(desk: Desk) -> None:
    card = desk.published().page.with_name("card.png")
    assert card.exists()
    _illustrate(desk)
    desk.published()
    assert not card.exists()
    assert "card.png" not in card.with_name("index.html").read_text(encoding="utf-8")


def test_no_page_holds_a_personal_link_a_script_or_anything_from_elsewhere(desk: Desk) -> None:
    for issue_id in (APRIL, QUARTERLY, INVITATION):
        assert desk.published(issue_id).foreign_hosts == ()
    for name, content in desk.bytes_of().items():
        if name.endswith(".html"):
            text = content.decode()
            assert "@@" not in text, name
            assert not re.search(r"<script|\son\w+=|javascript:|@import|url\(", text), name
            assert not re.search(r"/[up]/[\w.-]{10}", text), name
            assert not re.search(r'<(?:img|iframe|link rel="(?:stylesheet|preload)")[^>]+https?://', text), name


def test_a_picture_from_elsewhere_is_told(desk: Desk) -> None:
    _illustrate(desk, "https://images.example.org/photo.jpg")
    assert desk.published().foreign_hosts == ("images.example.org",)


def test_the_page_holds_the_blocks_for_some_readers_too(desk: Desk) -> None:
    desk.change(
        "issues/snippets/agenda/2025-05-20-tressons.md", "kind: event", "kind: event\nonly_for: {regions: [Bretagne]}"
    )
    page = desk.published().page.read_text(encoding="utf-8")
    assert "TRESSONS" in page
    assert "Bretagne" not in page


def test_a_corrected_edition_leaves_no_file_of_the_earlier_one(desk: Desk) -> None:
    _illustrate(desk)
    desk.published()
    (first,) = (desk.archive / APRIL / "images").iterdir()
    (desk.root / ARTICLE).with_name("dot.png").write_bytes(_png(b"\xb5\x40\x1a"))
    desk.published(at=datetime(2025, 4, 8, 9, 30, tzinfo=UTC))
    (second,) = (desk.archive / APRIL / "images").iterdir()
    assert first.name != second.name
    entry = feedparser.parse((desk.archive / "feed.xml").read_bytes()).entries[0]
    assert (entry.published, entry.updated) == ("2025-04-03T07:00:00Z", "2025-04-08T09:30:00Z")


def test_the_feed_is_read_by_another_program(desk: Desk) -> None:
    for issue_id in (APRIL, QUARTERLY, INVITATION):
        desk.published(issue_id)
    feed = feedparser.parse((desk.archive / "feed.xml").read_bytes())
    assert not feed.bozo
    assert feed.version == "atom10"
    assert feed.feed.title == "Les lettres de RTES"
    assert {link.rel: link.href for link in feed.feed.links} == {"alternate": BASE, "self": f"{BASE}feed.xml"}
    assert [entry.link for entry in feed.entries] == [f"{BASE}{one}/" for one in (QUARTERLY, APRIL, INVITATION)]
    assert all(entry.id and entry.title and entry.summary and entry.published for entry in feed.entries)
    assert feed.feed.updated == max(entry.updated for entry in feed.entries)


def test_an_archive_that_moves_keeps_the_names_of_its_feed_entries(desk: Desk) -> None:
    desk.published()
    desk.publish(url="https://archives.example.org/")
    (entry,) = feedparser.parse((desk.archive / "feed.xml").read_bytes()).entries
    assert entry.id == f"{BASE}{APRIL}/"
    assert entry.link == f"https://archives.example.org/{APRIL}/"
    page = (desk.archive / APRIL / "index.html").read_text(encoding="utf-8")
    assert f"https://archives.example.org/{APRIL}/webinaire-commande-publique.ics" in page
    assert BASE not in page


def test_the_sitemap_lists_every_page_once(desk: Desk) -> None:
    desk.published(INVITATION)
    desk.published()
    addresses = etree.fromstring((desk.archive / "sitemap.xml").read_bytes()).xpath("//*[local-name()='loc']/text()")
    assert addresses == [BASE, f"{BASE}{APRIL}/", f"{BASE}{INVITATION}/"]


def test_one_calendar_has_each_date_once_as_the_newest_edition_says_it(desk: Desk) -> None:
    desk.published()
    desk.change("issues/snippets/agenda/2025-05-20-tressons.md", "title: ", "title: Reporté, ")
    desk.published(QUARTERLY)
    calendar = Calendar.from_ical((desk.archive / "calendar.ics").read_bytes())
    entries = {str(entry["uid"]): str(entry["summary"]) for entry in calendar.walk("VEVENT")}
    assert len(entries) == len(calendar.walk("VEVENT")) == 5
    assert next(text for uid, text in entries.items() if uid.startswith("cloture-tressons@")).startswith("Reporté, ")
    assert b"Report\xc3\xa9" not in (desk.archive / APRIL / "cloture-tressons.ics").read_bytes()


def test_every_link_of_the_index_leads_to_a_file(desk: Desk) -> None:
    desk.published(INVITATION)
    desk.published()
    page = html.fromstring((desk.archive / "index.html").read_bytes())
    assert page.xpath("//h2/text()")[:2] == ["2025", "2024"]
    for target in page.xpath("//a/@href"):
        if not re.match(r"https?:|mailto:|#", target):
            path = desk.archive / target
            assert (path / "index.html" if target.endswith("/") else path).is_file(), target


@pytest.mark.parametrize("name", ["index.html", "sitemap.xml", "feed.xml", f"{APRIL}/index.html"])
def test_a_page_of_somebody_else_is_never_written_over(desk: Desk, name: str) -> None:
    path = desk.archive / name
    path.parent.mkdir(parents=True)
    path.write_text("<h1>The town's own site</h1>")
    desk.approve()
    with pytest.raises(RefusedError, match="not made by this command"):
        desk.publish()
    assert list(desk.bytes_of()) == [name]


def test_a_link_that_leads_out_of_the_folder_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    desk.archive.mkdir()
    (desk.archive / APRIL).symlink_to(outside)
    _illustrate(desk)
    desk.approve()
    with pytest.raises(WorkspaceError, match="leads out of the folder"):
        desk.publish()
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("damage", ["", "{}", '{"format": 1, "files": ["../../x"]}', "[" * 5000])
def test_damaged_facts_stop_the_publication_and_say_where(desk: Desk, damage: str) -> None:
    desk.published(INVITATION)
    (desk.archive / INVITATION / "edition.json").write_text(damage)
    desk.approve()
    with pytest.raises(WorkspaceError, match=r"edition\.json is not as it was written"):
        desk.publish()
    assert not (desk.archive / APRIL).exists()


def test_facts_that_name_files_outside_are_refused(desk: Desk) -> None:
    desk.published()
    path = desk.archive / APRIL / "edition.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**facts, "files": [*facts["files"], "../../rtesmail.toml"]}), encoding="utf-8")
    with pytest.raises(WorkspaceError, match="not as it was written"):
        desk.publish()


def test_without_a_public_address_nothing_is_published(desk: Desk) -> None:
    desk.change("rtesmail.toml", 'public_url = "https://lettre.rtes.example"', 'public_url = ""')
    desk.approve()
    with pytest.raises(WorkspaceError, match="need the address") as refused:
        desk.publish()
    assert "--url" in refused.value.hint
    assert not desk.archive.exists()


@pytest.mark.parametrize("url", ["lettres", "ftp://example.org", "https://example.org/?a=1", 'https://a.example/"x'])
def test_an_address_that_is_none_is_refused(desk: Desk, url: str) -> None:
    desk.approve()
    with pytest.raises(WorkspaceError, match="is not an address"):
        desk.publish(url=url)


def test_letters_lead_to_the_archive_where_it_is_configured(desk: Desk) -> None:
    desk.change(
        "rtesmail.toml", "[theme]", '[publishing]\nurl = "https://archives.example.org/"\nfolder = "site"\n\n[theme]'
    )
    settings = desk.workspace.configuration.publishing
    assert settings.folder == desk.root / "site"
    assert desk.published().address == f"https://archives.example.org/{APRIL}/"
    kept = desk.store.execute("SELECT html FROM editions").fetchone()[0]
    assert f'href="https://archives.example.org/{APRIL}/"' in kept


def test_hosted_pictures_are_put_where_letters_find_them_for_ever(desk: Desk) -> None:
    desk.change("rtesmail.toml", "[theme]", f'[pictures]\ndelivery = "hosted"\nbase_url = "{BASE}images"\n\n[theme]')
    _illustrate(desk)
    edition = render_edition(desk.workspace, desk.issue())
    (first,) = html.fromstring(edition.html).xpath("//img/@src")
    assert first.startswith(f"{BASE}images/")
    published = desk.published()
    assert desk.bytes_of("images")[first.removeprefix(f"{BASE}images/")] == _png(b"\x0b\x6b\x5c")
    # The page has its own, so that the archive may move.
    assert published.foreign_hosts == ()
    (shown,) = html.fromstring(published.page.read_bytes()).xpath("//img/@src")
    assert (published.page.parent / shown).read_bytes() == _png(b"\x0b\x6b\x5c")
    _illustrate_anew(desk)
    desk.published(at=YES + timedelta(hours=1))
    assert len(desk.bytes_of("images")) == 2


def _illustrate_anew(desk: Desk) -> None:
    (desk.root / ARTICLE).with_name("dot.png").write_bytes(_png(b"\xb5\x40\x1a"))
