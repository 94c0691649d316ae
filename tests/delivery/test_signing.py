"""DKIM: what we sign, others verify; what is changed on the way, they refuse."""

import base64
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.delivery.proofs import all_accepted, send_proof
from rtesmail.delivery.signing.keys import dns_record
from rtesmail.delivery.signing.signatures import DkimSigner, load_key, load_signer
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.publication import SigningKey

from .conftest import Post, Script, make_edition
from .test_composing import HOSTILE, make, recipient

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
        (b"Subject: Avril", b"Subject: Avril\r\nCc: autre@example.net"),
        (b"Subject: Avril", b"Subject: Avril\r\nList-Unsubscribe: <https://example.net/>"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        (b"elise@", b"louise@"),
        (b"03 Apr", b"04 Apr"),
        (b"<1@rtes", b"<2@rtes"),
        (b"text/plain", b"text/html"),
        (b"MIME-Version: 1.0\r\n", b""),
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


_LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30) | st.just("."), max_size=8
)
_WORDS = st.lists(st.text(st.sampled_from("ab \t.;:=éß"), max_size=20).map("x{}x".format), min_size=1, max_size=4)
_FOLDS = st.sampled_from(["\r\n ", "\r\n\t", "\r\n  \t ", " \r\n ", " ", "\t\t"])


@settings(max_examples=80)
@given(lines=_LINES, empty=st.integers(0, 30), words=_WORDS, fold=_FOLDS, end=st.sampled_from(["", " ", "\t"]))
def test_any_body_and_header_is_signed_as_others_read_it(
    domain: Domain, lines: list[str], empty: int, words: list[str], fold: str, end: str
) -> None:
    body = "\r\n".join(lines).encode() + b"\r\n" * empty
    subject = (fold.join(words) + end).encode()
    content = b"From: <lettre@rtes.example>\r\nsubject:" + subject + b"\r\nX-Other:\r\n\r\n" + body
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    assert domain.verdicts(domain.signer.sign(content, NOW) + content) == [True, True]


@pytest.mark.parametrize(
    "content", [b"From: <a@rtes.example>\r\n\r\n", b"From: <a@rtes.example>\r\nTo: <b@example.org>\r\n"]
)
def test_a_message_without_a_body_is_signed(domain: Domain, content: bytes) -> None:
    assert domain.verdicts(domain.signer.sign(content, NOW) + content) == [True, True]


def test_of_fields_that_stand_twice_both_are_signed(domain: Domain) -> None:
    twice = MESSAGE.replace(b"MIME-Version", b"Feedback-ID: a:b\r\nFeedback-ID: c:d\r\nMIME-Version")
    signed = domain.signer.sign(twice, NOW) + twice
    assert domain.verdicts(signed) == [True, True]
    assert domain.verdicts(signed.replace(b"a:b", b"a:x")) == [False, False]
    assert domain.verdicts(signed.replace(b"c:d", b"c:x")) == [False, False]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_letter_verifies_whatever_its_reader_is_called(domain: Domain, name: str) -> None:
    letter = make(make_edition(), recipient(name=name, organisation=name))
    assert domain.verdicts(domain.signer.sign(letter.content, NOW) + letter.content) == [True, True]


def test_what_asks_to_unsubscribe_is_covered_and_from_is_named_once_more(domain: Domain) -> None:
    letter = make(make_edition())
    field = domain.signer.sign(letter.content, NOW).decode().replace("\r\n ", "")
    names = field.partition("h=")[2].partition(";")[0].split(":")
    assert [names.count(name) for name in ("From", "Subject", "List-Unsubscribe", "List-Unsubscribe-Post")] == [2] * 4
    assert {"Return-Path", "Received"}.isdisjoint(names)
    assert "x=" not in field.partition("bh=")[0]
    assert " l=" not in field


def test_rsa_stands_on_top_for_those_who_look_at_one_signature_only(domain: Domain) -> None:
    signer = load_signer(tuple(reversed(domain.keys)))
    assert signer is not None
    assert [line for line in signer.sign(MESSAGE, NOW).split(b"\r\n") if b" a=" in line] == [
        b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple;",
        b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/simple;",
    ]


def test_long_names_stay_on_short_lines(domain: Domain) -> None:
    long = replace(domain.keys[1], domain=f"{'a' * 60}.rtes.example", selector="s" * 63)
    signer = load_signer([long])
    assert signer is not None
    assert max(map(len, signer.sign(MESSAGE, NOW).split(b"\r\n"))) <= 78


