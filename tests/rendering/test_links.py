"""Counted links: the same short address for every reader, which leads back to exactly where it led."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition
from rtesmail.model.errors import ContentError
from rtesmail.model.links import mark_of
from rtesmail.model.publication import Sender, Workspace
from rtesmail.rendering.build import build_issue
from rtesmail.rendering.edition import render_edition, render_web_version
from rtesmail.rendering.links import ascii_address, count_links, lead_directly

HOUSE = "https://lettre.rtes.example"
QUARTERLY = "2025-t2-trimestrielle"
SHORT = re.compile(rf"{re.escape(HOUSE)}/l/{QUARTERLY}/[0-9a-f]{{16}}")

HOSTS = st.sampled_from(["ville.example", "www.région.example", "a.example:8443", "xn--rgion-bsa.example"])
RESTS = st.text("aé/&?=%#+-_.~;'()@:,!*[]ßx2", max_size=30).map(lambda text: f"/{text}")
ADDRESSES = st.builds(lambda host, rest: f"https://{host}{rest}", HOSTS, RESTS)


def edition_of(html: str, text: str = "") -> Edition:
    return Edition(QUARTERLY, "trimestrielle", "fr", Sender("A", "a@b.example"), "S", "P", html, text)


def html_of(addresses: list[str]) -> str:
    root = etree.Element("p")
    for address in addresses:
        etree.SubElement(root, "a", href=address, title="a > b").text = "Read on"
    return str(etree.tostring(root, encoding="unicode", method="html"))


def hrefs(html: str) -> list[str]:
    return [str(a.get("href")) for a in etree.HTML(html).iter("a")]


@pytest.fixture(scope="session")
def plain(demo: Workspace) -> Issue:
    return load_issue(demo, QUARTERLY).issue


@pytest.fixture(scope="session")
def counting(plain: Issue) -> Issue:
    return replace(plain, publication=replace(plain.publication, count_links=True))


@given(st.lists(ADDRESSES, max_size=6))
def test_each_mark_leads_back_to_exactly_its_address(addresses: list[str]) -> None:
    plain = html_of(addresses)
    counted = count_links(edition_of(plain), HOUSE)
    address_of = {f"{HOUSE}/l/{QUARTERLY}/{link.mark}": link.address for link in counted.links}
    assert len(address_of) == len(counted.links)
    for before, after in zip(hrefs(plain), hrefs(counted.html), strict=True):
        assert address_of[after] == ascii_address(before)
        assert address_of[after].isascii()
        assert mark_of(address_of[after]) == after.rpartition("/")[2]


@given(st.lists(ADDRESSES, max_size=6))
def test_nothing_but_the_addresses_changes(addresses: list[str]) -> None:
    plain = html_of(addresses)
    counted = count_links(edition_of(plain), HOUSE).html
    assert re.sub('href="[^"]*"', "", plain) == re.sub('href="[^"]*"', "", counted)


@given(st.text(), st.text())
def test_whatever_a_letter_holds_it_can_be_counted(html: str, text: str) -> None:
    counted = count_links(edition_of(html, text), HOUSE)
    assert counted.html == html or counted.links


def test_an_address_keeps_what_its_site_reads() -> None:
    assert ascii_address("https://x.example/é?a=1&b=%20%C3#à") == "https://x.example/%C3%A9?a=1&b=%20%C3#%C3%A0"
    assert ascii_address("https://r%C3%A9gion.example/") == "https://xn--rgion-bsa.example/"
    for other in (
        "mailto:a@b.example",
        "tel:+33123456789",
        "https://user@x.example/",
        "@@unsubscribe_url@@",
        "https://",
    ):
        assert ascii_address(other) is None


@pytest.mark.parametrize(
    "link",
    [
        f'<a href="{HOUSE}/lettres/2025-04-mensuelle/">View in your browser</a>',
        f'<a href="{HOUSE}/lettres/2025-04-mensuelle/debate.ics">Calendar</a>',
        '<a href="mailto:a@b.example">Write to us</a>',
        '<a href="tel:+33123456789">Call us</a>',
        '<a href="@@unsubscribe_url@@">Unsubscribe</a>',
        '<a href="#agenda">Agenda</a>',
        '<a href="https://www.ville.example/">www.ville.example</a>',
    ],
)
def test_links_that_are_not_content_stay_as_they_are(link: str) -> None:
    assert count_links(edition_of(link), HOUSE).html == link


def test_the_text_follows_the_html_and_keeps_its_sentence() -> None:
    html = '<a href="https://a.example/x?a=1&amp;b=2">Read</a> <a href="https://a.example/x">Read</a>'
    text = "See (https://a.example/x?a=1&b=2), https://a.example/x. Not https://other.example/."
    counted = count_links(edition_of(html, text), HOUSE)
    long, short = hrefs(counted.html)
    assert counted.text == f"See ({long}), {short}. Not https://other.example/."
    assert lead_directly(counted, HOUSE).text == text
    assert lead_directly(counted, HOUSE).html == html


def test_in_a_whole_letter_every_content_link_is_short_and_all_readers_have_the_same(
    demo: Workspace, plain: Issue, counting: Issue
) -> None:
    off, on = render_edition(demo, plain), render_edition(demo, counting)
    assert not off.links
    assert "/l/" not in off.html + off.text
    assert on.links
    assert render_edition(demo, counting).digest == on.digest
    known = {link.mark for link in on.links}
    assert {url.rpartition("/")[2] for url in SHORT.findall(on.html)} == known
    assert SHORT.search(on.text)
    for href in hrefs(on.html):
        is_plain = urlsplit(href).scheme not in ("http", "https") or href.startswith(f"{HOUSE}/")
        assert is_plain or href == demo.configuration.identity.site
    assert "ouvertures de chaque lien" in " ".join(on.html.split())
    assert "ouvertures de chaque lien" not in off.html
    assert "ouvertures de chaque lien" in " ".join(on.text.split())


def test_the_web_version_keeps_plain_links_and_says_nothing_of_counting(
    demo: Workspace, plain: Issue, counting: Issue
) -> None:
    assert render_web_version(demo, counting) == render_web_version(demo, plain)


def test_without_public_pages_nothing_can_count(workspace: Workspace) -> None:
    path: Path = workspace.root / "rtesmail.toml"
    text = path.read_text(encoding="utf-8").replace(f'public_url = "{HOUSE}"', 'public_url = ""')
    path.write_text(text.replace("[publications.mensuelle]", "[publications.mensuelle]\ncount_links = true"))
    with pytest.raises(ContentError) as raised:
        load_workspace(workspace.root)
    assert [finding.hint for finding in raised.value.findings if "count_links" in finding.hint]


def test_what_a_build_leaves_to_open_leads_directly(workspace: Workspace, counting: Issue) -> None:
    edition = render_edition(workspace, counting)
    assert f"{HOUSE}/l/" in edition.html
    built = build_issue(workspace, counting, edition)
    shown = built.html.read_text(encoding="utf-8") + built.text.read_text(encoding="utf-8")
    assert "/l/2025" not in shown
    assert all(link.address in shown.replace("&amp;", "&") for link in edition.links)
