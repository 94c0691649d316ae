"""What every Postfix of the tests has: its configuration, queue and log in one folder, one port on loopback."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from .ports import wait_for_greeting

MAIN = """
compatibility_level = 3.6
mail_owner = postfix
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
maillog_file = {root}/log/postfix.log
maillog_file_prefixes = {root}
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
"""


class PostfixServer:
    """A Postfix in a folder; what it does with mail is for those who are made from it."""

    def __init__(self, root: Path, port: int) -> None:
        self.root, self.port, self._owner = root, port, pwd.getpwnam("postfix")
        # Postfix's own user must be able to pass.
        root.chmod(0o755)
        for name in ("queue", "data", "log", "etc"):
            (root / name).mkdir()
        os.chown(root / "data", self._owner.pw_uid, self._owner.pw_gid)

    def stop(self) -> None:
        self._run("postfix", "stop")

    def remove(self) -> None:
        if (self.root / "etc" / "main.cf").exists():
            self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def log(self) -> str:
        path = self.root / "log" / "postfix.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else "no log"

    def _configure(self, main: str, services: str) -> None:
        """Write what all have, and after it what one has besides."""
        (self.root / "etc" / "main.cf").write_text(MAIN.format(root=self.root) + main)
        (self.root / "etc" / "master.cf").write_text(MASTER.format(port=self.port) + services)

    def _start(self) -> None:
        started = self._run("postfix", "start")
        assert started.returncode == 0, started.stderr + self.log()
        wait_for_greeting(self.port, self.log)

    def _run(self, program: str, what: str) -> subprocess.CompletedProcess[str]:
        command = [f"/usr/sbin/{program}", "-c", str(self.root / "etc"), what]
        return subprocess.run(command, capture_output=True, text=True, check=False)
