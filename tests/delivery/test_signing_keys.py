"""Keys made here sign what others verify with the record printed here."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest

from rtesmail.delivery.signing import load_signer
from rtesmail.delivery.signing_keys import KeyKind, dns_record, make_key
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.publication import SigningKey


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
    assert "".join(strings) == record.value
    assert len(strings) > 1
    assert max(map(len, strings)) <= 255


def test_a_key_is_its_owners_alone_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "dkim" / "key.pem"
    make_key(KeyKind.ED25519, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    before = path.read_bytes()
    with pytest.raises(RefusedError, match="a key already"):
        make_key(KeyKind.ED25519, path)
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((WorkspaceError, RefusedError)):
        make_key(KeyKind.ED25519, tmp_path / "file" / "key.pem")
