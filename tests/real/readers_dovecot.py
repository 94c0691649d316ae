"""A Dovecot that takes mail in by LMTP, with quotas, and with Sieve for who is away."""

import os
from pathlib import Path

from .dovecot_server import Dovecot
from .fronts import put
from .ports import free_port

QUOTA = 4_000_000
MORE = """
protocols = imap lmtp
mail_plugins = quota
hostname = mx.lecteurs.example
postmaster_address = postmaster@lecteurs.example
submission_host = 127.0.0.1:{submission_port}
recipient_delimiter = +
service lmtp {{
  {chroot}
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
protocol lmtp {{
  mail_plugins = quota sieve
}}
plugin {{
  quota = count:User quota
  quota_vsizes = yes
  quota_grace = 0
  quota_rule = *:bytes={quota}
  sieve = {root}/homes/%n/.dovecot.sieve
  sieve_extensions = +editheader
}}
"""
# Pigeonhole does not answer what a list sends (RFC 5230, 4.6), and other systems do: for them the signs are taken away.
AWAY = """
require ["vacation", "editheader"];
deleteheader "List-Unsubscribe";
deleteheader "List-Unsubscribe-Post";
deleteheader "List-Id";
deleteheader "List-Help";
deleteheader "List-Archive";
deleteheader "Precedence";
vacation :days 1 :subject "Absence du bureau" "Je suis absente jusqu'au 12. Votre message ne sera pas lu avant.";
"""


class ReadersDovecot(Dovecot):
    """The mailboxes of readers and of the house; the letters that Sieve writes leave by `submission_port`."""

    def __init__(self, root: Path, users: tuple[str, ...], *, submission_port: int) -> None:
        super().__init__(root, users)
        self.lmtp_port = free_port()
        values = {"root": root, "lmtp_port": self.lmtp_port, "submission_port": submission_port, "quota": QUOTA}
        more = MORE.format(**values, chroot="" if os.geteuid() == 0 else "chroot =")
        settings = root / "etc" / "dovecot.conf"
        text = settings.read_text(encoding="utf-8")
        # Who exists is known to Postfix; without a login Dovecot has no password to find a person by.
        text = put(text, "/homes/%n", "/homes/%n allow_all_users=yes")
        settings.write_text(text + more, encoding="utf-8")

    def be_away(self, user: str) -> None:
        """Have the mailbox of a user answer by itself."""
        owner = (self.root / "homes").stat()
        home = self.root / "homes" / user.partition("@")[0]
        home.mkdir()
        script = home / ".dovecot.sieve"
        script.write_text(AWAY, encoding="utf-8")
        for path in (home, script):
            os.chown(path, owner.st_uid, owner.st_gid)

    def fill(self, user: str) -> None:
        """Leave no room in the mailbox of a user."""
        self.deliver(b"Subject: all my photographs\n\n" + b"x" * 70 * (QUOTA // 70) + b"\n", user)
