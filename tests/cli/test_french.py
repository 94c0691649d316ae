"""What is said to somebody whose terminal is French."""

import re
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("status", "nope"), "Le numéro « nope » n’existe pas."),
        (("status",), "Il manque « NUMÉRO »."),
        (("sned",), "La commande « sned » n’existe pas. Vouliez-vous dire « send »"),
        (("preview", "--port", "many"), "« --port » ne convient pas : c’est un nombre"),
        (("who", "x", "--state", "foo"), "L’état « foo » n’existe pas."),
        (("export", "x.csv", "--list", "inconnue"), "Il n’y a pas de liste « inconnue »."),
        (("assemble", "annuelle", "1", "--list"), "L’option --list n’existe pas."),
    ],
)
def test_what_was_typed_stands_between_french_quotation_marks(
    rtesmail, demo_workspace: Path, typed: tuple[str, ...], words: str
) -> None:
    said = rtesmail(*typed, cwd=demo_workspace, LANGUAGE="fr").stderr
    assert words in said.replace("\N{NO-BREAK SPACE}", " ")


def test_clauses_are_joined_as_printers_do(rtesmail, demo_workspace: Path) -> None:
    shown = rtesmail("calendar", cwd=demo_workspace, LANGUAGE="fr").stdout
    assert "\N{NO-BREAK SPACE}; " in shown
    assert not re.search(r"\w; ", shown)


def test_the_heads_of_the_help_have_the_space_before_their_colon(rtesmail) -> None:
    shown = rtesmail("--help", LANGUAGE="fr").stdout + rtesmail("status", "--help", LANGUAGE="fr").stdout
    for head in ("Options", "Commandes", "Arguments"):
        assert f"\n{head}\N{NO-BREAK SPACE}:\n" in shown
    assert "COMMAND [" not in shown


def test_a_sentence_goes_on_small_after_a_colon(rtesmail, demo_workspace: Path) -> None:
    typed = ("proof", "2025-04-mensuelle", "--to", "a@rtes.example", "--transport", "boite", "--as-if", "level=régoin")
    said = rtesmail(*typed, cwd=demo_workspace, LANGUAGE="fr").stderr.replace("\N{NO-BREAK SPACE}", " ")
    assert "--as-if ne convient pas : le niveau « régoin » n’existe pas." in said
