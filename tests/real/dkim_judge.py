"""OpenDKIM and dkimpy as judges of signatures, with no network."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import dkim

from rtesmail.delivery.signing.keys import dns_record
from rtesmail.delivery.signing.signatures import DkimSigner, load_signer
from rtesmail.model.publication import SigningKey

BOTH_PASS = {"rsa-sha256": "pass", "ed25519-sha256": "pass"}
BOTH_FAIL = {"rsa-sha256": "fail", "ed25519-sha256": "fail"}
PATH = f"{os.environ['PATH']}:/usr/sbin"
SETTINGS = """
Mode v
Syslog no
AuthservID judge.example
AlwaysAddARHeader yes
TestDNSData {dns}
"""


@dataclass
class Judge:
    """OpenDKIM and dkimpy, with DNS as `rtesmail dkim new` says that it should be."""

    folder: Path
    keys: tuple[SigningKey, ...]

    def __post_init__(self) -> None:
        assert shutil.which("opendkim", path=PATH), "these tests need OpenDKIM: apt-get install opendkim"
        self.records = {record.name: record.value for record in map(dns_record, self.keys)}
        dns, self.settings = self.folder / "dns", self.folder / "opendkim.conf"
        dns.write_text("".join(f"{name} {value}\n" for name, value in self.records.items()))
        self.settings.write_text(SETTINGS.format(dns=dns))

    def signer(self) -> DkimSigner:
        signer = load_signer(self.keys)
        assert signer is not None
        return signer

    def opendkim(self, message: Path) -> dict[str, str]:
        """What OpenDKIM says of each signature, by its algorithm."""
        done = subprocess.run(
            ["opendkim", "-x", str(self.settings), "-vv", "-t", str(message)],
            env={**os.environ, "PATH": PATH},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        verdicts = re.findall(r"dkim=(\w+)[^;]*header\.a=([\w-]+)", done.stdout)
        assert verdicts, done.stdout + done.stderr
        return {algorithm: verdict for verdict, algorithm in verdicts}

    def dkimpy(self, content: bytes) -> list[bool]:
        def answer(name: bytes, timeout: int = 5) -> bytes:
            return self.records[name.decode().removesuffix(".")].encode()

        return [dkim.DKIM(content).verify(idx=index, dnsfunc=answer) for index in range(len(self.keys))]
