"""A person who writes a snippet is told every mistake, where it is and what to write instead."""

import os
import unicodedata
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtesmail.content.snippets import read_pool, read_snippet
from rtesmail.model.content import Level, When
from rtesmail.model.publication import Workspace

EVENT = """---
kind: event
id: rencontre
title: 'Une rencontre : la suite'
start: 2025-04-10 11:00
end: 2025-04-10 12:30
place: Salle 01
organisers: [Ville de Brumeval, 13:00]
registration: à venir
levels: [commune, région]
regions: [Bretagne]
status: reviewed
---

Le **texte**.
"""


def read(text: str | bytes, tmp_path: Path, name: str = "un-texte.md"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_snippet(path, tmp_path, regions=("Bretagne", "Occitanie"))


def test_an_event_is_read_with_its_dates_and_lines(tmp_path: Path) -> None:
    found = read(EVENT, tmp_path)
    assert found.findings == ()
    snippet = found.snippet
    assert snippet is not None
    assert snippet.start == When(date(2025, 4, 10), time(11))
    assert snippet.details["organisers"] == ("Ville de Brumeval", "13:00")
    assert snippet.details["place"] == "Salle 01"
    assert snippet.details["note"] is None
    assert snippet.line_of["start"] == 5
    assert (snippet.body, snippet.body_line) == ("Le **texte**.", 15)


@pytest.mark.parametrize(
    ("written", "day", "clock"),
    [
        ("2025-04-10 11:00", date(2025, 4, 10), time(11)),
        ("2025-04-10T09:30", date(2025, 4, 10), time(9, 30)),
        ("2025-04-10 9h30", date(2025, 4, 10), time(9, 30)),
        ("2025-04-10 13h", date(2025, 4, 10), time(13)),
        ("2025-07-01", date(2025, 7, 1), None),
    ],
)
def test_a_moment_can_be_written_in_the_usual_ways(tmp_path: Path, written: str, day: date, clock: time | None) -> None:
    found = read(f"---\nkind: event\ntitle: x\nonline: true\nstart: {written}\n---\n", tmp_path)
    assert found.snippet is not None, found.findings
    assert found.snippet.start == When(day, clock)


@pytest.mark.parametrize("written", ["0001-01-01 00:00", "0025-04-10", "9999-12-31 23:59"])
def test_a_moment_that_is_a_slip_of_the_keys_is_told(tmp_path: Path, written: str) -> None:
    found = read(f"---\nkind: event\ntitle: x\nonline: true\nstart: {written}\n---\n", tmp_path)
    assert [(f.line, f.check) for f in found.findings] == [(5, "bad-date")]


@pytest.mark.parametrize("value", ["[reviewed]", "{a: b}"])
def test_a_list_or_a_table_where_a_word_or_a_date_belongs_is_told_once_as_such(tmp_path: Path, value: str) -> None:
    """Not as an empty word, which nobody typed."""
    spoilt = EVENT.replace("start: 2025-04-10 11:00", f"start: {value}").replace("status: reviewed", f"status: {value}")
    told = [(one.check, one.message, one.line) for one in read(spoilt, tmp_path).findings if one.line in (5, 12)]
    assert told == [
        ("wrong-type", "start should be a text.", 5),
        ("wrong-type", "status should be a text.", 12),
    ]


def test_every_mistake_of_a_file_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = "---\nkind: event\ntitel: x\nstart: 10 avril\nend: 2025-02-30\nurl: www.example.org\nlevels: [comune]\n---\n"
    found = read(text, tmp_path)
    assert found.snippet is None
    told = {(f.line, f.check): f.hint for f in found.findings}
    assert told[(3, "unknown-field")] == "Did you mean title?"
    assert told[(4, "bad-date")] == "Write it as start: 2025-04-10 11:00"
    assert (5, "bad-date") in told
    assert "https://" in told[(6, "bad-url")]
    assert told[(7, "unknown-value")] == "Did you mean commune?"
    assert (1, "missing-field") in told
    assert all(f.path == Path("un-texte.md") for f in found.findings)


@pytest.mark.parametrize(
    ("text", "check", "line"),
    [
        ("", "empty-file", 1),
        ("du texte sans champs", "no-front-matter", 1),
        ("---\nkind: article\n", "no-front-matter", 1),
        ("---\nkind: article\ntitle: a: b: c\n---\nx", "yaml-syntax", 3),
        ("---\n- un\n- deux\n---\nx", "yaml-syntax", 2),
        ("---\nkind: article\ntitle: a\ntitle: b\n---\nx", "duplicate", 4),
        ("---\nkind: article\ntitle: a\nlead: *b\n---\nx", "yaml-syntax", 4),
        ("---\nkind: articel\ntitle: a\n---\nx", "unknown-value", 2),
        ("---\ntitle: a\n---\nx", "missing-field", 1),
        ("---\nkind: article\ntitle: a\n---\n", "missing-field", 1),
        ("---\nkind: quote\ntitle: a\n---\n« Oui »", "missing-field", 1),
        (
            "---\nkind: event\ntitle: a\nonline: true\nstart: 2025-04-10 12h\nend: 2025-04-10 9h\n---\n",
            "end-before-start",
            6,
        ),
        ("---\nkind: article\ntitle: a\nimage: {src: a.png}\n---\nx", "missing-alt", 4),
        ("---\nkind: article\ntitle: a\nimage: {src: ../../etc/passwd, alt: a}\n---\nx", "image-path", 4),
        ("---\nkind: article\ntitle: a\nimage: {src: ../../etc/passwd}\n---\nx", "image-path", 4),
        ("---\nkind: article\ntitle: a\nimage: {src: absent.png, alt: a}\n---\nx", "image-path", 4),
        ("---\nkind: article\ntitle: a\nid: Été 1\n---\nx", "bad-id", 4),
        ("---\nkind: article\ntitle: a\nregions: [Bretange]\n---\nx", "unknown-value", 4),
        ("---\nkind: article\ntitle: a\nstatus: relu\n---\nx", "unknown-value", 4),
        ("---\nkind: article\ntitle: a\nurl: javascript:alert(1)\n---\nx", "bad-url", 4),
        ("---\nkind: article\ntitle: a\nurl: https://[x/\n---\nx", "bad-url", 4),
        ("---\nkind: article\ntitle: a\nurl: https://a.example:99999/\n---\nx", "bad-url", 4),
        ("---\nkind: article\ntitle: a\nurl: https:///x\n---\nx", "bad-url", 4),
        ("---\nkind: article\ntitle: a\nurl: 'https://a.example/\"onclick'\n---\nx", "bad-url", 4),
        ('---\nkind: article\ntitle: ""\n---\nx', "missing-field", 3),
        ("---\nkind: article\ntitle:\n---\nx", "missing-field", 3),
        ("---\nkind: article\ntitle: [a, b]\n---\nx", "wrong-type", 3),
        ("---\nkind: article\n\ttitle: a\n---\nx", "yaml-syntax", 3),
        ('---\nkind: article\ntitle: "a\nlead: b\n---\nx', "yaml-syntax", 3),
        ("---\nkind: article\ntitle: [a\nlead: b\n---\nx", "yaml-syntax", 3),
        ("---\nkind: article\ntitle a\nlead: b\n---\nx", "yaml-syntax", 3),
        ('---\nkind: article\ntitle: "a" b\n---\nx', "yaml-syntax", 3),
        ("---\nkind: article\ntitle: @a\n---\nx", "yaml-syntax", 3),
        ('---\nkind: article\ntitle: "\\UFFFFFFFF"\n---\nx', "yaml-syntax", 3),
        ('---\nkind: article\ntitle: "a\\0b"\n---\nx', "control-character", 3),
        ('---\nkind: article\ntitle: "\\ud800"\n---\nx', "yaml-syntax", 3),
        ('---\nkind: article\ntitle: "C:\\dossier"\n---\nx', "yaml-syntax", 3),
        ("---\nkind: article\ntitle: a\n---\nun\ndeux\x0btrois", "control-character", 6),
        ("---\n{}\n---\nx", "empty-file", 2),
        ("---\n---\nx", "empty-file", 2),
        ("---\nkind: event\ntitle: a\nstart: 2025-04-10\nonline: false\n---\n", "missing-field", 5),
        ("---\nkind: event\ntitle: a\nstart: 2025-04-10\nonline: peut-être\n---\n", "wrong-type", 5),
        ("---\nkind: event\ntitle: a\nstart: 2025-04-10\nplace: ' '\n---\n", "missing-field", 5),
        (
            "---\nkind: article\ntitle: a\npublish_from: 2025-04-10\nexpire_at: 2025-04-09\n---\nx",
            "end-before-start",
            5,
        ),
        ("---\nkind: article\ntitle: a\nimage: {src: 'file:///etc/passwd', alt: a}\n---\nx", "bad-url", 4),
        ("---\nkind: article\ntitle: a\nimage: {src: 'data:image/png;base64,AA', alt: a}\n---\nx", "bad-url", 4),
        ("---\nkind: article\ntitle: a\nimage: {src: /etc/passwd, alt: a}\n---\nx", "image-path", 4),
        (
            "---\nkind: article\ntitle: a\nimage: {src: https://a.example/a.png, alt: a, tilte: b}\n---\nx",
            "unknown-field",
            4,
        ),
        ("---\nkind: article\ntitle: a\nimage: photo.png\n---\nx", "wrong-type", 4),
        ("---\nkind: member\ntitle: a\nauthority: b\nlevel: [commune, région]\n---\n", "wrong-type", 5),
        (
            "---\nkind: programme\ntitle: a\ndays:\n  - date: 2025-04-10\n    start: 14h\n    end: 9h\n---\n",
            "end-before-start",
            7,
        ),
        ("---\nkind: programme\ntitle: a\ndays:\n  - title: b\n---\n", "missing-field", 5),
        (
            "---\nkind: programme\ntitle: a\ndays:\n  - date: 2025-04-10\n    lines: [{tiem: 9h, title: b}]\n---",
            "unknown-field",
            6,
        ),
        ("---\nkind: programme\ntitle: a\ndays: demain\n---\n", "wrong-type", 4),
    ],
)
def test_each_mistake_is_found_at_its_line(tmp_path: Path, text: str, check: str, line: int) -> None:
    found = read(text, tmp_path)
    # What is wrong with a picture alone leaves the rest to be shown.
    assert (found.snippet is None) == ("image: {src" not in text or check == "unknown-field")
    assert (check, line) in [(f.check, f.line) for f in found.findings]


def test_a_picture_behind_a_link_out_of_the_workspace_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.png"
    outside.write_bytes(b"\x89PNG")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "photo.png").symlink_to(outside)
    text = "---\nkind: article\ntitle: a\nimage: {src: photo.png, alt: a}\n---\nx"
    (inside / "a.md").write_text(text, encoding="utf-8")
    assert [f.check for f in read_snippet(inside / "a.md", inside).findings] == ["image-path"]


