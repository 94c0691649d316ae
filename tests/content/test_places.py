"""A mistake in a TOML file is shown at the line where a person has to look."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from rtesmail.content.places import toml_lines

TEXT = '''# un commentaire avec "une apostrophe d'ouverture """
regions = [
  "Bretagne",  # ] [ "
  "Occitanie",
]
nested = [
  ["a"],
  ["b"]
]
address = """
[identity]
name = "pas une clé"
"""
raw = \'\'\'
"""
\'\'\'
inline = {a = 1, b = [2, 3]}
list = [{id = "x"}, {id = "y"}]

[identity]
name = "Maison # 1"
"full name" = 'x = y'

[publications.monthly]
title = "La lettre"

[[publications.monthly.sections]]
id = "a"

[[publications.monthly.sections]]
id = "b"
kinds = ["article",
  "event"]
'''


def test_keys_tables_and_items_are_found_whatever_stands_around_them() -> None:
    tomllib.loads(TEXT)
    lines = toml_lines(TEXT)
    expected = {
        "regions": 2,
        "regions.0": 3,
        "regions.1": 4,
        "nested": 6,
        "nested.1": 8,
        "address": 10,
        "raw": 14,
        "inline": 17,
        "list.1": 18,
        "identity": 20,
        "identity.name": 21,
        "identity.full name": 22,
        "publications.monthly": 24,
        "publications.monthly.title": 25,
        "publications.monthly.sections.0.id": 28,
        "publications.monthly.sections.1": 30,
        "publications.monthly.sections.1.kinds": 32,
        "publications.monthly.sections.1.kinds.1": 33,
    }
    assert {key: lines.get(key) for key in expected} == expected


VALUES = st.one_of(
    st.integers().map(str),
    st.text("ab \"'#[]=,", max_size=6).map(lambda t: '"' + t.replace('"', '\\"') + '"'),
    st.text('ab "#[]=,\n', max_size=8).map(lambda t: f"'''{t}'''"),
    st.text("ab '#[]=,\n", max_size=8).map(lambda t: f'"""{t}"""'),
    st.lists(st.sampled_from(['"x"', "'#'", "1", '["]"]']), max_size=3).map(
        lambda v: "[\n  " + ",\n  ".join(v) + "\n]"
    ),
)


@given(st.lists(st.tuples(VALUES, st.sampled_from(["", "  # remark ' \" [", "\n\n# alone [x]\n"])), max_size=8))
def test_every_key_is_found_at_its_line(statements: list[tuple[str, str]]) -> None:
    text, expected = "", {}
    for index, (value, remark) in enumerate(statements):
        expected[f"key{index}"] = text.count("\n") + 1
        text += f"key{index} = {value}{remark}\n"
    tomllib.loads(text)
    lines = toml_lines(text)
    assert {key: lines[key] for key in expected} == expected
    assert not set(lines) - {*expected, *(f"key{k}.{i}" for k in range(8) for i in range(3))}


@given(st.text())
def test_any_text_is_searched_without_a_crash(text: str) -> None:
    toml_lines(text)
