"""What the preview's two forms do, for whom alone, and when they refuse."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from itertools import product
from pathlib import Path

import pytest
import requests

from .conftest import APRIL, Preview, serving
from .forms import PAGE, approver, fields_of, send, told

SNIPPET = Path("issues/snippets/articles/bloc-communal.md")


def spoil(preview: Preview) -> None:
    """Write what a check finds wrong."""
    path = preview.root / SNIPPET
    path.write_text(path.read_text(encoding="utf-8") + "\nLe mercredi 10 avril 2025.\n", encoding="utf-8")


@pytest.fixture
def mailing_preview(preview: Preview) -> Preview:
    """A preview whose proofs leave into a folder."""
    path = preview.root / "rtesmail.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"demo"', '"boite"'), encoding="utf-8")
    return preview


def letters(preview: Preview) -> Iterator[bytes]:
    return (path.read_bytes() for path in (preview.root / "out" / "outbox").rglob("*.eml"))


def test_what_is_seen_is_approved_under_the_name_given(preview: Preview) -> None:
    fields = fields_of(preview, f"{PAGE}?size=phone&scheme=dark")
    answer = send(preview, "approve", {**fields, "name": "  Camille   Exemple "})
    assert answer.url == f"{preview.url}{PAGE}?size=phone&scheme=dark&said={answer.url.split('said=')[1]}"
    assert told(answer).startswith(f"Approved by Camille Exemple as it is now ({fields['digest'][:12]}).")
    assert approver(preview) == "Camille Exemple"
    page = preview.page(PAGE)
    assert "Not approved" not in page
    assert f'action="{PAGE}/approve"' not in page


def test_a_yes_for_some_lists_is_not_widened_from_the_preview(preview: Preview, rtesmail) -> None:
    rtesmail("import", "lists/sample.csv", "--list", "demo", cwd=preview.root)
    assert rtesmail("approve", APRIL, "--by", "Anne", "--for", "demo", cwd=preview.root).returncode == 0
    words = told(send(preview, "approve", {**fields_of(preview), "name": "Camille"}))
    assert words.startswith(f"Anne approved {APRIL} for demo only")
    assert approver(preview) == "Anne"


def test_what_changed_since_it_was_shown_is_neither_approved_nor_sent(mailing_preview: Preview) -> None:
    fields = fields_of(mailing_preview)
    path = mailing_preview.root / SNIPPET
    path.write_text(path.read_text(encoding="utf-8") + "\nUn mot de plus.\n", encoding="utf-8")
    for deed, typed in (("approve", {"name": "Camille Exemple"}), ("proof", {"to": "camille@example.org"})):
        words = told(send(mailing_preview, deed, {**fields, **typed}))
        assert words.startswith(f"{APRIL} has changed since this page was shown. Nothing was done.")
    assert approver(mailing_preview) is None
    assert not list(letters(mailing_preview))

    assert told(send(mailing_preview, "approve", {**fields_of(mailing_preview), "name": "Camille"})).startswith("Appr")


def test_errors_refuse_the_approval_in_the_words_of_the_command(preview: Preview, rtesmail) -> None:
    spoil(preview)
    said = rtesmail("approve", APRIL, "--by", "Camille Exemple", cwd=preview.root)
    assert said.returncode == 3
    page = preview.page(PAGE)
    assert f"{APRIL} has errors and cannot be approved or sent." in page
    words = told(send(preview, "approve", {**fields_of(preview), "name": "Camille Exemple"}))
    refusal = f"{APRIL} has errors and cannot be approved or sent."
    hint = f"Mend them, then run: rtesmail check {APRIL}"
    assert words == f"{refusal} {hint}"
    assert refusal in said.stderr + said.stdout
    assert hint in said.stderr + said.stdout
    assert approver(preview) is None


def test_an_approval_needs_a_name(preview: Preview) -> None:
    for name in ("", "   "):
        words = told(send(preview, "approve", {**fields_of(preview), "name": name}))
        assert words.startswith("An approval needs the name of the person who gives it.")
    assert approver(preview) is None


def test_a_proof_leaves_marked_and_the_page_says_for_whom(mailing_preview: Preview) -> None:
    fields = {**fields_of(mailing_preview), "to": "camille@example.org; sam@example.org"}
    words = told(send(mailing_preview, "proof", fields))
    assert words.startswith("The proof has left, to 2 addresses.")
    assert "camille@example.org: accepted" in words
    mails = [message_from_bytes(content, policy=policy.default) for content in letters(mailing_preview)]
    assert sorted(mail["to"].addresses[0].addr_spec for mail in mails) == ["camille@example.org", "sam@example.org"]
    assert all(mail["subject"].startswith("[BAT]") for mail in mails)
    assert not any(b"rtesmail-place" in content for content in letters(mailing_preview))
    assert approver(mailing_preview) is None


def test_a_proof_holds_the_blocks_that_are_shown(mailing_preview: Preview) -> None:
    path = mailing_preview.root / "issues" / "snippets" / "agenda" / "2025-07-01-assemblee-generale.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("kind: event", "kind: event\nonly_for: {levels: [région]}", 1), encoding="utf-8")
    for readers, is_there in (("", True), ("0", False), ("1", True)):
        fields = fields_of(mailing_preview, f"{PAGE}?readers={readers}")
        address = f"r{readers}@example.org"
        assert told(send(mailing_preview, "proof", {**fields, "to": address})).startswith("The proof has left")
        (mail,) = (mail for mail in letters(mailing_preview) if address.encode() in mail)
        text_part = message_from_bytes(mail, policy=policy.default).get_body(("plain",))
        assert text_part is not None
        assert ("Assemblée générale du RTES" in text_part.get_content()) is is_there


def test_an_address_that_cannot_be_used_is_said_and_nothing_leaves(mailing_preview: Preview) -> None:
    refusals = {
        "": "A proof needs an address to go to.",
        "a@example.org camille": "Nothing can be sent to camille: ",
        " ".join(f"p{n}@example.org" for n in range(11)): "A proof goes to 10 addresses at most.",
    }
    for typed, words in refusals.items():
        assert words in told(send(mailing_preview, "proof", {**fields_of(mailing_preview), "to": typed}))
    assert not list(letters(mailing_preview))


def test_a_server_that_is_not_there_is_said(preview: Preview) -> None:
    path = preview.root / "rtesmail.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("port = 2525", "port = 9"), encoding="utf-8")
    answer = send(preview, "proof", {**fields_of(preview), "to": "camille@example.org"})
    assert "127.0.0.1" in told(answer)
    assert 'value="camille@example.org"' in answer.text


FORGED = [
    {"Origin": "https://rebound.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Host": "rebound.example"},
]


def test_a_form_from_elsewhere_does_nothing(preview: Preview) -> None:
    fields = {**fields_of(preview), "name": "Mallory", "to": "mallory@example.org"}
    for deed, headers in product(("approve", "proof"), FORGED):
        assert send(preview, deed, fields, **headers).status_code in (403, 421), headers
    assert [path.name for path in (preview.root / "lists").iterdir()] == ["sample.csv"]


def test_a_form_that_does_not_know_this_run_does_nothing(preview: Preview) -> None:
    fields = {**fields_of(preview), "name": "Mallory", "to": "mallory@example.org"}
    del fields["token"]
    for deed, token in product(("approve", "proof"), ({}, {"token": ""}, {"token": "x"}, {"token": "é"})):
        assert send(preview, deed, {**fields, **token}).status_code == 403
    with serving(preview.root) as another:
        assert send(another, "approve", {**fields_of(preview), "name": "Mallory"}).status_code == 403
    assert approver(preview) is None


def test_a_page_of_an_earlier_run_knows_that_it_is_old(preview: Preview) -> None:
    stamps = set()
    for _run in range(2):
        with serving(preview.root) as running:
            stamps.add(running.page("/").split('data-stamp="')[1].split('"')[0])
    assert len(stamps) == 2


def test_a_form_is_not_sent_by_looking(preview: Preview) -> None:
    query = {**fields_of(preview), "name": "Mallory", "to": "mallory@example.org"}
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        for deed in ("approve", "proof"):
            address = f"{preview.url}{PAGE}/{deed}"
            answer = requests.request(method, address, params=query, headers={"Origin": preview.url}, timeout=60)
            assert answer.status_code == 405
    assert approver(preview) is None


def test_a_form_as_large_as_no_form_is_refused(preview: Preview) -> None:
    assert send(preview, "approve", {**fields_of(preview), "name": "x" * 20_000}).status_code == 413


def test_an_issue_that_is_not_there_cannot_be_approved(preview: Preview) -> None:
    fields = {**fields_of(preview), "name": "Camille Exemple"}
    for name in ("2031-01-mensuelle", "..", "..%2F..%2Fetc"):
        answer = requests.post(
            f"{preview.url}/issue/{name}/approve", data=fields, headers={"Origin": preview.url}, timeout=60
        )
        assert answer.status_code in (404, 405)
    assert approver(preview) is None


def test_a_name_of_markup_is_shown_as_words(preview: Preview) -> None:
    name = "<script>alert(1)</script>"
    answer = send(preview, "approve", {**fields_of(preview), "name": name})
    assert name not in answer.text
    assert name in told(answer)
