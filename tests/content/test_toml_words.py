"""The mistakes that people make in TOML, told without the parser's terms."""

from pathlib import Path

import pytest

from rtesmail.content.places import read_toml


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('a = 1\nb = "x\nc = 1\n', 2, "the closing quotation mark of a text is missing"),
        ("a = 1\nb = 'x\n", 2, "the closing quotation mark of a text is missing"),
        ('b = """x\n', 1, "the closing quotation mark of a text is missing"),
        ("a = mensuelle\n", 1, "the value is no text between quotation marks"),
        ("a = “x”\n", 1, "the value is no text between quotation marks"),
        ("a = True\n", 1, "not true or false"),
        ("a = 12 3\n", 1, "something follows the value"),
        ("a = 12/3/2025\n", 1, "dates are written there in digits, the year first"),
        ("a = 1\nsend_at = 3/4/2025 9h\n", 2, "dates are written there in digits, the year first"),
        ("send_at = 2025-4-3\n", 1, "dates are written there in digits, the year first"),
        ("send_at = 2025-04-03T09:00\n", 1, "hours with their seconds"),
        ("date = 2025-04-31\n", 1, "the calendar has no such day"),
        ("\n[lists\n", 2, "the closing bracket of the table's name is missing"),
        ("[[sections]\n", 1, "the closing bracket of the table's name is missing"),
        ("a = [1\nb = 2\n", 2, "the closing bracket of a list is missing"),
        ("a = {b = 1\n", 1, "the closing brace of a short table is missing"),
        ("a = 1\na = 2\n", 2, "this key stands there twice"),
        ("a = {b = 1, b = 2}\n", 1, "the key b stands there twice"),
        ("[a]\n[a]\n", 2, "this table stands there twice"),
        ("a: 1\n", 1, "the sign = is missing after the key"),
        ("= 1\n", 1, "a line begins with a key"),
        ('a = "C:\\data"\n', 1, "a backslash between double quotation marks is written twice"),
    ],
)
def test_a_slip_in_a_file_is_told_in_words(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "rtesmail.toml"
    path.write_text(text, encoding="utf-8")
    finding = read_toml(path, Path("rtesmail.toml"))[2][0]
    assert words in finding.message
    assert finding.line == line


def test_what_is_rare_stays_in_the_words_of_the_parser(tmp_path: Path) -> None:
    path = tmp_path / "rtesmail.toml"
    path.write_text('a = "\x01"\n', encoding="utf-8")
    assert "Illegal character" in read_toml(path, Path("rtesmail.toml"))[2][0].message