def test_a_file_that_is_not_utf8_is_told_with_its_first_wrong_line(tmp_path: Path) -> None:
    found = read("---\nkind: article\ntitle: Été\n---\nx".encode("cp1252"), tmp_path)
    assert [(f.check, f.line) for f in found.findings] == [("encoding", 3)]


def test_accents_typed_on_a_mac_are_the_same_accents(tmp_path: Path) -> None:
    text = "---\nkind: article\ntitle: Été\nlevels: [département]\nimage: {src: été.png, alt: a}\n---\nx"
    (tmp_path / unicodedata.normalize("NFD", "été.png")).write_bytes(b"\x89PNG")
    found = read(unicodedata.normalize("NFD", text), tmp_path)
    assert found.findings == ()
    assert found.snippet is not None
    assert (found.snippet.title, found.snippet.levels) == ("Été", (Level.DEPARTEMENT,))


def test_a_day_without_time_may_end_at_a_time_of_that_day(tmp_path: Path) -> None:
    text = "---\nkind: event\ntitle: a\nonline: true\nstart: 2025-04-10\nend: 2025-04-10 12h\n---\n"
    assert read(text, tmp_path).findings == ()


def test_a_name_with_capitals_and_accents_comes_with_a_good_one(tmp_path: Path) -> None:
    found = read("---\nkind: article\ntitle: a\n---\nx", tmp_path, "L'Été à Lille.md")
    assert found.findings[0].hint.endswith("id: l-ete-a-lille")


