"""What a person wrote into `issue.toml` survives every later assembly, to the comment."""

import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtesmail.content.assembly import Assembled, assemble
from rtesmail.content.issues import load_issue
from rtesmail.model.errors import ContentError, WorkspaceError
from rtesmail.model.publication import Workspace

APRIL = datetime(2025, 4, 3, 9)
HEAD = """publication = "monthly"
number = "2025-04"
title = "Le mien"
date = 2025-04-18
send_at = 2025-04-20T08:00:00
subject = "Mon objet"
preheader = "Mon accroche"
"""


def file_of(workspace: Workspace) -> Path:
    return workspace.issues / "2025-04-monthly" / "issue.toml"


def put(workspace: Workspace, text: str) -> None:
    path = file_of(workspace)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def edit(workspace: Workspace, old: str, new: str) -> None:
    text = file_of(workspace).read_text(encoding="utf-8")
    assert old in text
    file_of(workspace).write_text(text.replace(old, new, 1), encoding="utf-8")


def again(workspace: Workspace, as_of: datetime = APRIL) -> Assembled:
    return assemble(workspace, "monthly", "2025-04", as_of=as_of)


def lists(workspace: Workspace) -> dict[str, list[str]]:
    tables = tomllib.loads(file_of(workspace).read_text(encoding="utf-8")).get("sections", [])
    return {table["id"]: table["snippets"] for table in tables}


def why(made: Assembled) -> dict[str, str]:
    return {decision.snippet_id: decision.reason for decision in made.decisions}


class TestAFileWrittenByHand:
    def test_keeps_its_date_its_sending_time_and_its_words(self, workspace: Workspace, article) -> None:
        article("a")
        put(workspace, HEAD)
        again(workspace)
        assert file_of(workspace).read_text(encoding="utf-8").startswith(HEAD)
        issue = load_issue(workspace, "2025-04-monthly").issue
        assert (issue.send_at, issue.title) == (datetime(2025, 4, 20, 8), "Le mien")

    def test_judges_events_by_the_sending_time_it_says(self, workspace: Workspace, event) -> None:
        event("avant", "2025-04-19")
        put(workspace, HEAD)
        assert why(again(workspace)) == {"avant": "over on 19 April 2025"}

    def test_planned_for_later_stays_so_when_nobody_says_another_time(self, workspace: Workspace, article) -> None:
        article("a")
        again(workspace)
        later = {"publication_id": "monthly", "number": "2025-04", "is_assumed": True}
        assemble(workspace, as_of=APRIL - timedelta(days=7), **later)
        issue = load_issue(workspace, "2025-04-monthly").issue
        assert (issue.send_at, issue.date) == (APRIL, APRIL.date())
        assemble(workspace, as_of=APRIL + timedelta(days=7), **later)
        assert load_issue(workspace, "2025-04-monthly").issue.send_at == APRIL + timedelta(days=7)

    def test_may_start_with_a_byte_order_mark_and_have_windows_line_ends(self, workspace: Workspace, article) -> None:
        article("a")
        put(workspace, "\ufeff" + HEAD.replace("\n", "\r\n"))
        assert again(workspace).changed
        assert not again(workspace).changed
        assert load_issue(workspace, "2025-04-monthly").findings == ()

    def test_may_have_a_section_after_the_part_of_assembly(self, workspace: Workspace, article) -> None:
        article("a")
        article("b")
        again(workspace)
        assert lists(workspace) == {"lead": ["a"], "more": ["b"]}
        text = file_of(workspace).read_text(encoding="utf-8")
        start, end = text.index('[[sections]]\nid = "more"'), text.index("[assembled]")
        put(workspace, text[:start] + text[end:] + "\n# le mien\n" + text[start:end])
        assert again(workspace, APRIL + timedelta(days=1)).changed
        assert lists(workspace) == {"lead": ["a"], "more": ["b"]}
        assert "# le mien" in file_of(workspace).read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("sections", "line"),
        [
            ('[[sections]]\nid = "agendas"\nsnippets = ["a"]\n', 9),
            ('[[sections]]\nid = "more"\nsnippets = "a"\n', 10),
            ('[[sections]]\nid = "more"\nsnippets = ["a"]\n[[sections]]\nid = "more"\nsnippets = []\n', 12),
            ('[[sections]]\nsnippets = ["a"]\n', 8),
            ('sections = "a"\n', 8),
            ("sections =\n", 8),
        ],
    )
    def test_that_cannot_be_read_surely_is_told_and_left_alone(
        self, workspace: Workspace, article, sections: str, line: int
    ) -> None:
        article("a")
        put(workspace, HEAD + sections)
        before = file_of(workspace).read_bytes()
        with pytest.raises(ContentError) as caught:
            again(workspace)
        assert line in [finding.line for finding in caught.value.findings]
        assert file_of(workspace).read_bytes() == before

    def test_with_its_sections_on_one_line_is_told_and_left_alone(self, workspace: Workspace, article) -> None:
        article("a")
        put(workspace, HEAD + 'sections = [{id = "more", snippets = ["a"]}]\n')
        before = file_of(workspace).read_bytes()
        with pytest.raises(WorkspaceError) as caught:
            again(workspace)
        assert "[[sections]]" in caught.value.hint
        assert file_of(workspace).read_bytes() == before

    def test_without_any_section_is_filled(self, workspace: Workspace, article) -> None:
        article("a")
        put(workspace, HEAD + "sections = []\n")
        again(workspace)
        assert lists(workspace) == {"lead": ["a"]}


