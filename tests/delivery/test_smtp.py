"""The connection: verified certificates, logins that work or stop the run, secrets that stay secret."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from msgspec.structs import replace

from rtesmail.delivery.transports.registry import build_transport
from rtesmail.delivery.transports.smtp.connecting import SmtpServer
from rtesmail.delivery.transports.smtp.replies import read_reply
from rtesmail.delivery.transports.smtp.transaction import Timeouts, ended
from rtesmail.model.errors import StoppedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState
from rtesmail.model.publication import TransportKind, TransportSettings
from rtesmail.model.security import Security

from ..real.certificates import make_certificates
from .conftest import Post, Script, count, free_port

PASSWORD = "très secret & long"


@dataclass
class Authority:
    """A certificate authority of our own and a certificate of it for `localhost`."""

    ca_file: Path
    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("tls") / "localhost"
    make_certificates(folder)
    return Authority(folder / "ca.pem", folder / "server.pem", folder / "server.key")


@dataclass
class Secured:
    script: Script
    settings: TransportSettings
    logins: list[bytes] = field(default_factory=list)


def serve(authority: Authority, security: Security, **extra: Any) -> tuple[Controller, Secured]:
    script, port = Script(), free_port()
    settings = TransportSettings(
        "vrai",
        TransportKind.SMTP,
        host="localhost",
        port=port,
        security=security,
        ca_file=authority.ca_file,
        connections=2,
    )
    secured = Secured(script, settings)

    def log_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword) -> AuthResult:
        secured.logins.append(data.password)
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    tls = {"ssl_context": authority.context()} if security is Security.TLS else {}
    starttls = {"tls_context": authority.context(), "require_starttls": True} if not tls else {}
    controller = Controller(
        script,
        hostname="localhost",
        port=port,
        authenticator=log_in,
        auth_require_tls=security is Security.STARTTLS,
        **tls,
        **starttls,
        **extra,
    )
    controller.start()
    return controller, secured


@pytest.fixture(params=[Security.STARTTLS, Security.TLS])
def secured(authority: Authority, request: pytest.FixtureRequest) -> Iterator[Secured]:
    controller, server = serve(authority, request.param)
    yield server
    controller.stop()


def test_a_verified_and_encrypted_line_takes_the_mailing(post: Post, secured: Secured) -> None:
    assert count(post.send(transport=secured.settings), DeliveryState.ACCEPTED) == 10
    assert len(secured.script.received) == 10


def test_an_unknown_authority_stops_before_a_message_leaves(post: Post, secured: Secured) -> None:
    with pytest.raises(StoppedError, match=r"cannot be trusted: .*(self-signed|unable to get local issuer)"):
        post.send(transport=replace(secured.settings, ca_file=None))
    assert secured.script.received == []
    assert set(post.states().values()) == {"pending"}


def test_a_certificate_for_another_name_stops(post: Post, secured: Secured) -> None:
    with pytest.raises(StoppedError, match=r"cannot be trusted: .*127\.0\.0\.1"):
        post.send(transport=replace(secured.settings, host="127.0.0.1"))


def test_starttls_that_is_not_offered_is_never_gone_without(post: Post, served: Any) -> None:
    with pytest.raises(StoppedError, match="cannot be used"):
        post.send(transport=replace(served.settings, security=Security.STARTTLS))
    assert served.script.received == []


def test_a_login_from_the_environment_opens_the_server(
    post: Post, secured: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RTES_TEST_PASSWORD", PASSWORD)
    settings = replace(secured.settings, username="lettre", password_env="RTES_TEST_PASSWORD")
    assert count(post.send(transport=settings), DeliveryState.ACCEPTED) == 10
    assert set(secured.logins) == {PASSWORD.encode()}


def test_a_login_from_a_file_opens_the_server(post: Post, secured: Secured, tmp_path: Path) -> None:
    secret = tmp_path / "mot-de-passe"
    secret.write_text(PASSWORD + "\n", encoding="utf-8")
    settings = replace(secured.settings, username="lettre", password_file=secret)
    assert count(post.send(transport=settings), DeliveryState.ACCEPTED) == 10


def test_a_refused_login_stops_the_run_without_showing_the_password(
    post: Post, secured: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RTES_TEST_PASSWORD", "faux-mot-de-passe")
    settings = replace(secured.settings, username="lettre", password_env="RTES_TEST_PASSWORD")
    with pytest.raises(StoppedError, match="refuses the login of lettre") as stopped:
        post.send(transport=settings)
    shown: BaseException | None = stopped.value
    while shown is not None:
        assert "faux-mot-de-passe" not in f"{shown!s}{shown!r}"
        shown = shown.__cause__
    assert "faux-mot-de-passe" not in repr(build_transport(settings))
    assert set(post.states().values()) == {"pending"}


def test_a_missing_password_is_told_before_anybody_is_frozen(post: Post, secured: Secured) -> None:
    settings = replace(secured.settings, username="lettre", password_env="RTES_NOT_SET")
    with pytest.raises(WorkspaceError, match="environment variable RTES_NOT_SET is missing"):
        post.send(transport=settings)
    assert post.states() == {}


def test_a_password_never_crosses_the_network_in_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RTES_TEST_PASSWORD", PASSWORD)
    settings = TransportSettings(
        "clair", TransportKind.SMTP, host="mail.example", username="x", password_env="RTES_TEST_PASSWORD"
    )
    with pytest.raises(WorkspaceError, match=r"in clear to mail\.example"):
        build_transport(settings)


def test_an_unreadable_authority_file_is_told_with_its_path(tmp_path: Path) -> None:
    settings = TransportSettings("vrai", TransportKind.SMTP, security=Security.TLS, ca_file=tmp_path / "absent.pem")
    with pytest.raises(WorkspaceError, match=r"absent\.pem cannot be read"):
        build_transport(settings)


def test_a_server_that_takes_fewer_lines_is_used_with_those_it_takes(post: Post, tmp_path: Path) -> None:
    import socket
    import threading

    from rtesmail.delivery.catcher import Catcher

    with Catcher(tmp_path / "recus") as catcher, socket.create_server(("127.0.0.1", 0)) as gate:
        busy = threading.Semaphore(1)

        def pump(source: socket.socket, target: socket.socket) -> None:
            try:
                while data := source.recv(65536):
                    target.sendall(data)
            except OSError:
                pass
            finally:
                target.close()

        def one(client: socket.socket) -> None:
            with busy, socket.create_connection((catcher.host, catcher.port)) as server:
                back = threading.Thread(target=pump, args=(server, client), daemon=True)
                back.start()
                pump(client, server)
                back.join(5)

        def accept() -> None:
            while True:
                try:
                    client, _address = gate.accept()
                except OSError:
                    return
                if busy.acquire(blocking=False):
                    busy.release()
                    threading.Thread(target=one, args=(client,), daemon=True).start()
                    threading.Event().wait(0.05)
                else:
                    client.sendall(b"421 4.7.0 Too many connections\r\n")
                    client.close()

        threading.Thread(target=accept, daemon=True).start()
        settings = TransportSettings(
            "etroit", TransportKind.SMTP, host="127.0.0.1", port=gate.getsockname()[1], connections=4
        )
        assert count(post.send(transport=settings), DeliveryState.ACCEPTED) == 10
        assert len(catcher.messages()) == 10


@pytest.mark.parametrize(
    ("code", "text", "state", "enhanced"),
    [
        (250, "2.0.0 Ok: queued as 4F1", DeliveryState.ACCEPTED, "2.0.0"),
        (250, "Ok", DeliveryState.ACCEPTED, ""),
        (421, "4.3.2 Closing", DeliveryState.PENDING, "4.3.2"),
        (452, "4.2.2 Mailbox full\n4.2.2 Try later", DeliveryState.DEFERRED, "4.2.2"),
        (550, "5.1.1 No \udcff such user", DeliveryState.REFUSED, "5.1.1"),
        (354, "Go on", DeliveryState.UNKNOWN, ""),
        (999, "nonsense", DeliveryState.UNKNOWN, ""),
    ],
)
def test_each_reply_has_one_meaning_and_its_words_fit_the_database(
    code: int, text: str, state: DeliveryState, enhanced: str
) -> None:
    outcome = read_reply(1, code, text)
    assert (outcome.state, outcome.enhanced) == (state, enhanced)
    assert outcome.reply.encode("utf-8")
    assert "\n" not in outcome.reply


@pytest.mark.parametrize(
    ("content", "stuffed"),
    [
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n"),
        (b".a\r\n..b\r\n", b"..a\r\n...b\r\n"),
        (b"no end", b"no end\r\n"),
        (b"\r\n.\r\n.\r\n", b"\r\n..\r\n..\r\n"),
    ],
)
def test_dots_at_line_starts_are_doubled(content: bytes, stuffed: bytes) -> None:
    assert ended(content) == stuffed + b".\r\n"


def why_no_connection(error: socket.gaierror) -> str:
    settings = TransportSettings("vrai", TransportKind.SMTP, host="smtp.brumeval.example", security=Security.NONE)
    return str(SmtpServer(settings, "", Timeouts()).unreachable(error))


@pytest.mark.parametrize("number", [socket.EAI_NONAME, socket.EAI_NODATA])
def test_a_host_that_no_name_server_knows_is_said_to_be_unknown(number: int) -> None:
    assert why_no_connection(socket.gaierror(number, "")).endswith("cannot be reached: this name is not known.")


@pytest.mark.parametrize("number", [socket.EAI_AGAIN, socket.EAI_FAIL])
def test_a_name_server_that_is_silent_is_not_taken_for_a_wrong_name(number: int) -> None:
    words = why_no_connection(socket.gaierror(number, ""))
    assert words.endswith("cannot be reached: the name server gives no answer about this name.")
