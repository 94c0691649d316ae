"""A real Chromium driven over its DevTools pipe: messages of JSON, each ended by a zero byte."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Chromium reads its pipe on descriptor 3 and writes on 4, whatever numbers they have here.
RENUMBER = """
import os, sys
reading, writing = (os.dup(int(number)) for number in sys.argv[1:3])
reading, writing = os.dup(os.dup(reading)), os.dup(os.dup(writing))
os.dup2(reading, 3)
os.dup2(writing, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1200,800",
    "--remote-debugging-pipe",
)


class Chromium:
    """One browser with one page; without Chromium on the machine the test fails."""

    def __init__(self, profile: Path) -> None:
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        assert program, "these tests need Chromium: apt-get install chromium"
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        descriptors = (str(to_browser), str(from_browser))
        self._process = subprocess.Popen(
            [sys.executable, "-c", RENUMBER, *descriptors, program, *FLAGS, f"--user-data-dir={profile}"],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._rest = b""
        self._number = 0
        self._session = ""
        self.new_page()

    def new_page(self) -> None:
        """Go on in a fresh page."""
        self._session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")

    def call(self, method: str, **parameters: object) -> Mapping[str, Any]:
        """Ask for one thing and wait for its answer."""
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: Mapping[str, Any] = answer["result"]
                return result

    def value(self, script: str) -> Any:
        """Give the value of a script's expression in the page, once it is there."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def close(self) -> None:
        """End the browser and all its processes."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def _receive(self) -> Mapping[str, Any]:
        while b"\0" not in self._rest:
            received = os.read(self._read, 1 << 16)
            assert received, "Chromium has gone away"
            self._rest += received
        message, _zero, self._rest = self._rest.partition(b"\0")
        decoded: Mapping[str, Any] = json.loads(message)
        return decoded
