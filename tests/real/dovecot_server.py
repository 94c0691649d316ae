"""A Dovecot of its own: configuration, mailboxes, log and sockets in one folder, two ports on loopback, three logins.

Passwords, and OAuth2 tokens that it verifies itself (JSON Web Tokens, RFC 7519) for XOAUTH2 and OAUTHBEARER.
"""

import base64
import getpass
import grp
import hashlib
import hmac
import json
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .certificates import make_certificates
from .ports import free_port, wait_for_greeting

USER = "retours@rtes.example"
PASSWORD = 'très-secret: avec ponctuation " et \\'
_TOKEN_KEY = b"the key that this server verifies its tokens with"
SETTINGS = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log/dovecot.log
info_log_path = {root}/log/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{root}/tls/server.pem
ssl_key = <{root}/tls/server.key
disable_plaintext_auth = yes
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
auth_cache_size = 0
first_valid_uid = 1
mail_location = {mail}
mail_plugins =
maildir_very_dirty_syncs = no
namespace inbox {{
  inbox = yes
  prefix = {prefix}
  separator = {separator}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/etc/tokens.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = username_format=%u {root}/etc/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/homes/%n
}}
service imap-login {{
  {chroot}
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  {chroot}
  # No waiting after a wrong password.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  {chroot}
}}
imap_capability = {capability}
"""
TOKENS = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={root}/etc/keys/
username_attribute = sub
"""


class Dovecot:
    """Gives the mail of its users by IMAP: STARTTLS on `port`, TLS on `tls_port`, all of them with the same password.

    `mail` says where their mail lies, `%n` for a user's name before the @; `owner` is whose files these are.
    `separator` and `prefix` are those of folder names; `capability` changes what the server says that it can do after a
    login, `mechanisms` by which ones it lets in.
    """

    def __init__(
        self,
        root: Path,
        users: tuple[str, ...] = (USER,),
        *,
        mail: str = "",
        owner: str = "",
        separator: str = "/",
        prefix: str = "",
        capability: str = "",
        mechanisms: str = "plain login xoauth2 oauthbearer",
    ) -> None:
        self.root, self.port, self.tls_port = root, free_port(), free_port()
        self.ca_file = root / "tls" / "ca.pem"
        self._process: subprocess.Popen[bytes] | None = None
        is_root = os.geteuid() == 0
        me = pwd.getpwnam(owner or ("dovecot" if is_root else getpass.getuser()))
        # Dovecot's own users must be able to pass.
        root.chmod(0o755)
        make_certificates(root / "tls")
        for name in ("etc", "log", "state", "homes", "mail"):
            (root / name).mkdir()
        for name in ("homes", "mail"):
            os.chown(root / name, me.pw_uid, me.pw_gid)
        values = {
            "root": root,
            "port": self.port,
            "tls_port": self.tls_port,
            "mail": mail or f"maildir:{root}/mail/%n",
            "uid": me.pw_uid,
            "gid": me.pw_gid,
            # Without root everything runs as who started it, and nothing can be put into a cage.
            "internal": "dovecot" if is_root else me.pw_name,
            "internal_group": "dovecot" if is_root else grp.getgrgid(me.pw_gid).gr_name,
            "login": "dovenull" if is_root else me.pw_name,
            "chroot": "" if is_root else "chroot =",
            "separator": separator,
            "prefix": prefix,
            "capability": capability,
            "mechanisms": mechanisms,
        }
        (root / "etc" / "dovecot.conf").write_text(SETTINGS.format(**values), encoding="utf-8")
        (root / "etc" / "tokens.conf").write_text(TOKENS.format(root=root), encoding="utf-8")
        keys = root / "etc" / "keys" / "default" / "HS256"
        keys.mkdir(parents=True)
        (keys / "default").write_bytes(base64.b64encode(_TOKEN_KEY))
        secret = base64.b64encode(PASSWORD.encode()).decode()
        lines = (f"{user}:{{PLAIN.b64}}{secret}::::::\n" for user in users)
        (root / "etc" / "users").write_text("".join(lines), encoding="utf-8")

    def start(self) -> None:
        said = (self.root / "log" / "said").open("wb")
        command = ["/usr/sbin/dovecot", "-F", "-c", str(self.root / "etc" / "dovecot.conf")]
        self._process = subprocess.Popen(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
        said.close()
        wait_for_greeting(self.port, self.log, b"* OK")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=20)
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def folder(self, user: str = USER, name: str = "") -> Path:
        """Give the Maildir of a user, or that of one of their folders."""
        inbox = self.root / "mail" / user.partition("@")[0]
        return inbox / f".{name.replace('/', '.')}" if name else inbox

    def deliver(self, raw: bytes, user: str = USER) -> None:
        """Put a message where a mail server puts it."""
        inbox = self.folder(user)
        owner = (self.root / "mail").stat()
        for part in (inbox, inbox / "tmp", inbox / "new", inbox / "cur"):
            if not part.exists():
                part.mkdir()
                os.chown(part, owner.st_uid, owner.st_gid)
        number = f"{time.time_ns()}.{len(list((inbox / 'new').iterdir()))}.test"
        (inbox / "tmp" / number).write_bytes(raw)
        os.chown(inbox / "tmp" / number, owner.st_uid, owner.st_gid)
        (inbox / "tmp" / number).rename(inbox / "new" / number)

    def messages(self, name: str = "", user: str = USER) -> list[bytes]:
        """Give the messages of a folder, in the order of their files."""
        folder = self.folder(user, name)
        return [file.read_bytes() for part in ("new", "cur") for file in sorted((folder / part).glob("*"))]

    def flags(self, user: str = USER) -> list[set[str]]:
        """Give the flags and keywords of each message in the inbox, as Dovecot keeps them in the names of files."""
        folder = self.folder(user)
        names = (folder / "dovecot-keywords").read_text("utf-8") if (folder / "dovecot-keywords").exists() else ""
        words = {chr(ord("a") + int(line.split()[0])): line.split()[1] for line in names.splitlines()}
        words["S"] = "\\Seen"
        files = sorted(file for part in ("new", "cur") for file in (folder / part).glob("*"))
        return [{words[letter] for letter in file.name.partition(":2,")[2]} for file in files]

    def files(self, user: str = USER) -> list[str]:
        """Give the names of all files that hold messages: whatever changes, one of them does."""
        return sorted(file.name for file in self.folder(user).rglob("*") if file.parent.name in ("new", "cur"))

    def empty(self, user: str = USER) -> None:
        """Take away all messages and folders of a user."""
        shutil.rmtree(self.folder(user), ignore_errors=True)

    def log(self) -> str:
        files = (self.root / "log" / "dovecot.log", self.root / "log" / "said")
        return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.exists())


def token_of(user: str, *, seconds: int = 600) -> str:
    """Make an OAuth2 token that the server takes for this user, for so many seconds from now."""
    now = int(time.time())
    claims = {"sub": user, "iat": now - 5, "nbf": now - 5, "exp": now + seconds}
    parts = [_letters(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signature = hmac.digest(_TOKEN_KEY, ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, _letters(signature)])


def _letters(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
