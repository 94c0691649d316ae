"""An Exim of its own: configuration, queue, log and mailbox in one folder, two ports on loopback, a login."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from rtesmail.model.publication import TransportKind, TransportSettings
from rtesmail.model.security import Security

from .certificates import make_certificates
from .ports import free_port, wait_for_greeting

EXIM = Path(__file__).parents[2] / "build" / "exim" / "usr" / "sbin" / "exim4"
USER, PASSWORD = "lettre", "tres-secret: avec ponctuation"
BAD_ADDRESS = "absent@lecteurs.example"
MECHANISMS = {
    "PLAIN": """
  driver = plaintext
  public_name = PLAIN
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
""",
    "LOGIN": """
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
""",
}
# Everything is done by Exim's own user; each message is delivered at once, however many come over one connection.
SETTINGS = """
exim_path = {exim}
spool_directory = {root}/queue
log_file_path = {root}/log/%slog
pid_file_path = {root}/log/exim.pid
keep_environment =
primary_hostname = localhost
local_interfaces = 127.0.0.1
daemon_smtp_ports = {starttls} : {tls}
tls_on_connect_ports = {tls}
tls_advertise_hosts = *
tls_certificate = {root}/tls/server.pem
tls_privatekey = {root}/tls/server.key
auth_advertise_hosts = ${{if def:tls_in_cipher {{*}}}}
log_selector = +tls_cipher +received_recipients
deliver_drop_privilege
smtp_accept_queue_per_connection = 0
rfc1413_query_timeout = 0s
acl_smtp_mail = mail
acl_smtp_rcpt = recipient

begin acl
mail:
  deny !authenticated = *
       message = 5.7.0 log in first
  accept
recipient:
  deny recipients = {bad}
       message = 5.1.1 nobody of this name
  accept domains = lecteurs.example
  deny message = 5.7.1 nothing is passed on

begin routers
readers:
  driver = accept
  domains = lecteurs.example
  transport = mailbox

begin transports
mailbox:
  driver = appendfile
  directory = {root}/mail/tous
  maildir_format
  return_path_add
  envelope_to_add
  delivery_date_add

begin authenticators
login:{login}
"""


class Exim:
    """Takes mail for lecteurs.example over TLS after a login, and from its own sendmail, all of it into one Maildir."""

    def __init__(self, root: Path, mechanism: str) -> None:
        self.root, self.starttls_port, self.tls_port = root, free_port(), free_port()
        self.ca_file, self.settings = root / "tls" / "ca.pem", root / "exim.conf"
        owner = pwd.getpwnam("Debian-exim")
        root.chmod(0o755)
        make_certificates(root / "tls")
        for name in ("queue", "mail", "log"):
            (root / name).mkdir()
            os.chown(root / name, owner.pw_uid, owner.pw_gid)
        (root / "tls" / "server.key").chmod(0o640)
        os.chown(root / "tls" / "server.key", 0, owner.pw_gid)
        login = MECHANISMS[mechanism].format(user=USER, password=PASSWORD.replace(":", r"\x3a"))
        values = {"exim": EXIM, "root": root, "starttls": self.starttls_port, "tls": self.tls_port}
        self.settings.write_text(SETTINGS.format(**values, bad=BAD_ADDRESS, login=login))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        said = (self.root / "log" / "said").open("wb")
        command = [str(EXIM), "-C", str(self.settings), "-bdf", "-q1m"]
        self._process = subprocess.Popen(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
        said.close()
        wait_for_greeting(self.starttls_port, self.log)

    def remove(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=20)
        shutil.rmtree(self.root, ignore_errors=True)

    def transport(self, security: Security) -> TransportSettings:
        """Give the way to it over SMTP, with the login; its password is in EXIM_PASSWORD."""
        return TransportSettings(
            "exim",
            TransportKind.SMTP,
            host="localhost",
            port=self.tls_port if security is Security.TLS else self.starttls_port,
            security=security,
            username=USER,
            password_env="EXIM_PASSWORD",
            ca_file=self.ca_file,
            connections=4,
        )

    def local_transport(self) -> TransportSettings:
        """Give the way to it through its sendmail."""
        command = (str(EXIM), "-C", str(self.settings))
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
        files = [*sorted((self.root / "log").glob("*log")), self.root / "log" / "said"]
        return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.exists())
