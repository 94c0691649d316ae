"""What surely did not leave may be sent again; what may have left is not."""

import asyncio
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from rtesmail.delivery.transports.http.calls import AnswerLostError, HttpCaller, NothingLeftError, Patience, Service

LARGE = b"x" * 60_000_000
QUICK = Patience(connect=1.0, answer=0.5, asked=1.0, between=(), repeats=())


class Listener:
    """A server that takes connections and reads as much of each as it is told before it hangs or hangs up."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.taken: list[socket.socket] = []
        self.reads = 0
        self.is_cutting = False
        self.has_begun = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _address = self.socket.accept()
            except OSError:
                return
            self.taken.append(line)
            read = 0
            while read < self.reads:
                read += len(line.recv(65536))
            self.has_begun.set()
            if self.is_cutting:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                line.close()

    def close(self) -> None:
        self.socket.close()
        for line in self.taken:
            line.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def post(listener: Listener, body: bytes, *, cut_after: float | None = None) -> None:
    async def run() -> None:
        caller = HttpCaller(Service(listener.url), {"key": "k"}, ["k"], QUICK)
        if cut_after is not None:
            asyncio.get_running_loop().call_later(cut_after, caller.abort)
        try:
            await caller.post("/send", body)
        finally:
            await caller.close()

    asyncio.run(run())


def test_a_line_that_breaks_in_the_middle_of_a_request_leaves_nothing(listener: Listener) -> None:
    listener.reads, listener.is_cutting = 1_000_000, True
    with pytest.raises(NothingLeftError):
        post(listener, LARGE)


def test_a_request_that_is_cut_in_the_middle_leaves_nothing(listener: Listener) -> None:
    listener.reads = 1_000_000
    with pytest.raises(NothingLeftError):
        post(listener, LARGE, cut_after=0.2)


def test_a_line_that_breaks_after_a_whole_request_may_have_sent_it(listener: Listener) -> None:
    listener.reads, listener.is_cutting = 1, True
    with pytest.raises(AnswerLostError):
        post(listener, b"{}")


def test_a_silent_server_may_have_sent_it(listener: Listener) -> None:
    with pytest.raises(AnswerLostError, match=r"no answer within 0\.5 s"):
        post(listener, b"{}")


def test_a_name_that_does_not_exist_is_said_in_plain_words() -> None:
    async def run() -> None:
        caller = HttpCaller(Service("http://nowhere.invalid"), {"key": "k"}, ["k"], QUICK)
        await caller.post("/send", b"{}")

    with pytest.raises(NothingLeftError) as told:
        asyncio.run(run())
    assert "HTTPConnectionPool" not in str(told.value)


class Secured(ThreadingHTTPServer):
    """A server with a certificate of its own; counts who calls."""

    daemon_threads = True

    def __init__(self, certificate: Path, key: Path) -> None:
        super().__init__(("127.0.0.1", 0), Greeter)
        self.visits = 0
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.visits += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust us hangs up."""


class Greeter(BaseHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Nobody reads it."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate that nobody has heard of, with its key beside it."""
    made = tmp_path / "own.pem"
    asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 "
    asked += f"-addext subjectAltName=IP:127.0.0.1 -keyout {made}.key -out {made}"
    subprocess.run(["openssl", *asked.split()], check=True, capture_output=True)
    return made


@pytest.mark.parametrize("is_known", [True, False])
def test_only_a_certificate_that_is_trusted_gets_the_key(
    certificate: Path, is_known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of the two, ca_file counts.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", requests.certs.where())
    server = Secured(certificate, Path(f"{certificate}.key"))

    async def run() -> int:
        service = Service(f"https://127.0.0.1:{server.server_port}", certificate if is_known else None)
        caller = HttpCaller(service, {"key": "k"}, ["k"], Patience())
        answer = await caller.post("/send", b"{}")
        await caller.close()
        return answer.status

    try:
        if is_known:
            assert asyncio.run(run()) == 200
        else:
            with pytest.raises(NothingLeftError):
                asyncio.run(run())
        assert server.visits == 1
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("the key k-123 is wrong", "the key … is wrong"),
        ("two\nlines\t here", "two lines here"),
        ("x" * 600, "x" * 499 + "…"),
    ],
)
def test_a_providers_words_fit_a_row_and_hold_no_key(words: str, shown: str) -> None:
    assert HttpCaller(Service("http://127.0.0.1"), {}, ["k-123"]).hide(words) == shown