class TestTexts:
    def test_proposals_follow_the_content_until_a_person_changes_them(self, workspace: Workspace, event) -> None:
        event("tot", "2025-04-10")
        event("tard", "2025-04-25")
        again(workspace)
        assert load_issue(workspace, "2025-04-monthly").issue.preheader == "Tot · Tard"
        again(workspace, datetime(2025, 4, 15, 9))
        assert load_issue(workspace, "2025-04-monthly").issue.preheader == "Tard"
        edit(workspace, 'preheader = "Tard"', 'preheader = "À moi"')
        again(workspace, APRIL)
        assert load_issue(workspace, "2025-04-monthly").issue.preheader == "À moi"

    def test_the_title_is_in_the_language_of_the_publication(self, workspace: Workspace, article) -> None:
        article("a")
        titles = {}
        for number in ("2025-04", "2025-08", "2025-t1", "2025-t2", "2025", "hors-serie"):
            made = assemble(workspace, "monthly", number, as_of=APRIL)
            titles[number] = load_issue(workspace, made.issue_id).issue.title
        assert titles == {
            "2025-04": "Avril 2025",
            "2025-08": "Août 2025",
            "2025-t1": "1er trimestre 2025",
            "2025-t2": "2e trimestre 2025",
            "2025": "2025",
            "hors-serie": "hors-serie",
        }

    def test_a_date_changed_by_hand_stays_when_the_sending_time_moves(self, workspace: Workspace, article) -> None:
        article("a")
        again(workspace)
        edit(workspace, "date = 2025-04-03", "date = 2025-04-01")
        again(workspace, datetime(2025, 4, 15, 9))
        issue = load_issue(workspace, "2025-04-monthly").issue
        assert (str(issue.date), issue.send_at) == ("2025-04-01", datetime(2025, 4, 15, 9))

    def test_the_date_follows_a_sending_time_changed_by_hand(self, workspace: Workspace, article) -> None:
        article("a")
        again(workspace)
        for day in ("20", "22"):
            old = load_issue(workspace, "2025-04-monthly").issue.send_at
            assert old is not None
            edit(workspace, f"send_at = {old.isoformat()}", f"send_at = 2025-04-{day}T09:00:00")
            again(workspace)
            assert str(load_issue(workspace, "2025-04-monthly").issue.date) == f"2025-04-{day}"


