"""Every way in which the people here write a name is found, and no other name."""

import sqlite3

from hypothesis import example, given
from hypothesis import strategies as st

from rtesmail.audience.segments.fields import FIELDS
from rtesmail.audience.segments.spellings import is_same, spellings
from rtesmail.audience.storable import storable

# Letters that fold to none, one or two, signs, marks, and the ends of what a text can hold.
SIGNS = st.sampled_from(
    [
        "V",
        "v",
        "é",
        "É",
        "e",
        "\u0301",
        "\u0345",
        "ß",
        "s",
        "œ",
        "ﬁ",
        "7",
        " ",
        "-",
        "’",
        "\x00",
        "\ud7ff",
        "\ue000",
        "\U0010ffff",
    ]
)
NAMES = st.lists(st.text(SIGNS, max_size=5) | st.text(max_size=4), max_size=12)


@given(names=NAMES, wanted=st.text(SIGNS, min_size=1, max_size=5))
@example(names=["Ville", "VILLE", "Villeneuve", "-ville-", "Vill", "V"], wanted="ville")
@example(names=["\U0010ffff", "\U0010ffffa", "a\U0010ffff", "a"], wanted="a")
def test_all_spellings_of_a_name_are_found_and_no_other_name(names: list[str], wanted: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE subscribers (organisation TEXT NOT NULL)")
    stored = {storable(name) for name in (*names, wanted, wanted.upper())}
    connection.executemany("INSERT INTO subscribers VALUES (?)", [(name,) for name in stored])
    field = FIELDS["organisation"]
    asked = storable(wanted)
    found = spellings(connection, field, asked)
    assert len(found) == len(set(found))
    assert set(found) - {""} == {name for name in stored if name and is_same(field, name, asked)}
    connection.close()
