"""A Postfix of its own: configuration, queue, log and mailbox in one folder, one port on loopback."""

import os
import time
from pathlib import Path

from rtesmail.model.publication import TransportKind, TransportSettings
from rtesmail.model.security import Security

from .certificates import make_certificates
from .ports import free_port
from .postfix_base import PostfixServer

BAD_ADDRESS = "absent@lecteurs.example"
# Besides what every Postfix of the tests has.
MAIN = """
myhostname = localhost
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
"""
SERVICES = """
tlsmgr unix - - n 1000? 1 tlsmgr
virtual unix - n n - - virtual
"""


class Postfix(PostfixServer):
    """Takes mail for lecteurs.example over STARTTLS and from its own sendmail, all of it into one Maildir."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, free_port())
        self.ca_file = root / "tls" / "ca.pem"
        make_certificates(root / "tls")
        owner = self._owner
        (root / "mail").mkdir()
        os.chown(root / "mail", owner.pw_uid, owner.pw_gid)
        self._configure(MAIN.format(root=root, uid=owner.pw_uid, gid=owner.pw_gid, bad=BAD_ADDRESS), SERVICES)

    def start(self) -> None:
        self._start()

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
