"""One mistake in a snippet's fields is told once, at its line: each field of each kind is spoilt in each way."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtesmail.content.bundled import bundled_root
from rtesmail.content.front_matter import Entry, split_front_matter
from rtesmail.content.kinds import KINDS
from rtesmail.content.snippets import read_snippet
from rtesmail.model.findings import Finding

REGIONS = ("Bretagne", "Occitanie")
SPOILT = (
    *("[un]", "[[un], [deux]]", "12345", "1.5", "", "[]", "{}", '""', "{a: b}", "2025-04-10", "2025-13-45", "~"),
    *(
        "du texte",
        "true",
        "x" * 5000,
        "mot " * 3000,
        "a: b",
        "[a",
        "%x",
        "*x",
        "a\x01b",
        "<b>x</b>",
        "ftp://x.example/a",
    ),
)


def written(value: Entry) -> object:
    """Give a field as it can be written on one line."""
    if value.items is not None:
        return [written(item) for item in value.items]
    if value.fields is not None:
        return {name: written(inner) for name, inner in value.fields.items()}
    return value.text


def sample(kind: str) -> dict[str, object]:
    """Give the fields of a kind's sample, and those that any kind may have."""
    text = (bundled_root() / "templates" / "snippets" / f"{kind}.sample.md").read_text("utf-8")
    fields = {name: written(entry) for name, entry in split_front_matter(text).fields.items()}
    return {"image": None, "url": None, "regions": ["Bretagne"], "only_for": None, "featured": "yes", **fields}


def read(folder: Path, lines: dict[str, str]) -> tuple[Finding, ...]:
    path = folder / "essai.md"
    text = "\n".join(f"{name}: {value}" for name, value in lines.items())
    path.write_text(f"---\n{text}\n---\nDu texte.\n", encoding="utf-8")
    return read_snippet(path, folder, regions=REGIONS).findings


def fields_of(kind: str) -> Iterator[tuple[dict[str, str], str, int]]:
    """Give the lines of a sample as JSON, which is YAML, and each name with its line in the file."""
    lines = {name: json.dumps(value, ensure_ascii=False) for name, value in sample(kind).items()}
    for number, name in enumerate(lines, start=2):
        yield lines, name, number


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_spoilt_in_any_way_is_told_at_most_once_at_its_line(kind: str, tmp_path: Path) -> None:
    for lines, name, number in fields_of(kind):
        before = set(read(tmp_path, lines))
        for value in SPOILT:
            found = [one for one in read(tmp_path, {**lines, name: value}) if one not in before]
            # Two names of one table that mean nothing, or a table that lacks what it needs: each is a mistake.
            is_table = value in ("{a: b}", "a: b", "[{a: b}]") and name in ("image", "cover", "days", "only_for")
            assert len(found) <= (3 if is_table else 1), (name, value[:20], found)
            # What ends before it starts is told at its end.
            assert all(one.line == number or one.check == "end-before-start" for one in found), (
                name,
                value[:20],
                found,
            )
            assert all(len(one.message) < 400 and len(one.hint) < 400 for one in found), name


@pytest.mark.parametrize("kind", KINDS)
def test_a_slip_in_a_name_is_told_once_with_the_name_that_was_meant(kind: str, tmp_path: Path) -> None:
    for lines, name, number in fields_of(kind):
        before = set(read(tmp_path, lines))
        for slip in (name + name[-1], name.upper(), name.capitalize()):
            spelt = {slip if key == name else key: value for key, value in lines.items()}
            found = [one for one in read(tmp_path, spelt) if one not in before]
            assert [(one.check, one.line) for one in found] == [("unknown-field", number)], (slip, found)
            assert found[0].hint == f"Did you mean {name}?"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("kind: [article, event]", ["3 kind should be a text."]),
        ("kind: {a: b}", ["3 kind should be a text."]),
        (
            "kind: article\nimage: {src: [a.png], alt: Une mairie}",
            ["4 Picture's file or address (src) should be a text."],
        ),
        ("kind: article\nimage: {srcc: a.png, alt: Une mairie}", ["4 srcc is not known here."]),
        (
            "kind: article\nsource: [a]\nurl: [b]",
            ["4 source should be a text.", "5 Page to read on (url) should be a text."],
        ),
        ("kind: article\nlevels:\n  - commune\n  - vlile", ["6 There is no level 'vlile'."]),
        ("kind: article\nregions:\n  - Bretagne\n  - Bretagn", ["6 There is no region 'Bretagn'."]),
        ("kind: article\nonly_for: {regions: ['']}", ["4 regions names nobody."]),
        ("kind: article\nonly_for: {regions: ['…']}", ["4 regions names nobody."]),
        (
            "kind: programme\ndays: [{date: 2025-04-10, lines: [{time: [9h], title: [a]}]}]",
            ["4 Hour (time) should be a text.", "4 title should be a text."],
        ),
        ("kind: programme\ndays: [{dat: 2025-04-10}]", ["4 dat is not known here."]),
        (f"kind: article\nid: {'a' * 300}", [f"4 '{'a' * 120}…' is not a good id."]),
    ],
)
def test_a_mistake_within_a_list_or_a_table_is_told_once_at_its_own_line(
    fields: str, said: list[str], tmp_path: Path
) -> None:
    (tmp_path / "essai.md").write_text(f"---\ntitle: Essai\n{fields}\n---\nDu texte.\n", encoding="utf-8")
    found = read_snippet(tmp_path / "essai.md", tmp_path, regions=REGIONS).findings
    assert sorted(f"{one.line} {one.message}" for one in found) == said
