"""Servers that answer what no server should: nobody is lost, nobody is mailed twice, one person stops nobody else."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from msgspec.structs import replace

from rtesmail.model.errors import StoppedError
from rtesmail.model.publication import TransportKind, TransportSettings

from .conftest import Post

Answers = Callable[[bytes], bytes]
Serve = Callable[[Answers], TransportSettings]


def usual(command: bytes) -> bytes:
    """The reply of a sane server, to a command or to the final dot."""
    if command.startswith(b"EHLO"):
        return b"250-odd.example\r\n250 SMTPUTF8\r\n"
    return b"354 go on\r\n" if command.startswith(b"DATA") else b"250 2.0.0 fine\r\n"


def converse(line: socket.socket, answers: Answers) -> None:
    with line, line.makefile("rb") as commands:
        line.sendall(b"220 odd.example\r\n")
        for command in commands:
            reply = answers(command)
            line.sendall(reply)
            if not reply.startswith(b"354 go on"):
                continue
            while commands.readline() not in (b".\r\n", b""):
                pass
            line.sendall(answers(b"."))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server on loopback that answers each command as it is told."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept(answers: Answers) -> None:
        while True:
            try:
                line, _place = listening.accept()
            except OSError:
                return
            threading.Thread(target=converse, args=(line, answers), daemon=True).start()

    def start(answers: Answers) -> TransportSettings:
        threading.Thread(target=accept, args=(answers,), daemon=True).start()
        port: int = listening.getsockname()[1]
        return TransportSettings("odd", TransportKind.SMTP, host="127.0.0.1", port=port, connections=2)

    yield start
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def test_a_server_that_takes_back_its_word_on_accents_stops_only_that_person(post: Post, serve: Serve) -> None:
    post.store.conn.execute("UPDATE subscribers SET email = 'élise@example.org' WHERE id = 1")

    def answers(command: bytes) -> bytes:
        return b"555 5.6.7 not here\r\n" if b"SMTPUTF8" in command else usual(command)

    post.send(transport=serve(answers))
    assert post.states() == {"élise@example.org": "refused"} | dict.fromkeys(list(post.states())[1:], "accepted")
    assert "not here" in post.reply_to("élise@example.org")["reply"]


def test_a_reply_that_makes_no_sense_before_the_message_leaves_it_waiting(post: Post, serve: Serve) -> None:
    def answers(command: bytes) -> bytes:
        return b"354 what?\r\n" if command.startswith(b"RCPT") and b"p002" in command else usual(command)

    post.send(transport=serve(answers))
    assert post.states()["p002@example.org"] == "deferred"
    assert sorted(set(post.states().values())) == ["accepted", "deferred"]


def test_a_reply_that_makes_no_sense_after_the_dot_is_unknown(post: Post, serve: Serve) -> None:
    post.send(transport=serve(lambda command: b"334 hm\r\n" if command == b"." else usual(command)), limit=2)
    assert sorted(post.states().values()) == ["pending"] * 8 + ["unknown"] * 2


def test_a_server_that_hangs_up_on_everybody_is_not_tried_for_ever(post: Post, serve: Serve) -> None:
    def answers(command: bytes) -> bytes:
        return b"421 4.3.2 no more\r\n" if command.startswith(b"MAIL") else usual(command)

    settings = replace(serve(answers), connections=1, rest_seconds=0)
    for _again in range(2):
        with pytest.raises(StoppedError, match="20 failures in a row; the last one: 421"):
            post.send(transport=settings)
    for _again in range(2):
        with suppress(StoppedError):
            post.send(transport=settings)
    assert set(post.states().values()) == {"deferred"}
