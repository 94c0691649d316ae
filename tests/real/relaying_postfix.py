"""A Postfix that passes mail on: the house's own server, or the one that takes mail for its readers.

Each has its configuration, queue and log in one folder and one port on loopback. Whom it does not know it refuses at
RCPT; what another server refuses it sends back, as any mail server does.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from .ports import wait_for_greeting
from .postfix_base import PostfixServer

# Besides what every Postfix of the tests has.
MAIN = """
myhostname = mx.{domain}
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
default_transport = error:this server knows no way there
transport_maps = inline:{{ {{ {other_domain} = smtp:[127.0.0.1]:{other_port} }} }}
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = texthash:{root}/etc/people
virtual_alias_maps = texthash:{root}/etc/aliases
virtual_transport = lmtp:inet:127.0.0.1:{lmtp_port}
smtpd_recipient_restrictions = check_recipient_access texthash:{root}/etc/held, permit_mynetworks, reject
# A warning that a message is late comes at the next try, not after hours.
delay_warning_time = 1s
# Bounces to addresses of their own, one for each delivery, need it; the guide says so too.
recipient_delimiter = +
"""
SERVICES = """
flush unix n - n 1000? 0 flush
showq unix n - n - - showq
scache unix - - n - 1 scache
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
"""


class RelayingPostfix(PostfixServer):
    """Takes mail for one domain, whose mailboxes a Dovecot has, and passes on what is for another."""

    def __init__(self, root: Path, domain: str, *, port: int) -> None:
        super().__init__(root, port)
        self.domain = domain

    def start(
        self, people: Sequence[str], *, aliases: Mapping[str, str], lmtp_port: int, other: "RelayingPostfix"
    ) -> None:
        main = MAIN.format(
            root=self.root,
            domain=self.domain,
            other_domain=other.domain,
            other_port=other.port,
            lmtp_port=lmtp_port,
        )
        self._configure(main, SERVICES)
        self._table("people", dict.fromkeys(people, "yes"))
        self._table("aliases", aliases)
        self._table("held", {})
        self._start()

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

    def _table(self, name: str, rows: Mapping[str, str]) -> None:
        lines = (f"{key} {value}\n" for key, value in rows.items())
        (self.root / "etc" / name).write_text("".join(lines), encoding="utf-8")
