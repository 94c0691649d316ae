"""A real Postfix takes a mailing over verified STARTTLS, and each message lands once in its Maildir."""

import email
import email.policy
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from rtesmail.delivery.approvals import approve
from rtesmail.delivery.sending import SendReport, send_mailing
from rtesmail.model.edition import Edition, InlineImage
from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState, MailingState
from rtesmail.model.publication import (
    Configuration,
    Identity,
    Sender,
    SmtpSecurity,
    Theme,
    TransportKind,
    TransportSettings,
    Workspace,
)
from rtesmail.store.opening import open_store

PEOPLE = 30
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


@dataclass
class Postfix:
    root: Path
    port: int

    @property
    def ca_file(self) -> Path:
        return self.root / "tls" / "ca.pem"

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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_certificates(folder: Path) -> None:
    folder.mkdir()

    def openssl(line: str) -> None:
        subprocess.run(["openssl", *line.split()], cwd=folder, check=True, capture_output=True)

    openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem -subj /CN=Test-CA")
    openssl("req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost")
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    openssl("x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem")


@pytest.fixture
def postfix() -> Iterator[Postfix]:
    """An instance of its own: configuration, queue, log and mailbox in one folder, one port on loopback."""
    assert shutil.which("postfix", path=f"{os.environ['PATH']}:/usr/sbin"), "install Postfix: apt-get install postfix"
    assert os.geteuid() == 0, "Postfix's master needs root: run this test as root (in CI it does)"
    # Postfix's own user must be able to pass: pytest's folders are for their owner only.
    root = Path(tempfile.mkdtemp(prefix="rtesmail-postfix-"))
    owner = pwd.getpwnam("postfix")
    server = Postfix(root, free_port())
    root.chmod(0o755)
    make_certificates(root / "tls")
    for name in ("queue", "data", "mail", "log", "etc"):
        (root / name).mkdir()
    os.chown(root / "data", owner.pw_uid, owner.pw_gid)
    os.chown(root / "mail", owner.pw_uid, owner.pw_gid)
    values = {"root": root, "uid": owner.pw_uid, "gid": owner.pw_gid, "bad": BAD_ADDRESS, "port": server.port}
    (root / "etc" / "main.cf").write_text(MAIN.format(**values))
    (root / "etc" / "master.cf").write_text(MASTER.format(**values))
    command = ["/usr/sbin/postfix", "-c", str(root / "etc")]
    started = subprocess.run([*command, "start"], capture_output=True, text=True, check=False)
    try:
        assert started.returncode == 0, started.stderr + server.log()
        wait_for_port(server)
        yield server
    finally:
        subprocess.run([*command, "stop"], capture_output=True, check=False)
        shutil.rmtree(root, ignore_errors=True)


def wait_for_port(server: Postfix) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
                if line.recv(4) == b"220 ":
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail("Postfix does not answer: " + server.log())


def make_house(root: Path) -> tuple[Workspace, Edition]:
    """A workspace with an approved edition and thirty people."""
    identity = Identity("RTES", "Réseau", "c@rtes.example", "stop@rtes.example", public_url="https://l.rtes.example")
    workspace = Workspace(root, Configuration(identity, Theme({}, {}, "", ""), {}, {}))
    edition = Edition(
        issue="2025-04-mensuelle",
        publication="mensuelle",
        language="fr",
        sender=Sender("RTES", "lettre@rtes.example", "contact@rtes.example"),
        subject="Avril 2025 : les rendez-vous de l’économie solidaire",
        preheader="",
        html="<p>Bonjour @@name@@</p>\n.\n<p>" + "é" * 3000 + '</p><img src="cid:logo" alt="">',
        text="Bonjour @@name@@,\n.\n..\nÀ bientôt !\n",
        images=(InlineImage("logo", "image/png", bytes(range(256)) * 50),),
    )
    store = open_store(workspace.database)
    moment = "2025-01-01T00:00:00.000+00:00"
    approve(store, edition, by="Une Relectrice", now=datetime.now(UTC))
    store.conn.execute("INSERT INTO lists VALUES (1, 'abonnes', ?)", (moment,))
    for number in range(1, PEOPLE + 1):
        address = f"p{number:02d}@lecteurs.example"
        store.conn.execute(
            "INSERT INTO subscribers (id, email, email_key, name, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
            (number, address, address, f"Zoé <n° {number}>", moment, moment),
        )
        store.conn.execute("INSERT INTO memberships VALUES (1, ?, ?)", (number, moment))
    store.conn.close()
    return workspace, edition


