"""nginx, Caddy and systemd with the very texts of docs/how-to/serve.md: what the guide says is what runs here.

Only what a reader of the guide must put in himself is put in: ports, certificate, folders.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .certificates import make_certificates
from .ports import free_port

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "serve.md"
HOST = "lettre.example.org"
# What surrounds a server block in nginx's own configuration, in the foreground and in one folder.
NGINX = """
daemon off;
{user}
pid {root}/nginx.pid;
error_log {root}/log;
worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path {root}/body;
    proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
{server}
}}
"""
CADDY = """
{{
	admin off
	auto_https disable_redirects
	https_port {port}
}}
{site}
"""


def written(language: str) -> str:
    """Give the block of the guide that is written in a language: `nginx`, `caddyfile`, `ini`."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks) == 1, f"{GUIDE.name} has {len(blocks)} blocks of {language}"
    text: str = blocks[0]
    return text


def put(text: str, old: str, new: str) -> str:
    """Replace what stands once in a text; when it is no longer so, the test must be looked at."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in\n{text}"
    return text.replace(old, new)


class Server:
    """A program that takes connections on a port of loopback, and what it said in a file."""

    def __init__(self, said: Path) -> None:
        self.port, self._said = free_port(), said
        self._process: subprocess.Popen[bytes] | None = None

    def log(self) -> str:
        return self._said.read_text(encoding="utf-8", errors="replace") if self._said.exists() else ""

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=20)
            self._process = None

    def _start(self, command: list[str], surroundings: dict[str, str]) -> None:
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                command, env=surroundings, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
        wait_for_port(self.port, self.log)


class Front(Server):
    """A web server before `rtesmail serve`, which speaks https for `lettre.example.org` on a port of loopback."""

    def __init__(self, root: Path, name: str, behind: int) -> None:
        super().__init__(root / "said")
        self.root, self.name = root, name
        self.ca_file = root / "tls" / "ca.pem"
        for program in (name, "curl"):
            found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
            assert found, f"install {program}: apt-get install {program}"
        root.mkdir()
        make_certificates(root / "tls", HOST)
        settings = self.root / ("nginx.conf" if name == "nginx" else "Caddyfile")
        settings.write_text(self._nginx(behind) if name == "nginx" else self._caddy(behind), encoding="utf-8")
        if name == "nginx":
            self._check = ["nginx", "-t", "-c", str(settings)]
            self._run = ["nginx", "-c", str(settings)]
        else:
            self._check = ["caddy", "validate", "--adapter", "caddyfile", "--config", str(settings)]
            self._run = ["caddy", "run", "--adapter", "caddyfile", "--config", str(settings)]

    def _nginx(self, behind: int) -> str:
        tls = f"ssl_certificate {self.root}/tls/server.pem; ssl_certificate_key {self.root}/tls/server.key;"
        text = put(written("nginx"), "listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;")
        text = put(text, "# ssl_certificate, ssl_certificate_key: yours", tls)
        # As root, its workers would be another user, who cannot pass pytest's folders.
        user = "user root;" if os.geteuid() == 0 else ""
        server = put(text, "127.0.0.1:8026", f"127.0.0.1:{behind}")
        return NGINX.format(root=self.root, user=user, server=server)

    def _caddy(self, behind: int) -> str:
        tls = f"{HOST} {{\n\tbind 127.0.0.1\n\ttls {self.root}/tls/server.pem {self.root}/tls/server.key\n"
        text = put(written("caddyfile"), f"{HOST} {{\n", tls)
        return CADDY.format(port=self.port, site=put(text, "127.0.0.1:8026", f"127.0.0.1:{behind}"))

    def check(self) -> subprocess.CompletedProcess[str]:
        """Ask the program itself whether it understands its configuration."""
        return subprocess.run(self._check, env=self._surroundings(), capture_output=True, text=True, check=False)

    def start(self) -> None:
        self._start(self._run, self._surroundings())

    def curl(self, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Ask for an address of the public site with curl, which verifies the certificate; give headers and body."""
        here = f"{HOST}:443:127.0.0.1:{self.port}"
        line = ["curl", "--silent", "--show-error", "--include", "--max-time", "30", "--cacert", str(self.ca_file)]
        return subprocess.run(
            [*line, "--connect-to", here, *arguments, url], capture_output=True, text=True, check=False
        )

    def log(self) -> str:
        # What nginx has to say about requests is in a file of its own.
        own = self.root / "log"
        return super().log() + (own.read_text(encoding="utf-8", errors="replace") if own.exists() else "")

    def _surroundings(self) -> dict[str, str]:
        # Caddy keeps certificates and the last configuration in the user's home.
        home = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(self.root))
        return {"PATH": f"{os.environ['PATH']}:/usr/sbin", **home}


class Pages(Server):
    """`rtesmail serve` as the unit of the guide starts it, on another port and with the program of the tests."""

    def __init__(self, workspace: Path) -> None:
        super().__init__(workspace / "serve.log")
        start = re.search(r"^ExecStart=(.*)$", written("ini"), re.MULTILINE)
        assert start
        words = put(start[1], "/srv/rtesmail/.venv/bin/rtesmail", f"{sys.executable} -m rtesmail")
        self._command = [*put(words, "/srv/letters", str(workspace)).split(), "--port", str(self.port)]

    def start(self) -> None:
        self._start(self._command, {**os.environ, "LANGUAGE": "en"})


def wait_for_port(port: int, log: Callable[[], str]) -> None:
    """Wait until somebody takes connections; fail with the log when nobody does."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the server does not answer: " + log())
