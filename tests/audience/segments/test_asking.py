"""SQLite finds exactly the people whom the expression means, and nothing in it is ever SQL."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from rtesmail.audience.segments.asking import count, first_page
from rtesmail.audience.segments.parsing import parse
from rtesmail.audience.segments.syntax import AllOf, Among, AnyOf, Comparison, Node, OneOf, OnList
from rtesmail.audience.suppression import suppress
from rtesmail.model.errors import WorkspaceError
from rtesmail.store.opening import open_store
from rtesmail.store.transactions import transaction

from .conftest import LEVELS, TODAY
from .expressions import Person, holds, nodes


@pytest.fixture(scope="module")
def people(crowd: Database) -> list[Person]:
    organisations = {row["id"]: dict(row) for row in crowd.query("SELECT * FROM organisations")}
    nothing = {"kind": "", "siren": "", "insee": ""}
    found = []
    for row in crowd.query("SELECT * FROM subscribers ORDER BY id"):
        house = organisations.get(row["organisation_id"], nothing)
        words = {n: row[n] for n in ("level", "region", "departement", "role", "language", "organisation")}
        words |= {n: house[n] for n in nothing}
        roles = [role for role in (row["role"], *row["other_roles"].split(";")) if role]
        attributes = {
            a["name"]: a["value"]
            for a in crowd.query("SELECT * FROM subscriber_attributes WHERE subscriber_id = ?", (row["id"],))
        }
        lists = {
            m["name"]
            for m in crowd.query(
                "SELECT name FROM memberships JOIN lists ON lists.id = list_id WHERE subscriber_id = ?", (row["id"],)
            )
        }
        found.append(Person(words, roles, row["mandate_ends_on"], attributes, lists, row["id"]))
    return found


@settings(max_examples=400)
@given(node=nodes())
def test_sqlite_finds_whom_the_expression_means(crowd: Database, people: list[Person], node: Node) -> None:
    meant = [person.id for person in people if holds(node, person, TODAY)]
    assert [p.id for p in sorted(first_page(crowd, node, today=TODAY, limit=1000), key=lambda p: p.id)] == meant
    assert count(crowd, node, today=TODAY).people == len(meant)


@given(text=st.text(min_size=1, max_size=80))
def test_what_a_person_wrote_is_data_and_never_sql(crowd: Database, text: str) -> None:
    for node in (
        Comparison("organisation", "==", text),
        OneOf("role", (text, "x")),
        Among(text, "roles"),
        Comparison(f"attributes.{text}", "==", text),
    ):
        answer = count(crowd, node, today=TODAY)
        assert text not in answer.condition.text or len(text) < 12
    with pytest.raises(WorkspaceError):
        count(crowd, OnList(text), today=TODAY)
    assert crowd.execute("SELECT COUNT(*) FROM subscribers").fetchone()[0] == 300


def test_the_longest_expressions_are_within_what_sqlite_takes(crowd: Database) -> None:
    many = tuple(Comparison("role", "==" if i % 2 else "!=", f"r{i}") for i in range(1500))
    assert count(crowd, AnyOf(many), today=TODAY).people == 300
    assert count(crowd, AllOf((OneOf("region", tuple(f"r{i}" for i in range(2000))), many[0])), today=TODAY).people == 0


def test_who_cannot_be_written_to_is_in_no_segment(crowd: Database) -> None:
    before = count(crowd, parse('on("abonnes")'), today=TODAY).people
    now = datetime(2026, 3, 1, tzinfo=UTC)
    suppress(crowd, "p0@x.example", "unsubscribed", source="x", now=now)
    try:
        assert count(crowd, parse('on("abonnes")'), today=TODAY).people == before - 1
        assert 1 not in [p.id for p in first_page(crowd, parse('on("abonnes")'), today=TODAY, limit=1000)]
        # A no that is known by the address alone holds as well.
        crowd.conn.execute("UPDATE subscribers SET status = 'active' WHERE id = 1")
        assert count(crowd, parse('on("abonnes")'), today=TODAY).people == before - 1
        assert 1 not in [p.id for p in first_page(crowd, parse('on("abonnes")'), today=TODAY, limit=1000)]
    finally:
        crowd.conn.execute("DELETE FROM suppressions")
        crowd.conn.execute("UPDATE subscribers SET status = 'active'")


def test_a_value_that_nobody_has_is_told_with_the_one_that_was_meant(crowd: Database) -> None:
    answer = count(crowd, parse('region == "Bretange" or "tecnicien" in roles'), today=TODAY)
    assert answer.people == 0
    assert "Did you mean Bretagne?" in answer.notes[0]
    assert "Did you mean technicien?" in answer.notes[1]


def test_a_list_that_there_is_not_stops_the_question(crowd: Database) -> None:
    with pytest.raises(WorkspaceError, match="abonnés") as error:
        count(crowd, parse('not on("abonnés")'), today=TODAY)
    assert "abonnes" in error.value.hint


def test_a_code_is_text_and_its_zero_counts(crowd: Database) -> None:
    assert count(crowd, parse('departement == "01"'), today=TODAY).people > 0
    assert count(crowd, parse('departement == "10"'), today=TODAY).people == 0
    assert count(crowd, parse('region == "32"'), today=TODAY) == count(
        crowd, parse('region == "Hauts-de-France"'), today=TODAY
    )


@pytest.fixture(scope="module")
def multitude(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """More people on one list than are looked up at once, each with a number of their own."""
    store = open_store(tmp_path_factory.mktemp("multitude") / "rtesmail.db")
    with transaction(store) as connection:
        connection.execute("INSERT INTO lists (id, name, created_at) VALUES (1, 'everybody', '')")
        numbers = [(i, f"p{i}@x.example", "commune" if i % 2 else "région") for i in range(1, 20_101)]
        connection.executemany(
            "INSERT INTO subscribers (id, email, email_key, level, created_at, updated_at) "
            "VALUES (?1, ?2, ?2, ?3, '', '')",
            numbers,
        )
        connection.executemany("INSERT INTO memberships VALUES (1, ?, '')", [(n[0],) for n in numbers[:-100]])
        connection.executemany(
            "INSERT INTO subscriber_attributes VALUES (?, 'number', ?)", [(n[0], str(n[0])) for n in numbers[:1000]]
        )
    yield store
    store.conn.close()


def test_a_list_of_many_and_values_of_many_are_found_whole(multitude: Database) -> None:
    for expression, people in (
        ('on("everybody")', 20_000),
        ('not on("everybody")', 100),
        ('on("everybody") and level == "région"', 10_000),
        ("attributes.number > 100", 900),
        ('attributes.number != 1 and level == "commune" and on("everybody")', 9_999),
    ):
        node = parse(expression)
        assert count(multitude, node, today=TODAY).people == people
        assert len(first_page(multitude, node, today=TODAY, limit=30_000)) == people
    assert len(first_page(multitude, parse('on("everybody")'), today=TODAY, limit=20)) == 20


@pytest.mark.parametrize(
    "expression",
    [
        'level == "commune"',
        'not level == "commune"',
        '"élu" in roles or region == "32"',
        'mandate_end < today and language == "fr"',
        'departement == "59" and role == "Élue"',
    ],
)
def test_counting_reads_one_index_and_nobodys_row(multitude: Database, expression: str) -> None:
    multitude.execute("UPDATE subscribers SET role = 'élue', region = '32' WHERE id = 7")
    condition = count(multitude, parse(expression), today=TODAY).condition
    plan = multitude.execute(
        f"EXPLAIN QUERY PLAN SELECT COUNT(*) FROM subscribers WHERE subscribers.status = 'active' AND {condition.text}",
        condition.values,
    ).fetchall()
    assert "INDEX subscribers_for_segments" in plan[0]["detail"]


COMMUNES, OF_NO_KIND = (2, 5, 6, 7, 8), (0, 1, 4, 9, 10, 11, 12)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """So many people that a list of nearly all of them is counted by walking through it; some cannot be written to."""
    store = open_store(tmp_path_factory.mktemp("town") / "rtesmail.db")
    with transaction(store) as connection:
        connection.executemany(
            """INSERT INTO subscribers (id, email, email_key, level, status, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, '', '')""",
            (
                (i, f"p{i}@x.example", f"p{i}@x.example", LEVELS[i % 4], "active" if i % 9 else "bounced")
                for i in range(1, 24_001)
            ),
        )
        connection.execute("INSERT INTO lists (id, name, created_at) VALUES (1, 'most', ''), (2, 'some', '')")
        connection.execute("INSERT INTO memberships SELECT 1, id, '' FROM subscribers WHERE id % 10 <> 0")
        connection.execute("INSERT INTO memberships SELECT 2, id, '' FROM subscribers WHERE id % 7 = 0")
        connection.execute(
            "INSERT INTO subscriber_attributes SELECT id, 'taille', '12' FROM subscribers WHERE id % 5 = 0"
        )
        # Of each thirteen: two without an organisation, five of a house of no known kind, one of a métropole.
        connection.executemany(
            """INSERT INTO organisations (id, name, name_key, kind, created_at, updated_at)
            VALUES (?1, ?2, ?2, ?3, '', '')""",
            ((n, f"House {n}", "métropole" if n == 3 else "commune" if n in COMMUNES else "") for n in range(2, 13)),
        )
        connection.execute("UPDATE subscribers SET organisation_id = id % 13 WHERE id % 13 > 1")
        # A no that is known by the address alone.
        connection.execute("INSERT INTO suppressions VALUES ('p8@x.example', 'unsubscribed', 'x', '')")
    yield store
    store.conn.close()


@pytest.mark.parametrize(
    ("expression", "is_meant"),
    [
        ('on("most")', lambda i: i % 10 != 0),
        ('not on("most")', lambda i: i % 10 == 0),
        ('on("most") and level == "commune"', lambda i: i % 10 != 0 and i % 4 == 1),
        ('level == "commune" and not on("most")', lambda i: i % 10 == 0 and i % 4 == 1),
        ('not on("most") and not on("some")', lambda i: i % 10 == 0 and i % 7 != 0),
        ('on("most") and on("some") and not level == "commune"', lambda i: i % 10 != 0 and i % 7 == 0 and i % 4 != 1),
        ('on("some") or not on("most")', lambda i: i % 7 == 0 or i % 10 == 0),
        ('attributes.taille == ""', lambda i: i % 5 != 0),
        ('attributes.taille != "" and on("most")', lambda i: i % 5 == 0 and i % 10 != 0),
        ('attributes.taille == "" and not on("most")', lambda i: False),
        ('attributes.taille != "" and on("most") and on("some")', lambda i: i % 5 == 0 and i % 10 != 0 and i % 7 == 0),
        ('on("most") and kind == "commune"', lambda i: i % 10 != 0 and i % 13 in COMMUNES),
        ('on("most") and kind != "commune"', lambda i: i % 10 != 0 and i % 13 not in COMMUNES),
        ('not on("most") and kind == "commune"', lambda i: i % 10 == 0 and i % 13 in COMMUNES),
        ('on("most") and kind == "métropole"', lambda i: i % 10 != 0 and i % 13 == 3),
        ('on("most") and kind == ""', lambda i: i % 10 != 0 and i % 13 in OF_NO_KIND),
        ('on("most") and kind == "presse"', lambda i: False),
        ('on("most") and kind != "presse"', lambda i: i % 10 != 0),
        ("attributes.taille != 12", lambda i: i % 5 != 0),
        ('not attributes.taille > 12 and on("most")', lambda i: i % 10 != 0),
        ('not attributes.taille == "" and level == "commune"', lambda i: i % 5 == 0 and i % 4 == 1),
        ("not attributes.taille < 13", lambda i: i % 5 != 0),
        ('not attributes.taille != "12" and not on("some")', lambda i: i % 5 == 0 and i % 7 != 0),
        ('on("most") or kind == "commune"', lambda i: i % 10 != 0 or i % 13 in COMMUNES),
        ('on("most") or attributes.taille != ""', lambda i: i % 10 != 0 or i % 5 == 0),
        ('not (on("most") and kind == "commune")', lambda i: not (i % 10 != 0 and i % 13 in COMMUNES)),
        ('kind == "commune" and on("most") or on("some")', lambda i: (i % 10 and i % 13 in COMMUNES) or i % 7 == 0),
        ('not on("most") and not on("some") and attributes.nothing == ""', lambda i: i % 10 == 0 and i % 7 != 0),
        ('not on("some") and attributes.taille == "" and not on("most")', lambda i: False),
        ('on("most") and not on("some") and attributes.taille == ""', lambda i: i % 10 and i % 7 and i % 5),
        ('level != "commune" and not on("most")', lambda i: i % 10 == 0 and i % 4 != 1),
        ('attributes.taille in ("12", "13") and not level == "commune"', lambda i: i % 5 == 0 and i % 4 != 1),
        ('attributes.nothing != "" and level == "commune"', lambda i: False),
        (
            'attributes.nothing == "" and not on("most") and kind == "commune"',
            lambda i: not i % 10 and i % 13 in COMMUNES,
        ),
        ('organisation == "" and on("most")', lambda i: i % 10 != 0),
    ],
)
def test_a_list_of_nearly_everybody_is_counted_to_the_person(
    town: Database, expression: str, is_meant: Callable[[int], bool]
) -> None:
    writable = [i for i in range(1, 24_001) if i % 9 and i != 8]
    meant = [i for i in writable if is_meant(i)]
    assert count(town, parse(expression), today=TODAY).people == len(meant)
    assert sorted(p.id for p in first_page(town, parse(expression), today=TODAY, limit=24_000)) == meant
