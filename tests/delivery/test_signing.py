"""DKIM: what we sign, others verify; what is changed on the way, they refuse."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from rtesmail.delivery.signing import DkimSigner, load_key, load_signer
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.publication import SigningKey

from .conftest import Post, Script

NOW = datetime(2025, 4, 3, 7, 0, tzinfo=UTC)
FORM = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def write_key(path: Path, key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, mode: int = 0o600) -> Path:
    path.write_bytes(key.private_bytes(*FORM))
    path.chmod(mode)
    return path


class Domain:
    """A domain with one key of each kind, and what its DNS says."""

    def __init__(self, folder: Path) -> None:
        self.rsa, self.ed = rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()
        self.keys = (
            SigningKey("rtes.example", "r2025", write_key(folder / "r.pem", self.rsa)),
            SigningKey("rtes.example", "e2025", write_key(folder / "e.pem", self.ed)),
        )
        self.signer = DkimSigner([load_key(key) for key in self.keys])

    def txt(self, name: bytes, timeout: int = 5) -> bytes:
        if name.startswith(b"r2025."):
            public = self.rsa.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
        public = self.ed.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(public)

    def verdicts(self, message: bytes) -> list[bool]:
        """Say of each signature, from the top, whether dkimpy verifies it."""
        number = message.count(b"DKIM-Signature:")
        return [self._verifies(message, index) for index in range(number)]

    def _verifies(self, message: bytes, index: int) -> bool:
        try:
            return bool(dkim.DKIM(message).verify(idx=index, dnsfunc=self.txt))
        except dkim.ValidationError:
            return False


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Domain:
    return Domain(tmp_path_factory.mktemp("dkim"))


MESSAGE = (
    b"To: =?utf-8?b?w4lsaXNl?= <elise@example.org>\r\nDate: Thu, 03 Apr 2025 07:00:00 +0000\r\n"
    b"Message-ID: <1@rtes.example>\r\nList-Unsubscribe: <https://lettre.rtes.example/u/1>,\r\n"
    b" <mailto:stop@rtes.example?subject=unsubscribe>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b'From: "RTES" <lettre@rtes.example>\r\nSubject: Avril\r\nMIME-Version: 1.0\r\n'
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nBonjour,\r\n\r\nle mois d'avril.  \r\n"
)


def test_others_verify_both_signatures(domain: Domain) -> None:
    signed = domain.signer.sign(MESSAGE, NOW) + MESSAGE
    assert domain.verdicts(signed) == [True, True]
    head = signed[: signed.index(b"To: ")]
    assert max(len(line) for line in head.split(b"\r\n")) <= 78


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"le mois", b"Le mois"),
        (b"Subject: Avril", b"Subject: Mai"),
        (b"/u/1>", b"/u/2>"),
        (b"=One-Click", b"=Two-Click"),
        (b'From: "RTES"', b'From: "AUTRE"'),
        (b"Subject: Avril", b"Subject: Avril\r\nFrom: autre@example.net"),
        (b"Subject: Avril", b"Subject: Avril\r\nSubject: Mai"),
        (b"Subject: Avril", b"Subject: Avril\r\nReply-To: autre@example.net"),
        (b"Subject: Avril", b"Subject: Avril\r\nContent-Transfer-Encoding: base64"),
    ],
)
def test_a_change_on_the_way_is_seen(domain: Domain, old: bytes, new: bytes) -> None:
    signed = domain.signer.sign(MESSAGE, NOW) + MESSAGE
    assert domain.verdicts(signed.replace(old, new, 1)) == [False, False]


def test_refolded_headers_still_verify(domain: Domain) -> None:
    signed = domain.signer.sign(MESSAGE, NOW) + MESSAGE
    relayed = b"Received: from a by b; Thu, 3 Apr 2025 07:00:01 +0000\r\n" + signed.replace(
        b">,\r\n <mailto", b">, \t<mailto"
    )
    assert domain.verdicts(relayed) == [True, True]


_LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30), max_size=8)
_WORDS = st.text(st.sampled_from("ab \t.;:=éß"), max_size=40)


@settings(max_examples=60, deadline=None)
@given(lines=_LINES, empty=st.integers(0, 3), words=_WORDS)
def test_any_body_and_header_is_signed_as_others_read_it(
    domain: Domain, lines: list[str], empty: int, words: str
) -> None:
    body = "\r\n".join(lines).encode() + b"\r\n" * empty
    content = b"From: <lettre@rtes.example>\r\nSubject: x" + words.encode() + b"\r\n\r\n" + body
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    assert domain.verdicts(domain.signer.sign(content, NOW) + content) == [True, True]


def test_a_mailing_leaves_signed(mailed: tuple[Post, Script], domain: Domain) -> None:
    post, script = mailed
    post.send(transport=replace(post.transport, dkim=domain.keys))
    assert len(script.received) == 10
    assert all(domain.verdicts(content) == [True, True] for _address, content in script.received)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = write_key(tmp_path / "k.pem", ed25519.Ed25519PrivateKey.generate(), 0o640)
    with pytest.raises(WorkspaceError, match="can be read by others") as told:
        load_signer([SigningKey("rtes.example", "s", path)])
    assert "chmod 600" in told.value.hint


def test_a_weak_key_is_refused(tmp_path: Path) -> None:
    path = write_key(tmp_path / "k.pem", rsa.generate_private_key(65537, 1024))
    with pytest.raises(WorkspaceError, match="at least 2048 bits"):
        load_signer([SigningKey("rtes.example", "s", path)])


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n"])
def test_a_file_without_a_key_is_told_without_its_content(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "k.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(WorkspaceError, match="holds no private key") as told:
        load_signer([SigningKey("rtes.example", "s", path)])
    assert "secret" not in f"{told.value}{told.value.hint}{told.value.__cause__}"


def test_a_missing_key_is_told_before_anybody_is_frozen(post: Post, tmp_path: Path) -> None:
    key = SigningKey("rtes.example", "s", tmp_path / "absent.pem")
    with pytest.raises(WorkspaceError, match=r"absent\.pem cannot be read"):
        post.send(transport=replace(post.transport, dkim=(key,)))
    assert post.states() == {}
