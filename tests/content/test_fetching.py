"""Feeds are fetched within limits, and no site leads into the house's own network."""

import gzip
import socket
import tracemalloc
from urllib.parse import urlsplit

import pytest
import requests

from rtesmail.content.feeds.fetching import LARGEST, MOST_REDIRECTS, fetch, user_agent
from rtesmail.content.foreign_sites import PrivateAddressError, guard, guarded_adapter, is_private_place
from rtesmail.model.errors import StoppedError


def test_what_staff_configured_is_fetched_also_on_this_machine(site) -> None:
    address = site.put("/feed", b"<rss/>", Content_Type="application/rss+xml", ETag='"a"', Last_Modified="Thu")
    found = fetch(address, site="https://www.maison.example")
    assert (found.content, found.media_type) == (b"<rss/>", "application/rss+xml")
    assert (found.etag, found.modified, found.address) == ('"a"', "Thu", address)
    _path, headers = site.asked[0]
    assert headers["User-Agent"].startswith("rtesmail/")
    assert headers["User-Agent"].endswith("(+https://www.maison.example)")


def test_a_feed_that_has_not_changed_is_not_sent_again(site) -> None:
    address = site.put("/feed", b"<rss/>", ETag='"a"')
    assert fetch(address, etag='"a"').content is None
    assert fetch(address, etag='"b"').content == b"<rss/>"


def test_redirects_are_followed_to_where_the_feed_is(site) -> None:
    target = site.put("/new/feed", b"<rss/>")
    site.put("/old", b"", 301, Location="/new/feed")
    found = fetch(f"{site.address}/old")
    assert (found.content, found.address) == (b"<rss/>", target)


def test_of_a_page_that_sends_on_nothing_is_read(site) -> None:
    site.put("/feed", b"<rss/>")
    address = site.put("/old", b"a" * 64_000_000, 302, Location="/feed")
    tracemalloc.start()
    try:
        assert fetch(address).content == b"<rss/>"
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_redirects_without_end_end(site) -> None:
    address = site.put("/a", b"", 302, Location="/a")
    with pytest.raises(StoppedError, match="without end"):
        fetch(address)
    assert len(site.asked) == MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    "inside", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://10.0.0.1/", "http://[::1]/"]
)
def test_a_public_site_cannot_lead_into_the_own_network(site, inside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site stands in for a proxy, and so for a site of the internet."""
    monkeypatch.setenv("http_proxy", site.address)
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    secret = inside.format(port=urlsplit(site.address).port)
    site.put("/", b"secret")
    address = site.put("http://actus.maison.example/feed", b"", 302, Location=secret)
    with pytest.raises(StoppedError, match="private network"):
        fetch(address)
    assert [path for path, _headers in site.asked] == ["http://actus.maison.example/feed"]


def test_a_site_of_the_own_network_leads_to_no_other_machine_there(site) -> None:
    site.put("/feed", b"<rss/>")
    beside = site.address.replace("127.0.0.1", "localhost")
    address = site.put("/old", b"", 302, Location=f"{beside}/feed")
    with pytest.raises(StoppedError, match="private network"):
        fetch(address)
    assert [path for path, _headers in site.asked] == ["/old"]


def test_a_public_name_of_a_private_machine_is_found_out_before_anything_is_asked(site) -> None:
    with requests.Session() as session:
        session.mount("http://", guarded_adapter())
        with pytest.raises(PrivateAddressError):
            session.get(f"{site.address}/feed", timeout=10)
    assert site.asked == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_private_machine_is_not_even_connected_to(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, requests.Session() as session:
        guard(session)
        with pytest.raises(PrivateAddressError):
            session.get(f"{scheme}://localhost:{listener.getsockname()[1]}/feed", timeout=10)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[", "//maison.example/\x1b[2J"])
def test_a_redirect_to_what_is_no_web_address_is_not_followed(site, location: str) -> None:
    address = site.put("/feed", b"", 302, Location=location)
    with pytest.raises(StoppedError, match="cannot be read"):
        fetch(address)


@pytest.mark.parametrize(
    ("status", "words"), [(404, "no such page"), (403, "to a program"), (500, "fault of its own"), (400, "refuses")]
)
def test_a_refusal_is_said_with_what_to_do(site, status: int, words: str) -> None:
    address = site.put("/feed", b"", status)
    with pytest.raises(StoppedError, match=words) as caught:
        fetch(address)
    assert caught.value.hint


def test_a_feed_without_end_is_not_read_to_its_end(site) -> None:
    address = site.put("/feed", b"a" * (LARGEST + 1))
    with pytest.raises(StoppedError, match="too large"):
        fetch(address)


def test_a_feed_that_unfolds_without_end_is_not_unfolded(site) -> None:
    address = site.put("/feed", gzip.compress(b"a" * (LARGEST * 4)), Content_Encoding="gzip")
    with pytest.raises(StoppedError, match="too large"):
        fetch(address)


def test_a_closed_port_and_a_false_name_are_said(site) -> None:
    address = site.address
    site.close()
    with pytest.raises(StoppedError, match="no site answers"):
        fetch(f"{address}/feed")


def test_own_places_are_told_by_name_and_by_number() -> None:
    for address in ("http://127.0.0.1/", "http://intranet/", "http://192.168.1.2/f", "http://nas.local/"):
        assert is_private_place(address)
    assert not is_private_place("http://93.184.215.14/")


def test_no_site_breaks_the_line_that_says_who_asks() -> None:
    assert "\n" not in user_agent("https://x.example/\nX: y")
    assert user_agent("https://é.example") == user_agent("")