class TestLists:
    def test_comments_stay_with_their_snippets(self, workspace: Workspace, event) -> None:
        for day in (10, 11, 12):
            event(f"e{day}", f"2025-04-{day}")
        again(workspace)
        edit(workspace, '    "e11",\n', '    # à voir avec la ville\n    "e11", # déplacé ?\n')
        edit(workspace, '    "e12",\n', '    "e12", # en dernier\n    # "plus-tard",\n')
        again(workspace, datetime(2025, 4, 11, 8))
        assert lists(workspace)["agenda"] == ["e11", "e12"]
        text = file_of(workspace).read_text(encoding="utf-8")
        expected = '    # à voir avec la ville\n    "e11", # déplacé ?\n    "e12", # en dernier\n    # "plus-tard",\n]'
        assert expected in text

    def test_a_comment_above_a_section_survives_the_section_before_it(self, workspace: Workspace, event, article):
        event("e", "2025-04-10")
        article("a", date="2025-01-01")
        article("b")
        again(workspace)
        edit(workspace, '[[sections]]\nid = "more"', '# surtout pas plus de deux\n[[sections]]\nid = "more"')
        again(workspace, datetime(2025, 4, 15, 9))
        assert "# surtout pas plus de deux" in file_of(workspace).read_text(encoding="utf-8")
        assert load_issue(workspace, "2025-04-monthly").issue.sections[-1].snippets[0].id == "b"

    def test_a_draft_put_in_by_hand_stays_and_is_told(self, workspace: Workspace, article) -> None:
        article("a")
        again(workspace)
        article("brouillon", status="draft")
        edit(workspace, 'snippets = ["a"]', 'snippets = ["a", "brouillon"]')
        assert why(again(workspace))["brouillon"] == "put here by hand (still a draft)"
        assert [f.check for f in load_issue(workspace, "2025-04-monthly").findings] == ["draft"]

    def test_a_past_event_put_in_by_hand_goes(self, workspace: Workspace, event) -> None:
        event("a", "2025-04-20")
        event("passe", "2025-04-01")
        again(workspace)
        edit(workspace, 'snippets = ["a"]', 'snippets = ["passe", "a"]')
        assert why(again(workspace))["passe"] == "over on 1 April 2025"
        assert lists(workspace)["agenda"] == ["a"]

    def test_a_name_mistyped_by_hand_is_not_swept_away(self, workspace: Workspace, event) -> None:
        event("a", "2025-04-20")
        event("b", "2025-04-21")
        again(workspace)
        edit(workspace, '    "a",\n', '    "a",\n    "tressson",\n')
        assert "kept as written by hand" in why(again(workspace))["tressson"]
        assert lists(workspace)["agenda"] == ["a", "tressson", "b"]
        assert [f.check for f in load_issue(workspace, "2025-04-monthly").findings] == ["unknown-snippet"]

    def test_a_file_broken_for_a_while_costs_nobody_its_place(self, workspace: Workspace, event, write) -> None:
        for day in (10, 11, 12):
            event(f"e{day}", f"2025-04-{day}")
        again(workspace)
        edit(workspace, '    "e10",\n    "e11",\n', '    "e11",\n    "e10",\n')
        good = (workspace.issues / "snippets" / "e10.md").read_text(encoding="utf-8")
        write("e10.md", "---\nkind: event\n")
        for _twice in range(2):
            assert why(again(workspace))["e10"] == "its file has a mistake; kept in its place"
            assert lists(workspace)["agenda"] == ["e11", "e10", "e12"]
        write("e10.md", good)
        assert why(again(workspace))["e10"] == "on 10 April 2025"
        assert lists(workspace)["agenda"] == ["e11", "e10", "e12"]

    def test_what_was_taken_out_stays_out_even_if_its_file_was_broken_for_a_while(
        self, workspace: Workspace, event, write
    ) -> None:
        event("a", "2025-04-10")
        event("b", "2025-04-11")
        again(workspace)
        edit(workspace, '    "b",\n', "")
        good = (workspace.issues / "snippets" / "b.md").read_text(encoding="utf-8")
        write("b.md", "---\n")
        again(workspace)
        write("b.md", good)
        assert why(again(workspace))["b"] == "taken out by hand"

    def test_a_snippet_whose_file_is_gone_leaves_the_list(self, workspace: Workspace, event) -> None:
        event("a", "2025-04-10")
        event("b", "2025-04-11")
        again(workspace)
        (workspace.issues / "snippets" / "b.md").unlink()
        assert why(again(workspace))["b"] == "its file is gone"
        assert lists(workspace)["agenda"] == ["a"]

    def test_a_pin_wins_over_the_place_where_it_was_put(self, workspace: Workspace, article) -> None:
        for name in ("a", "b", "c"):
            article(name)
        again(workspace)
        edit(workspace, 'id = "more"\n', 'id = "more"\npin = ["a"]\n')
        assert why(again(workspace))["a"] == "pinned by hand"
        assert lists(workspace) == {"lead": ["b"], "more": ["a", "c"]}

    def test_a_full_section_leaves_the_rest_to_a_later_one(self, workspace: Workspace, article) -> None:
        for day in (1, 2, 3):
            article(f"a{day}", date=f"2025-03-0{day}")
        assert why(again(workspace)) == {f"a{day}": f"article of {day} March 2025" for day in (3, 2, 1)}
        assert lists(workspace) == {"lead": ["a3"], "more": ["a1", "a2"]}

    def test_a_table_emptied_by_hand_is_not_filled_again(self, workspace: Workspace, event) -> None:
        event("a", "2025-04-10")
        again(workspace)
        edit(workspace, 'snippets = ["a"]', "snippets = []")
        for _twice in range(2):
            assert why(again(workspace)) == {"a": "taken out by hand"}


