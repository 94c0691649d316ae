"""`new`: a draft from a terminal or a script, never half of one."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@pytest.fixture
def new(demo_workspace: Path, rtesmail):
    def run(*arguments: str, **environment: str):
        done = rtesmail("new", *arguments, cwd=demo_workspace, **environment)
        assert "Traceback" not in done.stderr
        return done

    return run


@contextmanager
def terminal(root: Path, *arguments: str, language: str = "en") -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run the command with a real terminal around it."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "rtesmail", "new", *arguments],
        cwd=root,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "LANGUAGE": language},
    )
    os.close(theirs)
    try:
        yield ours, process
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def shown_until(screen: int, words: str) -> str:
    """Read the screen until some words stand on it, a minute at most."""
    seen = b""
    until = time.monotonic() + 60
    while words.encode() not in seen and time.monotonic() < until:
        if select.select([screen], [], [], 1)[0]:
            try:
                seen += os.read(screen, 4096)
            except OSError:
                break
    text = seen.decode()
    assert words in text
    return text


def rest_of(screen: int) -> str:
    """Read what a command that has ended left on the screen."""
    seen = b""
    while select.select([screen], [], [], 0)[0]:
        try:
            seen += os.read(screen, 4096)
        except OSError:
            break
    return seen.decode()


def files(root: Path) -> set[Path]:
    return set((root / "issues").rglob("*"))


def test_a_script_gets_a_draft_beside_those_of_its_kind(new, demo_workspace: Path) -> None:
    done = new("event", "--title", "Les achats : par où ?", "--start", "15/05/2025 9h30", "--set", "place=Brumeval")
    assert done.returncode == 0, done.stderr
    path = demo_workspace / "issues/snippets/agenda/2025-05-15-les-achats-par-ou.md"
    assert path.read_text(encoding="utf-8").splitlines() == [
        "---",
        "kind: event",
        "id: les-achats-par-ou",
        'title: "Les achats : par où ?"',
        "start: 2025-05-15 09:30",
        "place: Brumeval",
        "status: draft",
        "---",
    ]
    assert "status: reviewed" in done.stdout


EVENT = ("event", "--title", "Achats", "--set", "place=Brumeval")


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        (
            ("--set", "end=17h30", "--start", "15/05/2025 9h30"),
            ["start: 2025-05-15 09:30", "end: 2025-05-15 17:30"],
        ),
        (("--start", "mardi 3 juin 2025 de 9h30 à 12h"), ["start: 2025-06-03 09:30", "end: 2025-06-03 12:00"]),
        (("--start", "du samedi 10 au 11 mai 2025"), ["start: 2025-05-10", "end: 2025-05-11"]),
    ],
)
def test_an_event_is_dated_as_staff_write_it_in_an_agenda(
    new, demo_workspace: Path, told: tuple[str, ...], lines: list[str]
) -> None:
    done = new(*EVENT, *told)
    assert done.returncode == 0, done.stderr
    (path,) = (demo_workspace / "issues/snippets/agenda").glob("2025-*-achats.md")
    written = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in written if line.startswith(("start", "end"))] == lines


def test_two_ends_that_differ_are_told_and_nothing_is_written(new, demo_workspace: Path) -> None:
    before = files(demo_workspace)
    done = new(*EVENT, "--start", "15/05/2025 9h30-12h", "--set", "end=17h")
    assert done.returncode == 1
    assert "start tells the end 2025-05-15 12:00, and end another one: 2025-05-15 17:00" in done.stderr
    assert files(demo_workspace) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("evnt",), "There is no kind"),
        (("event", "--title", "Titre"), "needs start, place or online"),
        (("event", "--title", "Titre", "--start", "demain"), "start is not a date"),
        (("article", "--set", "colour=red"), "colour is not a field of article"),
        (("article", "--set", "colour"), "has no value"),
        (("article", "--set", "regions=Bretagne, Atlantide"), "There is no region 'Atlantide'"),
        (("article", "--title", "T", "--text", "x", "--edit"), "no editor"),
    ],
)
def test_what_cannot_be_a_draft_is_said_and_nothing_is_written(
    new, demo_workspace: Path, arguments: tuple[str, ...], words: str
) -> None:
    before = files(demo_workspace)
    done = new(*arguments, VISUAL="", EDITOR="")
    assert done.returncode == 1
    assert words in done.stderr
    assert files(demo_workspace) == before


def test_a_wrong_weekday_is_said_in_french_and_nothing_is_written(new, demo_workspace: Path) -> None:
    before = files(demo_workspace)
    done = new("event", "--title", "T", "--set", "place=B", "--start", "lundi 1 mai 2025", LANGUAGE="fr")
    assert done.returncode == 1
    assert "Le 1er mai 2025 est un jeudi, et non un lundi." in done.stderr
    assert files(demo_workspace) == before


def test_a_field_named_in_french_gets_the_file_s_own_name(new) -> None:
    done = new("event", "--set", "lieu=Brumeval", LANGUAGE="fr")
    assert done.returncode == 1
    assert "Le genre event n’a pas de champ lieu." in done.stderr
    assert "place" in done.stderr
    assert "online" not in done.stderr


def test_the_editor_opens_the_draft(new, demo_workspace: Path, tmp_path: Path) -> None:
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\necho "Un ajout." >> "$2"\n')
    editor.chmod(0o755)
    done = new("article", "--title", "Titre", "--text", "Mot.", "--edit", VISUAL=f"{editor} --wait", EDITOR="")
    assert done.returncode == 0, done.stderr
    written = (demo_workspace / "issues/snippets/articles/titre.md").read_text(encoding="utf-8")
    assert written.endswith("Mot.\nUn ajout.\n")


def test_a_terminal_is_asked_again_until_the_answer_fits(demo_workspace: Path) -> None:
    with terminal(demo_workspace, "call", "--title", "Un appel") as (screen, process):
        shown_until(screen, "Deadline (deadline)*")
        os.write(screen, b"demain\n")
        shown_until(screen, "is not a date")
        os.write(screen, b"\n")
        shown_until(screen, "deadline is needed")
        os.write(screen, b"1 juin 2025\n" + b"\n" * 20)
        shown_until(screen, "Draft written")
        assert process.wait(60) == 0
    text = (demo_workspace / "issues/snippets/appels/un-appel.md").read_text(encoding="utf-8")
    assert "deadline: 2025-06-01" in text


def test_an_event_neither_at_a_place_nor_online_is_asked_for_both_again(demo_workspace: Path) -> None:
    with terminal(demo_workspace, "event", "--title", "T", "--start", "15/05/2025", language="fr") as (screen, process):
        first = shown_until(screen, "Lieu (place)*\u00a0: ")
        assert "*\u00a0: champ nécessaire" in first
        assert "Il faut l’un de ces champs\u00a0: Lieu, En ligne." in first
        os.write(screen, b"\n")
        shown_until(screen, "En ligne (online)* [ex. oui]\u00a0: ")
        os.write(screen, "peut-être\n".encode())
        shown_until(screen, "En ligne (online)\u00a0: la réponse attendue est oui ou non.")
        os.write(screen, b"non\n")
        shown_until(screen, "À ce contenu (event), il manque\u00a0: Lieu (place) ou En ligne (online).")
        os.write(screen, b"Brumeval\n" + b"\n" * 20)
        shown_until(screen, "Brouillon écrit")
        assert process.wait(60) == 0
    written = demo_workspace / "issues/snippets/agenda/2025-05-15-t.md"
    assert "place: Brumeval" in written.read_text(encoding="utf-8")


def test_ctrl_c_writes_nothing_and_shows_how_to_go_on(demo_workspace: Path) -> None:
    before = files(demo_workspace)
    with terminal(demo_workspace, "call") as (screen, process):
        shown_until(screen, "Title (title)*")
        os.write(screen, "L’appel à projets\n".encode())
        shown_until(screen, "Deadline (deadline)*")
        process.send_signal(signal.SIGINT)
        last = shown_until(screen, "--set 'title=L’appel à projets'")
        assert process.wait(60) == 5
        # "Run the same command again" would begin from nothing.
        assert "same command" not in last + rest_of(screen)
    assert files(demo_workspace) == before


@pytest.mark.parametrize("kind", ["événement", "Evenement", "ÉVÈNEMENT"])
def test_a_kind_in_french_leads_to_its_name_with_and_without_accents(rtesmail, demo_workspace: Path, kind: str) -> None:
    told = rtesmail("new", kind, "--title", "Réunion", cwd=demo_workspace)
    assert told.returncode == 1
    assert "Did you mean event?" in told.stderr
