"""The public pages in rtesmail.toml: what they need is asked for before anybody subscribes in vain."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from rtesmail.content.workspace import load_workspace
from rtesmail.model.errors import ContentError
from rtesmail.model.publication import TransportKind
from rtesmail.model.serving import OpenList, ServerSettings

OPEN = '[server.lists.demo]\ntitle = "La lettre"'


def written(root: Path, *lines: str) -> Path:
    settings = root / "rtesmail.toml"
    text = settings.read_text(encoding="utf-8")
    assert "[server" not in text
    settings.write_text(text + "\n".join(("", *lines, "")), encoding="utf-8")
    return root


def told(root: Path) -> str:
    with pytest.raises(ContentError) as caught:
        load_workspace(root)
    return " ".join(f"{one.message} {one.hint}" for one in caught.value.findings)


def test_without_the_table_nothing_is_open_and_only_this_machine_is_trusted(root: Path) -> None:
    server = load_workspace(written(root)).configuration.server
    assert server == ServerSettings()
    assert server.trusted_proxies == (ip_network("127.0.0.1/32"), ip_network("::1/128"))
    assert not server.keep_ip


def test_what_is_written_is_read(root: Path) -> None:
    lines = (
        "[server]",
        'consent = "Oui."',
        'trusted_proxies = ["10.0.0.0/8"]',
        "keep_ip = true",
        "[server.hooks.brevo]",
        'secret_file = "lists/brevo.key"',
    )
    server = load_workspace(written(root, *lines)).configuration.server
    assert (server.consent, server.keep_ip) == ("Oui.", True)
    assert server.trusted_proxies == (ip_network("10.0.0.0/8"),)
    assert server.hooks[TransportKind.BREVO].secret_file == root / "lists" / "brevo.key"
    assert server.lists == ()


def test_an_open_list_needs_a_way_to_ask_for_confirmation(root: Path) -> None:
    words = told(written(root, OPEN))
    assert "sender is missing" in words
    assert "transport is missing" in words
    assert OpenList("demo", "La lettre").description == ""


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (('[server]\ntrusted_proxies = ["proxy"]',), "'proxy' is not the address of a machine"),
        (('[server]\ntrusted_proxies = ["10.0.0.1/8"]',), "is not the address of a machine"),
        (("[server]\nkeep_ips = true",), "keep_ip"),
        (('[server.hooks.bravo]\nsecret_env = "A"',), "brevo"),
        (("[server.hooks.smtp]",), "There is no provider 'smtp'"),
        (("[server.hooks.brevo]",), "RTESMAIL_BREVO_HOOK"),
        (('[server.hooks.brevo]\nsecret = "s3cret"',), "A secret must not stand in this file"),
        (('[server.hooks.brevo]\nsecret_env = "s3cret of ours"',), "not the secret"),
        (("[server.lists.demo]",), "title is missing"),
        (('server = "yes"\n[identities]',), "should be a table"),
    ],
)
def test_a_mistake_is_named(root: Path, lines: tuple[str, ...], words: str) -> None:
    path = written(root) / "rtesmail.toml"
    text = path.read_text(encoding="utf-8")
    # A key of the top stands before every table.
    top = lines[0].startswith("server =")
    path.write_text(f"{lines[0].splitlines()[0]}\n{text}" if top else "\n".join((text, *lines)), encoding="utf-8")
    found = told(root)
    assert words in found
    assert "s3cret" not in found
