"""Keys made here sign what others verify with the record printed here, and a bad key is told in words."""

import errno
import os
import resource
import stat
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from rtesmail.delivery.signing.keys import KeyKind, dns_record, make_key, make_keys, read_signing_key
from rtesmail.delivery.signing.signatures import load_signer
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.publication import SigningKey

BOTH = (KeyKind.RSA, KeyKind.ED25519)


def write_key(path: Path, key: PrivateKeyTypes, password: bytes = b"", mode: int = 0o600) -> Path:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock))
    path.chmod(mode)
    return path


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_new_key_and_its_printed_record_belong_together(tmp_path: Path, kind: KeyKind) -> None:
    key = SigningKey("rtes.example", "m202504", tmp_path / "dkim" / "key.pem")
    make_key(kind, key.key_file)
    signer, record = load_signer([key]), dns_record(key)
    assert signer is not None
    content = b"From: <lettre@rtes.example>\r\nSubject: Avril\r\n\r\nBonjour.\r\n"
    signed = signer.sign(content, datetime(2025, 4, 3, tzinfo=UTC)) + content
    asked: list[bytes] = []

    def answer(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record.value.encode()

    assert dkim.verify(signed, dnsfunc=answer)
    assert asked == [f"{record.name}.".encode()]


def test_the_strings_of_a_zone_line_are_short_enough_and_lose_nothing(tmp_path: Path) -> None:
    key = SigningKey("rtes.example", "m202504", tmp_path / "key.pem")
    make_key(KeyKind.RSA, key.key_file)
    record = dns_record(key)
    strings = record.zone_line.split('"')[1::2]
    assert record.zone_line.startswith("m202504._domainkey.rtes.example. IN TXT ( ")
    assert "".join(strings) == record.value
    assert len(strings) > 1
    assert max(map(len, strings)) <= 255


def test_a_key_is_its_owners_alone_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "lists" / "dkim" / "key.pem"
    make_key(KeyKind.ED25519, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    before = path.read_bytes()
    with pytest.raises(RefusedError, match="a key already") as told:
        make_key(KeyKind.ED25519, path)
    assert "--selector" in told.value.hint
    assert path.read_bytes() == before


def test_an_open_umask_does_not_open_a_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_key(KeyKind.ED25519, tmp_path / "dkim" / "key.pem")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "dkim" / "key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "dkim").stat().st_mode) == 0o700


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "key.pem").symlink_to(tmp_path / "elsewhere.pem")
    with pytest.raises(RefusedError, match="a key already"):
        make_key(KeyKind.ED25519, tmp_path / "key.pem")
    assert not (tmp_path / "elsewhere.pem").exists()


def test_git_leaves_the_folder_of_new_keys_out(tmp_path: Path) -> None:
    make_keys("rtes.example", "avril", BOTH, tmp_path / "dkim")
    assert (tmp_path / "dkim" / ".gitignore").read_text() == "*\n"


def test_an_existing_folder_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_key(KeyKind.ED25519, tmp_path / "key.pem")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert [file.name for file in tmp_path.iterdir()] == ["key.pem"]


def test_two_keys_are_made_together_or_not_at_all(tmp_path: Path) -> None:
    (made_first, made_second) = make_keys("rtes.example", "avril", BOTH, tmp_path)
    assert (made_first.selector, made_second.selector) == ("avril", "avrile")
    made_first.key_file.unlink()
    with pytest.raises(RefusedError, match=r"rtes\.example\.avrile\.pem"):
        make_keys("rtes.example", "avril", BOTH, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["rtes.example.avrile.pem"]


def test_a_name_too_long_for_a_file_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    selector = "s" * (255 - len("rtes.example..pem"))
    with pytest.raises(WorkspaceError, match=os.strerror(errno.ENAMETOOLONG)):
        make_keys("rtes.example", selector, BOTH, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot be written") as told:
        make_key(KeyKind.ED25519, tmp_path / "file" / "key.pem")
    assert told.value.hint


def test_a_key_that_cannot_be_written_whole_leaves_no_file(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40, before[1]))
    try:
        with pytest.raises(WorkspaceError, match=os.strerror(errno.EFBIG)):
            make_key(KeyKind.ED25519, tmp_path / "key.pem")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_a_key_that_others_can_reach_is_refused_with_what_to_run(tmp_path: Path, mode: int) -> None:
    path = write_key(tmp_path / "my key.pem", ed25519.Ed25519PrivateKey.generate(), mode=mode)
    with pytest.raises(WorkspaceError, match="can be read by others") as told:
        read_signing_key(path)
    assert told.value.hint == f"Run: chmod 600 '{path}'"


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_of_its_owner_alone_is_read(tmp_path: Path, mode: int) -> None:
    path = write_key(tmp_path / "key.pem", ed25519.Ed25519PrivateKey.generate(), mode=mode)
    assert isinstance(read_signing_key(path), ed25519.Ed25519PrivateKey)


def test_the_older_form_of_rsa_keys_is_read_too(tmp_path: Path) -> None:
    key, path = rsa.generate_private_key(65537, 2048), tmp_path / "key.pem"
    form = serialization.PrivateFormat.TraditionalOpenSSL
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    path.chmod(0o600)
    assert dns_record(SigningKey("rtes.example", "s", path)).value.startswith("v=DKIM1; k=rsa; p=MIIBIjAN")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (rsa.generate_private_key(65537, 1024), "1024 bits, too few"),
        (rsa.generate_private_key(65537, 1536), "1536 bits, too few"),
        (ec.generate_private_key(ec.SECP256R1()), "should be RSA or Ed25519"),
        (dsa.generate_private_key(1024), "should be RSA or Ed25519"),
    ],
)
def test_a_key_that_receivers_would_not_trust_is_refused(tmp_path: Path, key: PrivateKeyTypes, words: str) -> None:
    with pytest.raises(WorkspaceError, match=words) as told:
        read_signing_key(write_key(tmp_path / "key.pem", key))
    assert "rtesmail dkim new" in told.value.hint


def test_a_key_with_a_password_is_told_how_to_unlock(tmp_path: Path) -> None:
    path = write_key(tmp_path / "key.pem", ed25519.Ed25519PrivateKey.generate(), password=b"secret")
    with pytest.raises(WorkspaceError, match="locked with a password") as told:
        read_signing_key(path)
    assert f"openssl pkey -in {path}" in told.value.hint


def test_a_public_key_in_place_of_the_private_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    path.write_bytes(public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    path.chmod(0o600)
    with pytest.raises(WorkspaceError, match="holds no private key"):
        read_signing_key(path)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\x00", b"-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_without_a_key_is_told_without_its_content(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(WorkspaceError, match="holds no private key") as told:
        read_signing_key(path)
    assert "secret" not in f"{told.value}{told.value.hint}{told.value.__cause__}"
    assert told.value.__suppress_context__


@pytest.mark.parametrize("name", ["absent.pem", ""])
def test_a_missing_file_and_a_folder_are_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(WorkspaceError, match="cannot be read") as told:
        read_signing_key(tmp_path / name)
    assert "key_file" in told.value.hint


def test_a_key_says_nothing_of_itself_in_a_log(tmp_path: Path) -> None:
    key = SigningKey("rtes.example", "s", write_key(tmp_path / "key.pem", ed25519.Ed25519PrivateKey.generate()))
    secret = key.key_file.read_text().splitlines()[1]
    assert secret not in f"{load_signer([key])!r}{key!r}"