def test_words_of_yaml_mean_nothing_special(tmp_path: Path) -> None:
    text = "---\nkind: publication\ntitle: no\nseries: on\nnumber: 01\npages: 13:00\n---\n"
    found = read(text, tmp_path)
    assert found.snippet is not None, found.findings
    details = found.snippet.details
    assert (found.snippet.title, details["series"], details["number"], details["pages"]) == ("no", "on", "01", "13:00")


def test_a_programme_is_read_day_by_day(tmp_path: Path) -> None:
    text = """---
kind: programme
title: Deux jours
days:
  - date: 2025-04-11
    title: Samedi
  - date: 2025-04-10
    start: 9h30
    end: 14h
    registration: à venir
    lines:
      - {time: 9h30, title: Accueil}
      - time: 10h
        title: "Ateliers : au choix"
        workshops: [Un, Deux]
      - title: Buffet
---
"""
    found = read(text, tmp_path)
    assert found.findings == ()
    assert found.snippet is not None
    first, second = found.snippet.programme_days
    assert (first.day, first.start, first.end, second.title) == (date(2025, 4, 10), time(9, 30), time(14), "Samedi")
    assert [(line.time, line.title, line.workshops) for line in first.lines] == [
        (time(9, 30), "Accueil", ()),
        (time(10), "Ateliers : au choix", ("Un", "Deux")),
        (None, "Buffet", ()),
    ]
    assert first.registration is not None
    assert first.registration.is_coming


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    found = read(("\ufeff" + EVENT).replace("\n", "\r\n"), tmp_path)
    assert found.findings == ()
    assert found.snippet is not None
    assert found.snippet.body_line == 15


