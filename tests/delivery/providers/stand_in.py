"""A stand-in for a provider: a real HTTP server on loopback that holds requests to what the provider documents.

Which document a rule comes from stands at each stand-in's class. A request that breaks a rule is noted in `problems`,
at which every test looks in the end.
"""

import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from msgspec import Struct

from rtesmail.model.publication import TransportKind

KEY = "xk-very-secret-0123456789"
PUBLIC_KEY = "mj-public"


@dataclass
class Arrived:
    """One letter as the provider would deliver it."""

    address: str
    name: str
    sender: str
    reply_to: str
    subject: str
    html: str
    text: str
    headers: dict[str, str]
    images: dict[str, bytes]


class Reply(Struct):
    status: int
    content: Any = None
    headers: dict[str, str] = {}


@dataclass
class StandIn(ABC):
    """`faults` are played one a sending call: a Reply is given without taking the letters, `hang` and `drop` leave the
    caller without an answer before they are taken, `hang after` and `drop after` afterwards, a number of seconds only
    delays the answer."""

    kind: TransportKind
    bad: set[str] = field(default_factory=set)
    faults: list[Any] = field(default_factory=list)
    arrived: list[Arrived] = field(default_factory=list)
    calls: list[Any] = field(default_factory=list)
    called_at: list[float] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    released: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    under_way: int = 0
    most_at_once: int = 0

    path = ""
    media_type = "application/json"

    def copies(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for one in self.arrived:
            found[one.address] = found.get(one.address, 0) + 1
        return found

    @abstractmethod
    def is_allowed(self, headers: Any) -> bool: ...

    @abstractmethod
    def denied(self) -> Reply: ...

    def asked(self, path: str) -> Reply:
        return Reply(404, {"message": "no such thing"})

    def read(self, body: bytes, headers: Any) -> Any:
        return json.loads(body)

    @abstractmethod
    def take(self, content: Any) -> Reply: ...

    def problem(self, text: str) -> str:
        self.problems.append(text)
        return text

    def check(self, content: Any, fields: dict[str, type], required: Sequence[str], where: str) -> None:
        if not isinstance(content, dict):
            self.problem(f"{where} is no object")
            return
        for name in required:
            if name not in content:
                self.problem(f"{where} lacks {name}")
        for name, value in content.items():
            if name not in fields:
                self.problem(f"{where} has an undocumented {name}")
            elif not isinstance(value, fields[name]):
                self.problem(f"{where}.{name} is a {type(value).__name__}")
            elif value in ("", [], {}):
                self.problem(f"{where}.{name} is empty")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    stand_in: StandIn

    def log_message(self, *args: Any) -> None:
        """The tests look at what arrived."""

    def do_GET(self) -> None:
        allowed = self.stand_in.is_allowed(self.headers)
        self._answer(self.stand_in.asked(self.path) if allowed else self.stand_in.denied())

    def do_POST(self) -> None:
        stand_in = self.stand_in
        with stand_in.lock:
            stand_in.under_way += 1
            stand_in.most_at_once = max(stand_in.most_at_once, stand_in.under_way)
        try:
            self._post()
        finally:
            with stand_in.lock:
                stand_in.under_way -= 1

    def _post(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        stand_in = self.stand_in
        with stand_in.lock:
            fault = stand_in.faults.pop(0) if stand_in.faults else None
            stand_in.called_at.append(time.monotonic())
            stand_in.raw.append(body)
        if fault in ("hang", "drop"):
            self._leave(fault)
            return
        with stand_in.lock:
            reply = fault if isinstance(fault, Reply) else self._take(body)
        if fault in ("hang after", "drop after"):
            self._leave(fault)
            return
        if isinstance(fault, float):
            stand_in.released.wait(fault)
        self._answer(reply)

    def _take(self, body: bytes) -> Reply:
        if not self.stand_in.is_allowed(self.headers):
            return self.stand_in.denied()
        if self.path != self.stand_in.path or not self.headers["Content-Type"].startswith(self.stand_in.media_type):
            return Reply(404, self.stand_in.problem(f"called {self.path}"))
        content = self.stand_in.read(body, self.headers)
        self.stand_in.calls.append(content)
        return self.stand_in.take(content)

    def _leave(self, fault: str) -> None:
        if fault.startswith("hang"):
            self.stand_in.released.wait(20)
        self.close_connection = True

    def _answer(self, reply: Reply) -> None:
        content = reply.content if isinstance(reply.content, bytes) else json.dumps(reply.content).encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving(stand_in: StandIn) -> Iterator[StandIn]:
    """Serve until the end of the block, where nothing may have broken the provider's rules."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"stand_in": stand_in}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield stand_in
    finally:
        stand_in.released.set()
        server.shutdown()
        server.server_close()
    assert stand_in.problems == []
