"""Each reason why a site gives no answer has words and a remedy of its own, on real sockets."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from urllib3.exceptions import MaxRetryError, NameResolutionError

from rtesmail.content.foreign_sites import guard
from rtesmail.content.silences import Silence, why_silent

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
KEY = ec.generate_private_key(ec.SECP256R1())

# TCP goes to no broadcast address: the system answers that no way leads there.
NOWHERE = "127.255.255.255"


def told(address: str, seconds: float = 5, authority: Path | None = None) -> Silence:
    """Ask an address as `pull` and `check --links` do, and give what they say of it."""
    with requests.Session() as session:
        session.trust_env = False
        guard(session, {"127.0.0.1", "localhost", NOWHERE})
        try:
            session.get(address, timeout=seconds, verify=str(authority) if authority else True)
        except requests.RequestException as error:
            silence = why_silent(address, error, seconds)
            assert silence is not None
            return silence
    raise AssertionError("it answered")


@contextmanager
def answering(words: bytes = b"", context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that says the same to whoever comes, then hangs up; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    line, _caller = listener.accept()
                except OSError:
                    return
                with closing(line), suppress(OSError):
                    line.settimeout(5)
                    spoken = context.wrap_socket(line, server_side=True) if context else line
                    spoken.recv(4096)
                    spoken.sendall(words)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def certificate(
    folder: Path, name: str = "localhost", start: datetime = NOW - DAY, end: datetime = NOW + DAY
) -> tuple[ssl.SSLContext, Path]:
    """Make a certificate of its own authority: what its server shows, and the file that trusts it."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(KEY, hashes.SHA256())
    )
    shown, secret = folder / "shown.pem", folder / "secret.pem"
    shown.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, secret)
    return context, shown


@pytest.mark.parametrize(
    ("name", "start", "end", "words", "remedy"),
    [
        ("localhost", NOW - 3 * DAY, NOW - DAY, "the certificate of localhost has expired", "keeps the site"),
        (
            "localhost",
            NOW + DAY,
            NOW + 3 * DAY,
            "the certificate of localhost is not valid yet",
            "this machine's clock",
        ),
        ("actus.example", NOW - DAY, NOW + DAY, "is of another site than localhost", "with www. or without"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(
    tmp_path: Path, name: str, start: datetime, end: datetime, words: str, remedy: str
) -> None:
    context, authority = certificate(tmp_path, name, start, end)
    with answering(context=context) as port:
        silence = told(f"https://localhost:{port}/", authority=authority)
    assert words in silence.message
    assert remedy in silence.hint


def test_a_certificate_that_nobody_known_stands_for_is_said_to_be_one(tmp_path: Path) -> None:
    context, _authority = certificate(tmp_path)
    with answering(context=context) as port:
        silence = told(f"https://localhost:{port}/")
    assert "no authority that this machine knows stands for the certificate of localhost" in silence.message


def test_versions_of_tls_that_do_not_meet_are_no_mistake_in_the_certificate(tmp_path: Path) -> None:
    context, authority = certificate(tmp_path)
    context.set_ciphers("AES128-SHA")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with answering(context=context) as port:
        silence = told(f"https://localhost:{port}/", authority=authority)
    assert "no secure connection (TLS) with localhost comes about" in silence.message


def test_a_site_without_tls_is_not_told_to_have_a_wrong_certificate() -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        silence = told(f"https://127.0.0.1:{port}/")
    assert f"what answers at port {port} of 127.0.0.1 speaks no TLS" in silence.message
    assert "http:// or https://" in silence.hint


@pytest.mark.parametrize(
    ("words", "said"), [(b"", "127.0.0.1 broke the connection off"), (b"220 mail\r\n", "is no web site")]
)
def test_a_server_that_hangs_up_or_speaks_another_language_is_there(words: bytes, said: str) -> None:
    with answering(words) as port:
        assert said in told(f"http://127.0.0.1:{port}/").message


def test_a_closed_port_refuses_and_a_full_one_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            silence = told(f"http://127.0.0.1:{port}/", seconds=0.2)
            assert "no connection to 127.0.0.1 within 0.2 seconds" in silence.message
            assert "firewall" in silence.hint
    silence = told(f"http://127.0.0.1:{port}/")
    assert f"127.0.0.1 refuses the connection, no site answers there at port {port}" in silence.message


def test_a_place_to_which_no_way_leads_is_not_taken_for_a_site_that_is_away() -> None:
    silence = told(f"http://{NOWHERE}/")
    assert f"no way leads to {NOWHERE} (" in silence.message
    assert "this machine's connection" in silence.hint


# Longer than a name or a part of it may be (RFC 1035, 2.3.4): no name server need be asked.
@pytest.mark.parametrize("name", [".".join(["abc"] * 100) + ".example", "a" * 64 + ".example"])
def test_a_name_that_no_site_has_is_said_to_be_none(name: str) -> None:
    silence = told(f"https://{name}/feed")
    assert silence.message.endswith(f"there is no site of the name {name}.")
    assert "slip in the name" in silence.hint


@pytest.mark.parametrize(
    ("number", "words", "remedy"),
    [
        (socket.EAI_NONAME, "there is no site of the name café.example", "slip in the name"),
        (socket.EAI_NODATA, "there is no site of the name café.example", "slip in the name"),
        (socket.EAI_AGAIN, "the name server gives no answer about café.example", "connection to the internet"),
        (socket.EAI_FAIL, "the name server gives no answer about café.example", "connection to the internet"),
    ],
)
def test_a_silent_name_server_is_not_taken_for_a_wrong_name(number: int, words: str, remedy: str) -> None:
    address = "https://café.example/feed"
    sent = requests.Request("GET", address).prepare()
    unresolved = NameResolutionError("xn--caf-dma.example", None, socket.gaierror(number, ""))
    unresolved.__cause__ = socket.gaierror(number, "")
    error = requests.ConnectionError(MaxRetryError(None, address, unresolved), request=sent)
    silence = why_silent(address, error, 5)
    assert silence is not None
    assert words in silence.message
    assert remedy in silence.hint


def test_a_proxy_that_does_not_answer_is_not_taken_for_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("http_proxy", f"http://ana:secret@127.0.0.1:{port}")
    with pytest.raises(requests.ConnectionError) as caught:
        requests.get("http://actus.example/feed", timeout=5)
    silence = why_silent("http://actus.example/feed", caught.value, 5)
    assert silence is not None
    assert "the proxy that this machine is to use does not lead there" in silence.message
    assert "secret" not in silence.message + silence.hint


def test_what_is_no_address_is_not_looked_for() -> None:
    for address in ("http://[broken/", "http://"):
        assert "this is not an address that can be opened" in told(address).message