def test_threads_that_share_a_signer_sign_as_one_does(domain: Domain) -> None:
    letters = [MESSAGE.replace(b"elise@", b"e%d@" % number) for number in range(200)]
    alone = [domain.signer.sign(letter, NOW) for letter in letters]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda letter: domain.signer.sign(letter, NOW), letters)) == alone


RFC_8463_KEY = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
RFC_8463_SIGNED = (
    b"from:Joe SixPack <joe@football.example.com>\r\nto:Suzie Q <suzie@shopping.example.net>\r\n"
    b"subject:Is dinner ready?\r\ndate:Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    b"message-id:<20030712040037.46341.5F8J@football.example.com>\r\n"
    b"dkim-signature:v=1; a=ed25519-sha256; c=relaxed/relaxed; d=football.example.com; i=@football.example.com;"
    b" q=dns/txt; s=brisbane; t=1528637909; h=from : to : subject : date : message-id : from : subject : date;"
    b" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b="
)


def test_ed25519_signs_as_the_example_of_rfc_8463(tmp_path: Path) -> None:
    private = ed25519.Ed25519PrivateKey.from_private_bytes(base64.b64decode(RFC_8463_KEY))
    key = SigningKey("football.example.com", "brisbane", write_key(tmp_path / "k.pem", private))
    assert base64.b64encode(load_key(key).signature_of(RFC_8463_SIGNED)) == (
        b"/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
    )
    assert dns_record(key).name == "brisbane._domainkey.football.example.com"
    assert dns_record(key).value == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def test_a_mailing_leaves_signed(mailed: tuple[Post, Script], domain: Domain) -> None:
    post, script = mailed
    post.send(transport=replace(post.transport, dkim=domain.keys))
    assert len(script.received) == 10
    assert all(domain.verdicts(content) == [True, True] for _address, content in script.received)


def test_a_proof_leaves_signed_as_the_mailing_would(mailed: tuple[Post, Script], domain: Domain) -> None:
    post, script = mailed
    transport = replace(post.transport, dkim=domain.keys)
    colleagues = ["a@rtes.example", "b@rtes.example"]
    assert all_accepted(send_proof(post.workspace, post.edition, colleagues, transport, post.watch))
    proofs, script.received = script.received, []
    post.send(transport=transport, limit=1)
    ((_address, letter),) = script.received
    assert [address for address, _content in proofs] == colleagues
    for _address, proof in proofs:
        assert domain.verdicts(proof) == [True, True]
        assert domain.verdicts(proof.replace(b"[BAT]", b"[BON]", 1).replace(b"W0JBVF0", b"W0JPTl0", 1)) == [
            False,
            False,
        ]
        for tag in (b"a=", b"d=", b"s=", b"c="):
            assert tags(proof, tag) == tags(letter, tag)


def tags(message: bytes, tag: bytes) -> list[bytes]:
    """Give what the signatures at a message's top say under a tag."""
    return re.findall(rb"[ ;]" + tag + rb"([^;]+);", message.partition(b"\r\nFrom:")[0])


def test_a_missing_key_is_told_before_a_proof_leaves(mailed: tuple[Post, Script], tmp_path: Path) -> None:
    post, script = mailed
    key = SigningKey("rtes.example", "s", tmp_path / "absent.pem")
    with pytest.raises(WorkspaceError, match=r"absent\.pem cannot be read"):
        send_proof(post.workspace, post.edition, ["a@rtes.example"], replace(post.transport, dkim=(key,)), post.watch)
    assert script.received == []


def test_two_keys_under_one_name_are_refused(domain: Domain) -> None:
    with pytest.raises(WorkspaceError, match="same domain and selector") as told:
        load_signer([domain.keys[0], replace(domain.keys[1], selector=domain.keys[0].selector)])
    assert "[[transports.NAME.dkim]]" in told.value.hint


def test_no_keys_no_signer() -> None:
    assert load_signer(()) is None


def test_a_missing_key_is_told_before_anybody_is_frozen(post: Post, tmp_path: Path) -> None:
    key = SigningKey("rtes.example", "s", tmp_path / "absent.pem")
    with pytest.raises(WorkspaceError, match=r"absent\.pem cannot be read"):
        post.send(transport=replace(post.transport, dkim=(key,)))
    assert post.states() == {}
