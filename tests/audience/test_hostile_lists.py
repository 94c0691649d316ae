"""Lists that mean harm, or were made by a cat on the keyboard."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from rtesmail.audience.imports import ImportReport
from rtesmail.audience.subscribers import audience_of
from rtesmail.model.errors import RtesmailError

Importer = Callable[..., ImportReport]
SAMPLE = (Path(__file__).parents[2] / "lists" / "sample.csv").read_bytes()

NAMES = [
    "<script>alert(1)</script>",
    "{{ config }}",
    "Inès\r\nBcc: everybody@x.example",
    '=cmd|" /C calc"!A0',
    "\u202ecilbup\u202c",
    "Robert'); DROP TABLE subscribers;--",
    "\x00\x1b[2J",
    "𝕴𝖓è𝖘",
    "🏳️‍🌈",
]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_does_harm_to_the_list(store: Database, import_text: Importer, name: str) -> None:
    quoted = name.replace('"', '""')
    import_text(f'email;nom\na@ville.example;"{quoted}"\nb@ville.example;B\n')
    people = {person.email: person.name for person in audience_of(store, "readers")}
    assert people["b@ville.example"] == "B"
    if "@" in name:
        assert "a@ville.example" not in people
    else:
        assert people["a@ville.example"].splitlines() == [people["a@ville.example"]]
        assert not set(people["a@ville.example"]) & set("\x00\x1b\u202e\u202c")


@pytest.mark.parametrize("heading", ["email", "nom", "niveau", "inconnue"])
def test_a_field_of_ten_thousand_characters_fills_nothing(store: Database, import_text: Importer, heading: str) -> None:
    cells = {"email": "a@ville.example", "nom": "A", "niveau": "commune", "inconnue": "x"}
    cells[heading] = "y" * 10_000
    report = import_text(f"{';'.join(cells)}\n{';'.join(cells.values())}\n")
    assert all(len(row.email) + len(row.message) < 500 for row in report.rows)
    widest = store.execute("SELECT max(length(name || level || email)) FROM subscribers").fetchone()[0]
    assert (widest or 0) < 300


def survive(import_text: Importer, content: bytes) -> None:
    try:
        report = import_text(content)
        rows = list(report.rows)
    except RtesmailError as refused:
        assert refused.hint  # noqa: PT017 - whichever of the two it is, it is said in words
        return
    assert len(rows) == len(report.rows) == sum(report.counts.values())


@given(content=st.binary(max_size=400))
@settings(max_examples=1_500, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes_are_imported_or_refused_in_words(import_text: Importer, content: bytes) -> None:
    if not content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        survive(import_text, content)


@given(seed=st.integers(0, 2**32), codec=st.sampled_from(["utf-8", "cp1252", "mac_roman", "utf-16", "utf-16-le"]))
@settings(max_examples=1_500, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_good_file_gone_bad_is_imported_or_refused_in_words(import_text: Importer, seed: int, codec: str) -> None:
    chance = random.Random(seed)
    content = bytearray(SAMPLE.decode().encode(codec)[:1500])
    for _hit in range(chance.randint(1, 12)):
        at = chance.randrange(len(content))
        match chance.randrange(4):
            case 0:
                content[at] = chance.randrange(256)
            case 1:
                del content[at : at + chance.randrange(40)]
            case 2:
                content[at:at] = chance.choice([b'"', b";", b"\n", b"\x00", b"\r", b'";"', b"\xff\xfe", b"@"]) * 3
            case _:
                content[at:at] = content[: chance.randrange(200)]
        content = content or bytearray(b"x")
    if not content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        survive(import_text, bytes(content))
