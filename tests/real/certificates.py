"""An authority of the test, and a certificate of it for `localhost` or another name."""

import subprocess
from pathlib import Path


def make_certificates(folder: Path, name: str = "localhost") -> None:
    """Make `ca.pem`, `server.pem` and `server.key` in a new folder."""
    folder.mkdir()

    def openssl(line: str) -> None:
        subprocess.run(["openssl", *line.split()], cwd=folder, check=True, capture_output=True)

    # What RFC 5280 asks of an authority and its certificates: Python from 3.13 on trusts no others.
    usage = "-addext keyUsage=critical,keyCertSign,cRLSign"
    openssl(f"req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem -subj /CN=Test-CA {usage}")
    openssl(f"req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN={name}")
    (folder / "extensions").write_text(f"subjectAltName=DNS:{name}\nauthorityKeyIdentifier=keyid\n")
    signing = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions"
    openssl(f"x509 -req -in server.csr {signing} -out server.pem")
