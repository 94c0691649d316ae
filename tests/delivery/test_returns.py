"""What comes back to the house says which delivery it is about."""

import pytest
from msgspec.structs import replace

from rtesmail.delivery.tokens import load_secret
from rtesmail.delivery.verp import read_verp
from rtesmail.model.errors import WorkspaceError

from .conftest import Post, Script

RETURNS = "retours@rtes.example"


def test_each_envelope_that_the_server_takes_names_the_row_of_the_ledger(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    post.transport = replace(post.transport, envelope_sender=RETURNS, verp=True)
    post.send()
    secret = load_secret(post.workspace)
    rows = post.store.conn.execute("SELECT id, email FROM deliveries")
    assert {address: read_verp(secret, sender) for address, sender in script.senders.items()} == {
        row["email"]: row["id"] for row in rows
    }


def test_without_verp_all_envelopes_have_the_one_address(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    post.transport = replace(post.transport, envelope_sender=RETURNS)
    post.send()
    assert set(script.senders.values()) == {RETURNS}


def test_a_message_id_that_comes_back_finds_its_row_by_its_number(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    post.send()
    assert len(script.received) == 10
    for address, content in script.received:
        message_id = content.split(b"\r\nMessage-ID: ")[1].split(b"\r\n")[0].decode()
        number = int(message_id.strip("<").partition(".")[0])
        row = post.store.conn.execute("SELECT email, message_id FROM deliveries WHERE id = ?", (number,)).fetchone()
        assert (row["email"], row["message_id"]) == (address, message_id)


def test_an_address_for_returns_that_is_too_long_is_told_before_anybody_is_frozen(post: Post) -> None:
    post.transport = replace(post.transport, envelope_sender=f"{'r' * 40}@rtes.example", verp=True)
    with pytest.raises(WorkspaceError, match="too long to carry"):
        post.send()
    assert post.states() == {}


def test_a_sent_letter_says_where_help_and_the_past_letters_are(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    post.send()
    head = script.received[0][1].partition(b"\r\n\r\n")[0]
    assert b"\r\nList-Help: <mailto:c@rtes.example>\r\n" in head
    assert b"\r\nList-Archive: <https://lettre.rtes.example/lettres/>\r\n" in head
