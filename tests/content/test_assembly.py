"""Assembly follows the publication's rules, says why, and keeps what a person did."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from rtesmail.content.assembly import assemble
from rtesmail.content.issues import load_issue
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.publication import Workspace
from rtesmail.model.wishes import Frequency

APRIL = datetime(2025, 4, 3, 9)


def lists(workspace: Workspace, issue_id: str = "2025-04-monthly") -> dict[str, list[str]]:
    loaded = load_issue(workspace, issue_id)
    assert loaded.findings == ()
    return {section.id: [s.id for s in section.snippets] for section in loaded.issue.sections}


def reasons(workspace: Workspace, as_of: datetime = APRIL) -> dict[str, str]:
    return {d.snippet_id: d.reason for d in assemble(workspace, "monthly", "2025-04", as_of=as_of).decisions}


def edit(workspace: Workspace, change: Callable[[str], str]) -> None:
    path = workspace.issues / "2025-04-monthly" / "issue.toml"
    old = path.read_text(encoding="utf-8")
    new = change(old)
    assert new != old
    path.write_text(new, encoding="utf-8")


@pytest.fixture
def three_events(event) -> None:
    event("juin", "2025-06-01")
    event("mai", "2025-05-01 9h")
    event("avril", "2025-04-10 11:00", end="2025-04-10 12:30")


@pytest.mark.usefixtures("three_events")
class TestAgenda:
    def test_it_is_sorted_by_start(self, workspace: Workspace) -> None:
        assemble(workspace, "monthly", "2025-04", as_of=APRIL)
        assert lists(workspace)["agenda"] == ["avril", "mai", "juin"]

    def test_an_event_over_at_the_sending_time_is_left_out_with_the_reason(self, workspace: Workspace) -> None:
        assert reasons(workspace, datetime(2025, 4, 10, 12, 31))["avril"] == "over on 10 April 2025"
        assert lists(workspace)["agenda"] == ["mai", "juin"]

    def test_an_event_that_has_begun_is_still_in(self, workspace: Workspace) -> None:
        assert reasons(workspace, datetime(2025, 4, 10, 12))["avril"] == "on 10 April 2025"

    def test_a_day_without_a_time_lasts_until_its_end(self, workspace: Workspace) -> None:
        assert reasons(workspace, datetime(2025, 6, 1, 23))["juin"] == "on 1 June 2025"
        assert reasons(workspace, datetime(2025, 6, 2, 0))["juin"] == "over on 1 June 2025"

    def test_no_more_than_the_maximum_the_nearest_first(self, workspace: Workspace, event) -> None:
        event("demain", "2025-04-04")
        assert reasons(workspace)["juin"] == "Agenda is full (3): the last place went to 1 May 2025"
        assert lists(workspace)["agenda"] == ["demain", "avril", "mai"]

    def test_an_order_made_by_hand_stays(self, workspace: Workspace, event) -> None:
        assemble(workspace, "monthly", "2025-04", as_of=APRIL)
        edit(
            workspace, lambda t: t.replace('"avril",\n    "mai",\n    "juin",', '"juin",\n    "avril",\n    "mai",', 1)
        )
        for _again in range(3):
            assemble(workspace, "monthly", "2025-04", as_of=APRIL)
            assert lists(workspace)["agenda"] == ["juin", "avril", "mai"]

    def test_what_was_taken_out_by_hand_stays_out(self, workspace: Workspace) -> None:
        assemble(workspace, "monthly", "2025-04", as_of=APRIL)
        edit(workspace, lambda t: t.replace('    "mai",\n', "", 1))
        for _again in range(3):
            assert reasons(workspace)["mai"] == "taken out by hand"
            assert lists(workspace)["agenda"] == ["avril", "juin"]

    def test_a_past_event_goes_even_after_the_order_was_changed(self, workspace: Workspace) -> None:
        assemble(workspace, "monthly", "2025-04", as_of=APRIL)
        edit(
            workspace, lambda t: t.replace('"avril",\n    "mai",\n    "juin",', '"juin",\n    "avril",\n    "mai",', 1)
        )
        assemble(workspace, "monthly", "2025-04", as_of=datetime(2025, 4, 15, 9))
        assert lists(workspace)["agenda"] == ["juin", "mai"]

    def test_a_pin_holds_against_the_rules_and_says_so(self, workspace: Workspace, event) -> None:
        event("hier", "2025-04-02")
        assemble(workspace, "monthly", "2025-04", as_of=APRIL)
        edit(workspace, lambda t: t.replace('id = "agenda"\n', 'id = "agenda"\npin = ["hier"]\n', 1))
        assert reasons(workspace)["hier"] == "pinned by hand (over on 2 April 2025)"
        assert "hier" in lists(workspace)["agenda"]

    def test_an_exclusion_holds(self, workspace: Workspace) -> None:
        assemble(workspace, "monthly", "2025-04", as_of=APRIL)
        edit(workspace, lambda t: t.replace('id = "agenda"\n', 'id = "agenda"\nexclude = ["mai"]\n', 1))
        assert reasons(workspace)["mai"] == "excluded by hand"
        assert lists(workspace)["agenda"] == ["avril", "juin"]

    def test_words_and_comments_of_a_person_stay(self, workspace: Workspace) -> None:
        assemble(workspace, "monthly", "2025-04", as_of=APRIL)
        edit(workspace, lambda t: "# à relire\n" + t.replace('subject = "La lettre', 'subject = "Ma lettre', 1))
        assemble(workspace, "monthly", "2025-04", as_of=datetime(2025, 4, 15, 9))
        text = (workspace.issues / "2025-04-monthly" / "issue.toml").read_text(encoding="utf-8")
        assert text.startswith("# à relire\n")
        assert 'subject = "Ma lettre' in text

    def test_a_sending_time_changed_by_hand_stays(self, workspace: Workspace) -> None:
        assemble(workspace, "monthly", "2025-04", as_of=APRIL)
        edit(workspace, lambda t: t.replace("send_at = 2025-04-03T09:00:00", "send_at = 2025-04-20T09:00:00", 1))
        assert reasons(workspace)["avril"] == "over on 10 April 2025"
        assert load_issue(workspace, "2025-04-monthly").issue.send_at == datetime(2025, 4, 20, 9)

    def test_the_second_time_changes_nothing(self, workspace: Workspace) -> None:
        assert assemble(workspace, "monthly", "2025-04", as_of=APRIL).changed
        assert not assemble(workspace, "monthly", "2025-04", as_of=APRIL).changed

    def test_a_dry_run_writes_nothing(self, workspace: Workspace) -> None:
        made = assemble(workspace, "monthly", "2025-04", as_of=APRIL, write=False)
        assert not made.path.exists()
        assert sum(d.taken for d in made.decisions) == 3


def test_an_event_comes_back_and_an_article_does_not(workspace: Workspace, event, article) -> None:
    event("mai", "2025-05-20")
    article("nouvelle")
    assemble(workspace, "monthly", "2025-04", as_of=APRIL)
    made = assemble(workspace, "monthly", "2025-05", as_of=datetime(2025, 5, 3, 9))
    told = {d.snippet_id: (d.section_id, d.reason) for d in made.decisions}
    assert told == {"mai": ("agenda", "on 20 May 2025"), "nouvelle": (None, "already in 2025-04-monthly")}
    assert lists(workspace, "2025-05-monthly") == {"agenda": ["mai"]}


def test_a_snippet_stands_in_one_section_only(workspace: Workspace, article) -> None:
    article("ancien", date="2025-01-01")
    article("recent", date="2025-03-01")
    assemble(workspace, "monthly", "2025-04", as_of=APRIL)
    assert lists(workspace) == {"lead": ["recent"], "more": ["ancien"]}


def test_a_snippet_moved_by_hand_stays_where_it_was_put(workspace: Workspace, article) -> None:
    article("ancien", date="2025-01-01")
    article("recent", date="2025-03-01")
    assemble(workspace, "monthly", "2025-04", as_of=APRIL)
    edit(
        workspace,
        lambda t: t.replace('["recent"]', "[@]", 1).replace('["ancien"]', '["recent"]', 1).replace("[@]", '["ancien"]'),
    )
    for _again in range(3):
        assemble(workspace, "monthly", "2025-04", as_of=APRIL)
        assert lists(workspace) == {"lead": ["ancien"], "more": ["recent"]}


def test_drafts_and_dates_of_publication_are_kept_to(workspace: Workspace, article) -> None:
    article("brouillon", status="draft")
    article("plus-tard", publish_from="2025-05-01")
    article("perime", expire_at="2025-04-02")
    assert reasons(workspace) == {
        "brouillon": "still a draft",
        "plus-tard": "not before 1 May 2025",
        "perime": "expired on 2 April 2025",
    }


def test_a_new_section_takes_its_place_in_the_publication(workspace: Workspace, event, article) -> None:
    article("a", date="2025-03-01")
    article("b")
    assemble(workspace, "monthly", "2025-04", as_of=APRIL)
    event("mai", "2025-05-20")
    assemble(workspace, "monthly", "2025-04", as_of=APRIL)
    assert list(lists(workspace)) == ["lead", "agenda", "more"]


@pytest.mark.parametrize("number", ["../2025", "2025 04", "2025/04", "Avril", "-2025", ""])
def test_a_number_that_cannot_name_a_folder_is_refused(workspace: Workspace, number: str) -> None:
    with pytest.raises(WorkspaceError) as caught:
        assemble(workspace, "monthly", number, as_of=APRIL)
    assert "2025-04" in caught.value.hint


@pytest.mark.parametrize(
    ("frequency", "number", "example"),
    [
        (Frequency.MONTHLY, "2025-5", "2025-05"),
        (Frequency.MONTHLY, "mai", "2025-04"),
        (Frequency.MONTHLY, "2026-13", "2026-1"),
        (Frequency.QUARTERLY, "2025-2", "2025-t2"),
        (Frequency.QUARTERLY, "2025-t5", "2025-t"),
    ],
)
def test_a_number_outside_of_the_rhythm_would_be_made_twice_and_is_refused(
    workspace: Workspace, frequency: Frequency, number: str, example: str
) -> None:
    configuration = workspace.configuration
    monthly = replace(configuration.publications["monthly"], frequency=frequency, language="fr")
    rhythmic = replace(workspace, configuration=replace(configuration, publications={"monthly": monthly}))
    with pytest.raises(WorkspaceError) as caught:
        assemble(rhythmic, "monthly", number, as_of=APRIL)
    assert example in caught.value.hint
    assert not (workspace.issues / f"{number}-monthly").exists()
    assemble(rhythmic, "monthly", "2025-04" if frequency is Frequency.MONTHLY else "2025-t2", as_of=APRIL, name="bis")


def test_an_unknown_publication_is_told_with_the_nearest(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError) as caught:
        assemble(workspace, "montly", "2025-04", as_of=APRIL)
    assert caught.value.hint == "Did you mean monthly?"


def test_a_full_disk_leaves_the_old_file_whole(workspace: Workspace, article) -> None:
    article("a")
    assemble(workspace, "monthly", "2025-04", as_of=APRIL)
    path: Path = workspace.issues / "2025-04-monthly" / "issue.toml"
    before = path.read_bytes()
    article("b")
    script = (
        "import resource, signal, sys; from datetime import datetime; from pathlib import Path\n"
        "from rtesmail.content.assembly import assemble; from rtesmail.content.workspace import load_workspace\n"
        "from rtesmail.model.errors import WorkspaceError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))\n"
        "sys.dont_write_bytecode = True\n"
        f"workspace = load_workspace(Path({str(workspace.root)!r}))\n"
        "try: assemble(workspace, 'monthly', '2025-04', as_of=datetime(2025, 4, 3, 9))\n"
        "except WorkspaceError: sys.exit(42)\n"
    )
    import subprocess
    import sys

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 42
    assert path.read_bytes() == before