def transport_to(server: Postfix) -> TransportSettings:
    return TransportSettings(
        "postfix",
        TransportKind.SMTP,
        host="localhost",
        port=server.port,
        security=SmtpSecurity.STARTTLS,
        ca_file=server.ca_file,
        connections=4,
    )


def send_to_all(store: Database, workspace: Workspace, edition: Edition, transport: TransportSettings) -> SendReport:
    return send_mailing(
        store,
        workspace,
        issue_id=edition.issue,
        edition=edition,
        list_name="abonnes",
        transport=transport,
        now=lambda: datetime.now(UTC),
    )


def test_postfix_takes_a_mailing_of_thirty_each_exactly_once(tmp_path: Path, postfix: Postfix) -> None:
    workspace, edition = make_house(tmp_path)
    store = open_store(workspace.database)
    report = send_to_all(store, workspace, edition, transport_to(postfix))
    replies = [row[0] for row in store.conn.execute("SELECT reply FROM deliveries")]
    store.conn.close()
    assert (report.totals.of(DeliveryState.ACCEPTED), report.mailing.state) == (PEOPLE, MailingState.FINISHED)
    assert all("queued as" in reply for reply in replies)

    files = postfix.wait_for(PEOPLE)
    messages = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
    reached = Counter(message["X-Original-To"] or message["Delivered-To"] for message in messages)
    assert reached == {f"p{number:02d}@lecteurs.example": 1 for number in range(1, PEOPLE + 1)}, postfix.log()
    assert len({message["Message-ID"] for message in messages}) == PEOPLE
    for message in messages:
        body = message.get_body(("plain",))
        assert body is not None
        number = int(message["To"].addresses[0].username[1:])
        assert body.get_content().replace("\r\n", "\n") == f"Bonjour Zoé <n° {number}>,\n.\n..\nÀ bientôt !\n"
        page = message.get_body(("html",))
        assert page is not None
        assert f"Bonjour Zoé &lt;n° {number}&gt;" in page.get_content()
    assert "TLS connection established" in postfix.log()


def test_postfix_refuses_one_address_and_the_others_are_served(tmp_path: Path, postfix: Postfix) -> None:
    workspace, edition = make_house(tmp_path)
    store = open_store(workspace.database)
    store.conn.execute("UPDATE subscribers SET email = ?, email_key = ? WHERE id = 7", (BAD_ADDRESS, BAD_ADDRESS))
    report = send_to_all(store, workspace, edition, transport_to(postfix))
    row = store.conn.execute("SELECT * FROM deliveries WHERE state = 'refused'").fetchone()
    store.conn.close()
    assert report.totals.of(DeliveryState.ACCEPTED) == PEOPLE - 1
    assert (row["email"], row["code"], row["enhanced"]) == (BAD_ADDRESS, 554, "5.7.1")
    assert len(postfix.wait_for(PEOPLE - 1)) == PEOPLE - 1


def test_postfix_with_an_unknown_authority_gets_nothing(tmp_path: Path, postfix: Postfix) -> None:
    from dataclasses import replace

    workspace, edition = make_house(tmp_path)
    store = open_store(workspace.database)
    with pytest.raises(StoppedError, match="cannot be trusted"):
        send_mailing(
            store,
            workspace,
            issue_id=edition.issue,
            edition=edition,
            list_name="abonnes",
            transport=replace(transport_to(postfix), ca_file=None),
            now=lambda: datetime.now(UTC),
        )
    store.conn.close()
    assert postfix.messages() == []