def test_a_mistake_in_another_issue_does_not_stop_this_one(workspace: Workspace, article, write) -> None:
    article("a")
    write("issues/2025-03-monthly/issue.toml", "number =\n")
    made = again(workspace)
    assert lists(workspace) == {"lead": ["a"]}
    assert [finding.place for finding in made.findings] == ["issues/2025-03-monthly/issue.toml:1"]


def test_a_file_behind_a_link_is_changed_where_it_lies(workspace: Workspace, article, tmp_path: Path) -> None:
    article("a")
    shared = tmp_path / "ailleurs.toml"
    shared.write_text(HEAD, encoding="utf-8")
    shared.chmod(0o660)
    file_of(workspace).parent.mkdir()
    file_of(workspace).symlink_to(shared)
    again(workspace)
    assert file_of(workspace).is_symlink()
    assert '"a"' in shared.read_text(encoding="utf-8")
    assert shared.stat().st_mode & 0o777 == 0o660


def test_a_folder_that_cannot_be_written_is_told_and_no_draft_is_left(workspace: Workspace, article) -> None:
    article("a")
    (workspace.issues / "2025-04-monthly").write_text("un fichier à la place du dossier", encoding="utf-8")
    with pytest.raises(WorkspaceError) as caught:
        again(workspace)
    assert caught.value.hint
    assert not list(workspace.issues.glob(".writing-*"))


EVENTS = [f"e{day}" for day in range(4, 12)]
Edit = Callable[[dict[str, list[str]]], None]


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """One thing that a person does with the names in the lists."""
    kind = draw(st.sampled_from(["remove", "move", "shuffle", "add"]))
    section = draw(st.sampled_from(["lead", "agenda", "more"]))
    name = draw(st.sampled_from([*EVENTS, "a1", "a2", "a3"]))
    position = draw(st.integers(0, 4))

    def change(found: dict[str, list[str]]) -> None:
        if kind == "shuffle":
            found.get(section, []).reverse()
            return
        if kind == "add" and any(name in ids for ids in found.values()):
            return
        for ids in found.values():
            if name in ids and kind != "add":
                ids.remove(name)
        if kind != "remove":
            found.setdefault(section, []).insert(position, name)

    return change


def rewrite(workspace: Workspace, found: dict[str, list[str]]) -> None:
    """Write the lists as a person would, leaving everything else as it stands."""
    text = file_of(workspace).read_text(encoding="utf-8")
    head, _sections, _rest = text.partition("[[sections]]")
    record = text[text.index("[assembled]") :]
    tables = "".join(f'[[sections]]\nid = "{name}" # {name}\nsnippets = {ids!r}\n\n' for name, ids in found.items())
    file_of(workspace).write_text(head.partition("[assembled]")[0] + tables + record, encoding="utf-8")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(edits(), st.integers(0, 2)), max_size=5))
def test_whatever_a_person_does_assembly_keeps_it(
    workspace: Workspace, event, article, steps: list[tuple[Edit, int]]
) -> None:
    for name in EVENTS:
        event(name, f"2025-04-{int(name[1:]):02}")
    for name in ("a1", "a2", "a3"):
        article(name)
    file_of(workspace).unlink(missing_ok=True)
    again(workspace)
    now = APRIL
    for change, days in steps:
        by_hand = lists(workspace)
        before = {i for ids in by_hand.values() for i in ids}
        record = tomllib.loads(file_of(workspace).read_text(encoding="utf-8"))["assembled"]["sections"]
        change(by_hand)
        rewrite(workspace, by_hand)
        now += timedelta(days=days)
        made = again(workspace, now)
        over = {name for name in EVENTS if int(name[1:]) < now.day}
        result = lists(workspace)
        standing = [i for ids in result.values() for i in ids]
        assert len(standing) == len(set(standing)), "each snippet once"
        assert not over & set(standing), "nothing that is over"
        removed = before - {i for ids in by_hand.values() for i in ids}
        assert not removed & set(standing), "what was taken out stays out"
        for section, ids in by_hand.items():
            kept = [i for i in ids if i not in over]
            is_arranged = kept != [i for i in record.get(section, []) if i in kept]
            standing_here = [i for i in result.get(section, []) if i in kept]
            assert not is_arranged or standing_here == kept, "the order by hand, nothing of it lost"
        assert {d.snippet_id for d in made.decisions} == {*EVENTS, "a1", "a2", "a3"}
        assert all(d.reason for d in made.decisions)
        once = file_of(workspace).read_text(encoding="utf-8")
        again(workspace, now)
        assert file_of(workspace).read_text(encoding="utf-8") == once, "a second time changes nothing"
