"""A Postfix of its own: configuration, queue, log and mailbox in one folder, one port on loopback."""

import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

from rtesmail.model.publication import TransportKind, TransportSettings
from rtesmail.model.security import Security

from .certificates import make_certificates
from .ports import free_port, wait_for_greeting

BAD_ADDRESS = "absent@lecteurs.example"
MAIN = """
compatibility_level = 3.6
mail_owner = postfix
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
myhostname = localhost
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
allow_min_user = yes
default_transport = error:this server passes nothing on
virtual_mailbox_domains = lecteurs.example
virtual_mailbox_base = {root}/mail
virtual_mailbox_maps = static:tous/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_recipient_restrictions = check_recipient_access inline:{{{bad}=REJECT}}, permit_mynetworks, reject
smtpd_tls_cert_file = {root}/tls/server.pem
smtpd_tls_key_file = {root}/tls/server.key
smtpd_tls_security_level = encrypt
smtpd_tls_loglevel = 1
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
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
"""


class Postfix:
    """Takes mail for lecteurs.example over STARTTLS and from its own sendmail, all of it into one Maildir."""

    def __init__(self, root: Path) -> None:
        self.root, self.port = root, free_port()
        self.ca_file = root / "tls" / "ca.pem"
        owner = pwd.getpwnam("postfix")
        # Postfix's own user must be able to pass.
        root.chmod(0o755)
        make_certificates(root / "tls")
        for name in ("queue", "data", "mail", "log", "etc"):
            (root / name).mkdir()
        os.chown(root / "data", owner.pw_uid, owner.pw_gid)
        os.chown(root / "mail", owner.pw_uid, owner.pw_gid)
        values = {"root": root, "uid": owner.pw_uid, "gid": owner.pw_gid, "bad": BAD_ADDRESS, "port": self.port}
        (root / "etc" / "main.cf").write_text(MAIN.format(**values))
        (root / "etc" / "master.cf").write_text(MASTER.format(**values))

    def start(self) -> None:
        started = self._run("start")
        assert started.returncode == 0, started.stderr + self.log()
        wait_for_greeting(self.port, self.log)

    def stop(self) -> None:
        self._run("stop")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def transport(self) -> TransportSettings:
        """Give the way to it over SMTP."""
        return TransportSettings(
            "postfix",
            TransportKind.SMTP,
            host="localhost",
            port=self.port,
            security=Security.STARTTLS,
            ca_file=self.ca_file,
            connections=4,
        )

    def local_transport(self) -> TransportSettings:
        """Give the way to it through its sendmail."""
        command = ("/usr/sbin/sendmail", "-C", str(self.root / "etc"))
        return TransportSettings("local", TransportKind.SENDMAIL, command=command, connections=4)

    def messages(self) -> list[Path]:
        return sorted((self.root / "mail" / "tous" / "new").glob("*"))

    def wait_for(self, number: int) -> list[Path]:
        deadline = time.monotonic() + 30
        while len(self.messages()) < number and time.monotonic() < deadline:
            time.sleep(0.1)
        # A second copy would come now.
        time.sleep(0.5)
        return self.messages()

    def log(self) -> str:
        path = self.root / "log" / "postfix.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else "no log"

    def _run(self, what: str) -> subprocess.CompletedProcess[str]:
        command = ["/usr/sbin/postfix", "-c", str(self.root / "etc"), what]
        return subprocess.run(command, capture_output=True, text=True, check=False)
