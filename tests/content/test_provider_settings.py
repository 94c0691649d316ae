"""Providers in rtesmail.toml: what they need, and no key where it could be seen."""

from pathlib import Path

import pytest

from rtesmail.content.workspace import load_workspace
from rtesmail.model.errors import ContentError
from rtesmail.model.publication import TransportKind


def add(root: Path, *lines: str) -> None:
    settings = root / "rtesmail.toml"
    table = "\n".join(("", "[transports.envois]", *lines, ""))
    settings.write_text(settings.read_text(encoding="utf-8") + table, encoding="utf-8")


def told(root: Path) -> str:
    with pytest.raises(ContentError) as caught:
        load_workspace(root)
    return " ".join(f"{one.message} {one.hint}" for one in caught.value.findings)


def test_a_provider_needs_a_key_alone(root: Path) -> None:
    add(root, 'kind = "postmark"', 'password_env = "POSTMARK_KEY"', 'stream = "lettres"')
    settings = load_workspace(root).configuration.transports["envois"]
    assert (settings.kind, settings.stream, settings.api_url) == (TransportKind.POSTMARK, "lettres", "")


@pytest.mark.parametrize("kind", ["brevo", "postmark", "mailgun"])
def test_a_missing_key_is_asked_for(root: Path, kind: str) -> None:
    add(root, f'kind = "{kind}"')
    assert f"RTESMAIL_{kind.upper()}_KEY" in told(root)


def test_mailjet_needs_its_public_key_too(root: Path) -> None:
    add(root, 'kind = "mailjet"', 'password_env = "MAILJET_KEY"')
    assert "username" in told(root)


def test_scaleway_needs_its_project(root: Path) -> None:
    add(root, 'kind = "scaleway"', 'password_env = "SCALEWAY_KEY"')
    assert "ID of its project, as username" in told(root)


def test_mailjets_public_key_is_no_password_in_clear(root: Path) -> None:
    add(root, 'kind = "mailjet"', 'username = "public"', 'password_env = "MAILJET_KEY"', 'host = "mail.example.org"')
    assert load_workspace(root).configuration.transports["envois"].username == "public"


def test_amazon_may_take_its_keys_from_the_machine(root: Path) -> None:
    add(root, 'kind = "ses"', 'region = "eu-west-3"', 'stream = "lettres"')
    settings = load_workspace(root).configuration.transports["envois"]
    assert (settings.kind, settings.region, settings.stream) == (TransportKind.SES, "eu-west-3", "lettres")


def test_amazons_secret_key_needs_its_access_key(root: Path) -> None:
    add(root, 'kind = "ses"', 'region = "eu-west-3"', 'password_env = "AWS_KEY"')
    assert "username" in told(root)


@pytest.mark.parametrize("region", ["Paris", "eu_west_3", "evil.example/x", "paris"])
def test_a_region_that_can_be_none_is_told(root: Path, region: str) -> None:
    add(root, 'kind = "ses"', f'region = "{region}"')
    assert 'region = "eu-west-3"' in told(root)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.org",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "http://localhost@example.org",
        "https://user:xk-secret@api.example.org",
        "https://api.example.org?key=xk-secret",
        "https://",
        "ftp://localhost",
        "http://[::1",
    ],
)
def test_a_key_is_sent_nowhere_in_clear_and_shown_nowhere(root: Path, url: str) -> None:
    add(root, 'kind = "brevo"', 'password_env = "BREVO_KEY"', f'api_url = "{url}"')
    words = told(root)
    assert "api_url" in words
    assert "xk-secret" not in words


@pytest.mark.parametrize("url", ["https://api.example.org/", "http://127.0.0.1:8025", "http://[::1]:8025"])
def test_another_address_of_the_api_is_taken(root: Path, url: str) -> None:
    add(root, 'kind = "brevo"', 'password_env = "BREVO_KEY"', f'api_url = "{url}"')
    assert load_workspace(root).configuration.transports["envois"].api_url == url.rstrip("/")