def test_a_folder_named_like_a_snippet_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.md").mkdir()
    assert [f.check for f in read_snippet(tmp_path / "x.md", tmp_path).findings] == ["unreadable-file"]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(), st.text(), st.text().map(lambda t: f"---\nkind: article\ntitle: {t}\n---\nx")))
def test_any_file_gives_a_snippet_or_says_why_not(tmp_path: Path, content: str | bytes) -> None:
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    found = read(raw, tmp_path)
    assert (found.snippet is None) == bool(found.findings)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_good_file_with_anything_typed_into_it_is_read_or_says_why_not(tmp_path: Path, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(EVENT)))
    end = data.draw(st.integers(start, min(start + 12, len(EVENT))))
    typed = data.draw(st.text(max_size=8) | st.text("-:#&*!|>'\"{}[]?,%@` \n\t\\0", max_size=8))
    found = read((EVENT[:start] + typed + EVENT[end:]).encode("utf-8", "surrogatepass"), tmp_path)
    assert (found.snippet is None) == bool(found.findings)
    assert all(f.path and f.line and f.message and f.hint for f in found.findings)


def test_a_pipe_named_like_a_snippet_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.md")
    assert [f.check for f in read_snippet(tmp_path / "x.md", tmp_path).findings] == ["unreadable-file"]


def test_a_file_that_may_not_be_read_or_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.md").symlink_to(tmp_path / "absent.md")
    (finding,) = read_snippet(tmp_path / "x.md", tmp_path).findings
    assert (finding.check, finding.path) == ("unreadable-file", Path("x.md"))


def test_hidden_files_and_readmes_are_not_snippets(workspace: Workspace, article, write) -> None:
    article("bon")
    write(".bon.md", "brouillon d'un éditeur")
    write("issues/snippets/.cache/x.md", "x")
    write("README.md", "Comment écrire un contenu")
    pool = read_pool(workspace)
    assert (list(pool.snippets), pool.findings) == (["bon"], ())


def test_one_bad_file_does_not_hide_the_good_ones(workspace: Workspace, article, write) -> None:
    article("bon")
    write("mauvais.md", "---\nkind: event\n---\n")
    pool = read_pool(workspace)
    assert list(pool.snippets) == ["bon"]
    assert {f.path.as_posix() for f in pool.findings if f.path} == {"issues/snippets/mauvais.md"}


def test_two_files_with_one_id_are_both_named(workspace: Workspace, article) -> None:
    article("a", id="meme")
    article("b", id="meme")
    (finding,) = read_pool(workspace).findings
    assert finding.path == Path("issues/snippets/b.md")
    assert "issues/snippets/a.md" in finding.message
