"""A Postfix that passes mail on: the house's own server, or the one that takes mail for its readers.

Each has its configuration, queue and log in one folder and one port on loopback. Whom it does not know it refuses at
RCPT; what another server refuses it sends back, as any mail server does.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .ports import wait_for_greeting

MAIN = """
compatibility_level = 3.6
mail_owner = postfix
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
myhostname = mx.{domain}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
alias_maps =
local_recipient_maps =
default_transport = error:this server knows no way there
transport_maps = inline:{{ {{ {other_domain} = smtp:[127.0.0.1]:{other_port} }} }}
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = texthash:{root}/etc/people
virtual_alias_maps = texthash:{root}/etc/aliases
virtual_transport = lmtp:inet:127.0.0.1:{lmtp_port}
smtpd_recipient_restrictions = check_recipient_access texthash:{root}/etc/held, permit_mynetworks, reject
maillog_file = {root}/log/postfix.log
maillog_file_prefixes = {root}
# A warning that a message is late comes at the next try, not after hours.
delay_warning_time = 1s
# Bounces to addresses of their own, one for each delivery, need it; the guide says so too.
recipient_delimiter = +
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
flush unix n - n 1000? 0 flush
showq unix n - n - - showq
scache unix - - n - 1 scache
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
"""


class RelayingPostfix:
    """Takes mail for one domain, whose mailboxes a Dovecot has, and passes on what is for another."""

    def __init__(self, root: Path, domain: str, *, port: int) -> None:
        self.root, self.domain, self.port = root, domain, port
        owner = pwd.getpwnam("postfix")
        # Postfix's own user must be able to pass.
        root.chmod(0o755)
        for name in ("queue", "data", "log", "etc"):
            (root / name).mkdir()
        os.chown(root / "data", owner.pw_uid, owner.pw_gid)

    def start(
        self, people: Sequence[str], *, aliases: Mapping[str, str], lmtp_port: int, other: "RelayingPostfix"
    ) -> None:
        values = {
            "root": self.root,
            "domain": self.domain,
            "other_domain": other.domain,
            "other_port": other.port,
            "lmtp_port": lmtp_port,
        }
        (self.root / "etc" / "main.cf").write_text(MAIN.format(**values))
        (self.root / "etc" / "master.cf").write_text(MASTER.format(port=self.port))
        self._table("people", dict.fromkeys(people, "yes"))
        self._table("aliases", aliases)
        self._table("held", {})
        started = self._run("postfix", "start")
        assert started.returncode == 0, started.stderr + self.log()
        wait_for_greeting(self.port, self.log)

    def hold_back(self, *addresses: str) -> None:
        """Ask whoever writes to these addresses, and no others, to come back later, as greylisting does."""
        self._table("held", dict.fromkeys(addresses, "450 4.7.1 Greylisted, come back later"))
        self._run("postfix", "reload")
        wait_for_greeting(self.port, self.log)

    def try_again(self) -> None:
        """Have another try made now with what waits in the queue."""
        self._run("postqueue", "-f")

    def is_idle(self) -> bool:
        """Tell whether nothing waits or is on its way."""
        return "Mail queue is empty" in self._run("postqueue", "-p").stdout

    def stop(self) -> None:
        self._run("postfix", "stop")

    def remove(self) -> None:
        if (self.root / "etc" / "main.cf").exists():
            self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def log(self) -> str:
        path = self.root / "log" / "postfix.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else "no log"

    def _table(self, name: str, rows: Mapping[str, str]) -> None:
        lines = (f"{key} {value}\n" for key, value in rows.items())
        (self.root / "etc" / name).write_text("".join(lines), encoding="utf-8")

    def _run(self, program: str, what: str) -> subprocess.CompletedProcess[str]:
        command = [f"/usr/sbin/{program}", "-c", str(self.root / "etc"), what]
        return subprocess.run(command, capture_output=True, text=True, check=False)
