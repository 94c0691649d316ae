"""The system's reasons inside our sentences."""

import errno
import os
import socket
import ssl

import pytest

from rtesmail.model.system_words import system_words


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_in_english_a_reason_is_the_systems_own(number: int) -> None:
    assert system_words(OSError(number, os.strerror(number))) == os.strerror(number)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 25)"), "Connection refused"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known"),
        (ssl.SSLError(1, "wrong version number"), "wrong version number"),
        (OSError("no number"), "no number"),
        (ValueError("embedded null byte"), "embedded null byte"),
    ],
)
def test_a_reason_is_short_and_loses_nothing_that_says_more(error: Exception, words: str) -> None:
    assert system_words(error) == words


def test_a_french_sentence_ends_in_french(rtesmail, demo_workspace) -> None:
    for name, words in (("absent.docx", "aucun fichier ou dossier de ce nom."), ("issues", "c’est un dossier.")):
        said = rtesmail("paste", name, cwd=demo_workspace, LANGUAGE="fr").stderr
        assert f"Impossible de lire {name}\N{NO-BREAK SPACE}: {words}" in said
