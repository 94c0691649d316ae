"""Where an issue stands, read from the database of other commands."""

from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from rtesmail.content.workspace import load_workspace
from rtesmail.delivery.approvals import approve
from rtesmail.delivery.mailings import schedule
from rtesmail.delivery.standing import ApprovalState, find_standing
from rtesmail.model.edition import ApprovedAudience, Edition, Waiver
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.mailing import MailingState
from rtesmail.model.publication import Sender
from rtesmail.store.opening import open_store

NOW = datetime(2025, 4, 2, 14, 30, tzinfo=UTC)
EDITION = Edition(
    issue="2025-04-mensuelle",
    publication="mensuelle",
    language="fr",
    sender=Sender("RTES", "lettre@rtes.example"),
    subject="Avril",
    preheader="Cinq rendez-vous",
    html="<p>Bonjour</p>",
    text="Bonjour",
)


def test_without_a_database_nothing_is_approved_and_none_is_made(demo_workspace: Path) -> None:
    workspace = load_workspace(demo_workspace)
    assert find_standing(workspace, EDITION.issue, EDITION).state is ApprovalState.NONE
    assert not workspace.database.exists()


def test_an_approval_holds_for_what_was_approved_and_no_longer(demo_workspace: Path) -> None:
    workspace = load_workspace(demo_workspace)
    store = open_store(workspace.database)
    approve(store, EDITION, by="Camille Exemple", now=NOW)
    changed = replace(EDITION, subject="Avril, bis")

    # Read while the other command has it open, and after: its journal files come and go.
    for _turn in range(2):
        held = find_standing(workspace, EDITION.issue, EDITION)
        assert held.state is ApprovalState.APPROVED
        assert held.approval is not None
        assert held.approval.approved_by == "Camille Exemple"
        assert find_standing(workspace, EDITION.issue, changed).state is ApprovalState.OUTDATED
        assert find_standing(workspace, EDITION.issue, None).state is ApprovalState.OUTDATED
        assert find_standing(workspace, "2025-05-mensuelle", None).state is ApprovalState.NONE
        store.conn.close()
    assert sorted(path.name for path in workspace.database.parent.iterdir()) == ["rtesmail.db", "sample.csv"]


def test_an_approved_letter_with_an_error_that_came_since_would_not_leave(demo_workspace: Path) -> None:
    """The letter is the same, to the byte: the day on which it is to leave is another."""
    workspace = load_workspace(demo_workspace)
    earlier = Finding("weekday", Severity.ERROR, "A Friday.", path=Path("a.md"), line=3)
    since = Finding("past-event", Severity.ERROR, "Over.", path=Path("b.md"), line=8)
    store = open_store(workspace.database)
    waivers = [Waiver("weekday", "a.md:3", "A Friday.", "Postponed")]
    approve(store, EDITION, by="Camille Exemple", now=NOW, waivers=waivers)
    store.conn.close()
    leaves = find_standing(workspace, EDITION.issue, EDITION, [earlier])
    assert (leaves.held, leaves.refusal, [one for one, _waiver in leaves.passed]) == (None, None, [earlier])
    held = find_standing(workspace, EDITION.issue, EDITION, [earlier, since])
    assert held.state is ApprovalState.APPROVED
    assert [one for one, _waiver in held.passed] == [earlier]
    assert held.held is held.refusal
    assert held.held is not None
    assert held.held.findings == (since,)
    # Of a void yes nothing is let pass, and nothing is said twice.
    void = find_standing(workspace, EDITION.issue, replace(EDITION, subject="Avril, bis"), [earlier, since])
    assert (void.state, void.passed, void.held, void.waivers) == (ApprovalState.OUTDATED, (), None, ())


def test_an_approval_for_a_segment_holds_while_that_asks_for_the_same(demo_workspace: Path) -> None:
    workspace = load_workspace(demo_workspace)
    segments = demo_workspace / "lists" / "segments.toml"
    said = "[regions]\nexpression = 'level == \"région\"'\n"
    segments.write_text(said, encoding="utf-8")
    store = open_store(workspace.database)
    audience = ApprovedAudience("readers", "regions", 'level == "région"')
    approve(store, EDITION, by="Camille Exemple", now=NOW, audiences=[audience])
    store.conn.close()
    changes = {
        said: "",
        said.replace("région", "epci"): 'asked for level == "région" when Camille Exemple approved',
        "": "The segment regions is gone from",
        "[regions]\nexpression = ": "lists/segments.toml",
    }
    for text, words in changes.items():
        segments.write_text(text, encoding="utf-8")
        found = find_standing(workspace, EDITION.issue, EDITION)
        assert found.state is (ApprovalState.OUTDATED if words else ApprovalState.APPROVED)
        assert words in "".join(found.changed_segments)


def test_what_was_sent_or_planned_is_told(demo_workspace: Path) -> None:
    workspace = load_workspace(demo_workspace)
    store = open_store(workspace.database)
    store.conn.execute("INSERT INTO lists (name, created_at) VALUES ('readers', '2025-04-01T08:00:00+00:00')")
    schedule(store, EDITION.issue, "readers", at=NOW, not_after=None, now=NOW)
    standing = find_standing(workspace, EDITION.issue, EDITION)
    assert standing.state is ApprovalState.NONE
    assert [(m.list_name, m.state) for m in standing.mailings] == [("readers", MailingState.SCHEDULED)]
    store.conn.close()


def test_the_time_of_an_approval_is_told_in_local_time(demo_workspace: Path) -> None:
    workspace = load_workspace(demo_workspace)
    store = open_store(workspace.database)
    approve(store, EDITION, by="Camille Exemple", now=NOW)
    store.conn.close()
    local = find_standing(workspace, EDITION.issue, EDITION).in_zone("Europe/Paris").approval
    assert local is not None
    assert f"{local.approved_at:%Y-%m-%d %H:%M}" == "2025-04-02 16:30"


def test_a_database_that_cannot_be_read_is_said_and_left_alone(demo_workspace: Path) -> None:
    workspace = load_workspace(demo_workspace)
    for content in (b"", b"no database at all, by far" * 40):
        workspace.database.write_bytes(content)
        assert find_standing(workspace, EDITION.issue, EDITION).state is ApprovalState.UNKNOWN
        assert workspace.database.read_bytes() == content
