"""The Chromium of this machine, driven over its DevTools pipe: messages of JSON, each ended by a zero byte.

The protocol is told at chromedevtools.github.io/devtools-protocol. A pipe, unlike a port, is nobody else's to find.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from gettext import gettext as _
from pathlib import Path
from typing import Any

from rtesmail.model.errors import RtesmailError

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
"""What Chromium and its kin are called; the first that is found is taken."""

MOST_SECONDS = 60.0
"""How long one answer may take: a browser that starts on a busy machine is slow, one that hangs is worse."""

# Chromium reads its pipe on descriptor 3 and writes on 4, whatever numbers they have here.
_RENUMBER = """
import os, sys
reading, writing = (os.dup(int(number)) for number in sys.argv[1:3])
reading, writing = os.dup(os.dup(reading)), os.dup(os.dup(writing))
os.dup2(reading, 3)
os.dup2(writing, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""
_FLAGS = (
    "--headless",
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


def find_chromium() -> str:
    """Give the program.

    Raises:
        RtesmailError: there is none on this machine; the hint says what to install.
    """
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        raise RtesmailError(
            _("No Chromium, Chrome or Edge was found on this machine."),
            hint=_(
                "Install one: `apt install chromium` on Debian and Ubuntu; elsewhere Google Chrome or Microsoft Edge."
            ),
        )
    return found


class Chromium:
    """One browser with one page, its profile in a folder of the caller's.

    Raises:
        RtesmailError: there is no such browser, it does not start, or it no longer answers.
    """

    def __init__(self, profile: Path) -> None:
        program = find_chromium()
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        descriptors = (str(to_browser), str(from_browser))
        # Chromium's own sandbox refuses to start for root.
        unboxed = ("--no-sandbox",) if os.geteuid() == 0 else ()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _RENUMBER, *descriptors, program, *_FLAGS, *unboxed, f"--user-data-dir={profile}"],
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
        try:
            self.new_page()
        except BaseException:
            self.close()
            raise

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
        self._send(json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + MOST_SECONDS
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RtesmailError(_("The browser refuses: {words}").format(words=answer["error"]["message"]))
                result: Mapping[str, Any] = answer["result"]
                return result

    def value(self, script: str) -> Any:
        """Give the value of a script's expression in the page, once it is there."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RtesmailError(_("The browser refuses: {words}").format(words=answer["exceptionDetails"]))
        return answer["result"].get("value")

    def close(self) -> None:
        """End the browser and all its processes."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def _send(self, content: bytes) -> None:
        try:
            while content:
                content = content[os.write(self._write, content) :]
        except BrokenPipeError:
            raise _gone() from None

    def _receive(self, deadline: float) -> Mapping[str, Any]:
        while b"\0" not in self._rest:
            ready, _writable, _wrong = select.select([self._read], [], [], max(0.0, deadline - time.monotonic()))
            received = os.read(self._read, 1 << 20) if ready else b""
            if not received:
                raise _gone()
            self._rest += received
        message, _zero, self._rest = self._rest.partition(b"\0")
        decoded: Mapping[str, Any] = json.loads(message)
        return decoded


def _gone() -> RtesmailError:
    return RtesmailError(
        _("The browser does not answer."), hint=_("Try again; if it stays so, start it once by hand and look.")
    )
