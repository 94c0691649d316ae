"""Servers that take several commands at once (RFC 2920): whatever they answer, each message has one true end."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from rtesmail.model.errors import StoppedError, UnusableTransportError
from rtesmail.model.publication import TransportKind, TransportSettings

from .conftest import Post

Answers = Callable[[bytes], bytes]
USUAL = {b"EHLO": b"250-quick.example\r\n250-SIZE 200000\r\n250 PIPELINING\r\n", b"DATA": b"354 go on\r\n"}


@dataclass
class Quick:
    """A server on loopback that answers each command, or the final dot, as it is told; b"" hangs up instead."""

    answers: Answers = field(default=lambda _command: b"")
    accepted: list[bytes] = field(default_factory=list)
    commands: list[bytes] = field(default_factory=list)
    connections: int = 0

    def answer(self, command: bytes) -> bytes:
        self.commands.append(command)
        return self.answers(command)

    def converse(self, peer: socket.socket) -> None:
        self.connections += 1
        with peer, peer.makefile("rb") as commands:
            peer.sendall(b"220 quick.example\r\n")
            recipient = b""
            for command in commands:
                recipient = command if command.startswith(b"RCPT") else recipient
                reply = self.answer(command)
                if not reply:
                    return
                peer.sendall(reply)
                if not reply.startswith(b"354 go on"):
                    continue
                content, line = b"", commands.readline()
                while line not in (b".\r\n", b""):
                    content, line = content + line, commands.readline()
                if not line:
                    return
                reply = self.answer(b"." + recipient)
                if content and reply.startswith(b"250"):
                    self.accepted.append(recipient)
                if not reply:
                    return
                peer.sendall(reply)


def usual(command: bytes) -> bytes:
    return USUAL.get(command[:4], b"250 2.0.0 fine\r\n")


@pytest.fixture
def quick() -> Iterator[tuple[Quick, TransportSettings]]:
    server, listening = Quick(usual), socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                peer, _place = listening.accept()
            except OSError:
                return
            threading.Thread(target=server.converse, args=(peer,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    port: int = listening.getsockname()[1]
    yield server, TransportSettings("quick", TransportKind.SMTP, host="127.0.0.1", port=port, connections=2)
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def test_everybody_gets_one_message(post: Post, quick: tuple[Quick, TransportSettings]) -> None:
    server, settings = quick
    post.send(transport=settings)
    assert sorted(server.accepted) == [b"RCPT TO:<p%03d@example.org>\r\n" % n for n in range(1, 11)]
    assert server.connections == 2
    assert all(b" SIZE=" in command for command in server.commands if command.startswith(b"MAIL"))


def test_a_refused_person_gets_nothing_though_the_content_was_asked_for(
    post: Post, quick: tuple[Quick, TransportSettings]
) -> None:
    server, settings = quick
    server.answers = lambda command: (
        b"550 5.1.1 nobody here\r\n" if command.startswith(b"RCPT TO:<p002") else usual(command)
    )
    post.send(transport=settings)
    assert post.states() == {f"p{n:03d}@example.org": "refused" if n == 2 else "accepted" for n in range(1, 11)}
    assert post.reply_to("p002@example.org")["reply"] == "5.1.1 nobody here"
    assert len(server.accepted) == len(set(server.accepted)) == 9


def test_a_person_put_off_does_not_disturb_the_next_one(post: Post, quick: tuple[Quick, TransportSettings]) -> None:
    server, settings = quick

    def answers(command: bytes) -> bytes:
        if command.startswith(b"RCPT TO:<p002"):
            return b"451 4.7.1 later\r\n"
        return usual(command)

    server.answers = answers
    post.send(transport=replace(settings, connections=1))
    assert post.states()["p002@example.org"] == "deferred"
    assert sorted(set(post.states().values())) == ["accepted", "deferred"]
    assert server.connections == 1


def test_the_words_of_a_server_that_hangs_up_at_once_are_kept(
    post: Post, quick: tuple[Quick, TransportSettings]
) -> None:
    server, settings = quick

    def answers(command: bytes) -> bytes:
        if server.connections == 1 and command.startswith(b"MAIL"):
            return b"421 4.3.2 closing down\r\n"
        return b"" if server.connections == 1 and command.startswith(b"RCPT") else usual(command)

    server.answers = answers
    post.send(transport=replace(settings, connections=1, rest_seconds=0))
    assert set(post.states().values()) == {"accepted"}
    (past,) = post.store.conn.execute("SELECT delivery_id, state, code, reply FROM delivery_history").fetchall()
    assert tuple(past) == (1, "pending", 421, "4.3.2 closing down")


def test_a_refused_sender_stops_the_run_with_the_servers_words(
    post: Post, quick: tuple[Quick, TransportSettings]
) -> None:
    server, settings = quick
    server.answers = lambda command: b"550 5.7.1 not you\r\n" if command.startswith(b"MAIL") else usual(command)
    with pytest.raises(StoppedError, match=r"refuses the sender .*: 550 5\.7\.1 not you"):
        post.send(transport=settings)
    assert set(post.states().values()) == {"pending"}
    assert server.accepted == []


def test_nonsense_after_the_dot_is_unknown_whatever_follows_it(
    post: Post, quick: tuple[Quick, TransportSettings]
) -> None:
    server, settings = quick
    server.answers = lambda command: b"what?\r\n250 2.0.0 fine\r\n" if command.startswith(b".") else usual(command)
    post.send(transport=settings, limit=2)
    assert sorted(post.states().values()) == ["pending"] * 8 + ["unknown"] * 2


def test_a_connection_lost_after_the_dot_is_unknown(post: Post, quick: tuple[Quick, TransportSettings]) -> None:
    server, settings = quick
    server.answers = lambda command: b"" if command.startswith(b".RCPT TO:<p003") else usual(command)
    post.send(transport=settings)
    assert post.states()["p003@example.org"] == "unknown"
    assert list(post.states().values()).count("accepted") == 9


def test_a_letter_larger_than_the_server_takes_stops_the_run_before_anybody_is_tried(
    post: Post, quick: tuple[Quick, TransportSettings]
) -> None:
    server, settings = quick
    server.answers = lambda command: (
        b"250-quick.example\r\n250-SIZE 1000\r\n250 PIPELINING\r\n" if command.startswith(b"EHLO") else usual(command)
    )
    with pytest.raises(UnusableTransportError, match="up to 1000 bytes, this letter has") as error:
        post.send(transport=settings)
    assert "smaller" in error.value.hint
    assert set(post.states().values()) == {"pending"}
    assert not any(command.startswith(b"MAIL") for command in server.commands)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (b"552 5.3.4 Message size exceeds fixed limit", "takes no letter of this size"),
        (b"552 message size exceeds fixed maximum message size", "takes no letter of this size"),
        (b"550 5.2.3 too long for us", "takes no letter of this size"),
        (b"552 5.2.2 you are over quota", "refuses the sender"),
        (b"550 5.7.1 not you", "refuses the sender"),
    ],
)
def test_a_refusal_of_the_size_is_not_told_as_one_of_the_sender(
    post: Post, quick: tuple[Quick, TransportSettings], reply: bytes, told: str
) -> None:
    server, settings = quick
    server.answers = lambda command: reply + b"\r\n" if command.startswith(b"MAIL") else usual(command)
    with pytest.raises(UnusableTransportError, match=told) as error:
        post.send(transport=settings)
    assert reply.decode() in str(error.value)
    assert set(post.states().values()) == {"pending"}


def test_a_connection_takes_no_more_messages_than_configured(
    post: Post, quick: tuple[Quick, TransportSettings]
) -> None:
    server, settings = quick
    post.send(transport=replace(settings, connections=1, messages_per_connection=3))
    assert (len(server.accepted), server.connections) == (10, 4)
    assert server.commands.count(b"QUIT\r\n") == 4
