"""Staff ask for people in a small language, see whom they do not reach, and every slip is shown where it is."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _segments(workspace: Path) -> None:
    (workspace / "lists" / "segments.toml").write_text(
        """[communes]\ntitle = "Les communes"\nexpression = 'level == "commune"'\n""", encoding="utf-8"
    )
    (workspace / "lists" / "members.csv").write_text(
        "collectivité;type;code INSEE\nVille de Brumeval;commune;35001\nVille sans lecteur;commune;01004\nX;banane;\n",
        encoding="utf-8",
    )


def test_a_named_segment_is_listed_explained_and_counted(run) -> None:
    listed = run("segments", "list", "--json")["segments"]
    assert [(s["name"], s["title"]) for s in listed] == [("communes", "Les communes")]
    assert run("segments", "count", "communes", "--json")["people"] == listed[0]["people"] > 0
    told = run("segments", "explain", "communes").stdout
    assert "the level is commune" in told
    assert "subscribers.level = ?" in told
    assert "Among them:" in told


def test_an_expression_is_explained_within_a_list_in_french_too(run) -> None:
    expression = 'level in ("region", "commune") and not "maire" in roles'
    said = run("segments", "explain", expression, "--list", "demo", "--json")
    assert said["expression"].startswith('on("demo") and (level in')
    assert said["values"][-1] == "Maire"
    assert len(said["first"]) == min(10, said["people"])
    assert "aucun rôle n’est maire" in run("segments", "explain", expression, LANGUAGE="fr").stdout


@pytest.mark.parametrize(
    ("expression", "said", "hint"),
    [
        ('levl == "x"', "no field “levl”", "Did you mean level?"),
        ('level == "commune" AND on("demmo")', "no list “demmo”", "Did you mean demo?"),
        ("commune", "no segment “commune”", "Did you mean communes?"),
        ("level == 'x'; DROP TABLE subscribers", "“;” is not known here", "^"),
        ("(" * 5000, "inside one another", ""),
    ],
)
def test_a_slip_is_shown_where_it_is(run, expression: str, said: str, hint: str) -> None:
    done = run("segments", "count", expression, code=4)
    assert said in done.stderr
    assert hint in done.stderr


def test_a_broken_segment_file_is_told_with_its_line(run, workspace: Path) -> None:
    (workspace / "lists" / "segments.toml").write_text("[a]\nexpression = 'level =='\n", encoding="utf-8")
    done = run("segments", "list", code=4)
    assert "segments.toml:2" in done.stderr


def test_members_are_imported_and_those_nothing_reaches_are_named(run) -> None:
    done = run("organisations", "import", "lists/members.csv", "--members", "--json")
    assert done["counts"] == {"added": 2, "updated": 0, "unchanged": 0, "rejected": 1}
    assert done["attached"] == 2
    found = run("coverage", "--json")
    assert [(one["name"], one["why"]) for one in found["unreached"]] == [("Ville sans lecteur", "nobody")]
    assert (found["members"], found["reached"]) == (2, 1)
    assert "nobody is known there" in run("coverage").stdout
    assert "Ville de Brumeval" in run("organisations", "--search", "brumeval").stdout


def test_a_person_is_described_and_found_by_it(run) -> None:
    run("organisations", "import", "lists/members.csv", "--members")
    who = "ines.aldemarque@montclairvent.example"
    run("people", "describe", who, "--roles", "élue; presse", "--mandate-end", "22/03/2020", "--language", "français")
    run("people", "describe", who, "--attribute", "Taille=3500", "--organisation", "ville sans lecteur")
    shown = run("people", "show", who, "--json")
    assert shown["roles"] == ["élue", "presse"]
    assert (shown["mandate_end"], shown["language"], shown["attributes"]) == ("2020-03-22", "fr", {"taille": "3500"})
    assert (shown["organisation"], shown["kind"], shown["departement"]) == ("Ville sans lecteur", "commune", "01")
    asked = '"presse" in roles and mandate_end < today and attributes.taille > 3000 and insee == "01004"'
    assert run("segments", "explain", asked, "--json")["first"] == [who]
    assert run("coverage", "--json")["mandate_ended"][0]["email"] == who


def test_what_cannot_be_written_down_changes_nothing(run) -> None:
    who = "ines.aldemarque@montclairvent.example"
    before = run("people", "show", who, "--json")
    assert "not a day" in run("people", "describe", who, "--mandate-end", "31/02/2026", code=2).stderr
    assert "NAME=VALUE" in run("people", "describe", who, "--attribute", "taille", code=2).stderr
    refused = run("people", "describe", who, "--roles", "presse", "--organisation", "Nulle part", code=4)
    assert "no organisation “Nulle part”" in refused.stderr
    assert run("people", "show", who, "--json") == before
