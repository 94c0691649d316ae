"""Text in every usual encoding, told apart by its bytes alone."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtesmail.audience.encodings import find_encoding
from rtesmail.model.errors import WorkspaceError

TEXTS = [
    "prénom;courriel\nInès;ines@ville.example\nHélène L’Hermelay;h@ville.example\n",
    "NOM;VILLE;E-MAIL\nLEFÈVRE;ÉPINAL;x@y.example\nGARÇON;ÎLE-D’YEU;g@y.example\n",
    "nom;organisme\nZoé « Zaz » Müller;Communauté d’agglomération – Pays Basque\n",
    "email;fonction\nx@y.example;Élue référente à l’économie sociale… et solidaire\n",
    "email;ville\nx@y.example;Nîmes\n",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp1252", "Windows-1252"),
        ("mac_roman", "MacRoman"),
    ],
)
def test_french_is_read_as_it_was_written(tmp_path: Path, text: str, codec: str, name: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(text.encode(codec))
    found = find_encoding(path)
    assert found.name == name
    assert path.read_bytes().decode(found.codec) == text
    assert found.is_certain == (codec not in ("cp1252", "mac_roman"))


def test_a_letter_cut_by_the_end_of_a_piece_is_still_one(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"x" * ((1 << 20) - 1) + "é".encode() + b"y" * 100)
    assert find_encoding(path).name == "UTF-8"


def test_bytes_that_are_no_text_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"email\na\x81@x.example;\xff\n")
    with pytest.raises(WorkspaceError, match="none of these encodings") as refused:
        find_encoding(path)
    assert refused.value.hint


@given(
    words=st.lists(
        st.sampled_from(["élu", "Île", "où", "garçon", "Noël", "forêt", "à", "Évry", "l’eau", "cœur"]), min_size=4
    ),
    codec=st.sampled_from(["cp1252", "mac_roman"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_accented_words_come_through_whatever_they_are(tmp_path: Path, words: list[str], codec: str) -> None:
    path = tmp_path / "people.csv"
    text = " ".join(words)
    path.write_bytes(text.encode(codec))
    assert path.read_bytes().decode(find_encoding(path).codec) == text
