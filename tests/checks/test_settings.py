"""A house says how much its checks weigh, but for what its readers were promised."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from rtesmail.checks.registry import run_checks
from rtesmail.content.workspace import load_workspace
from rtesmail.model.checking import CheckSettings
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition
from rtesmail.model.errors import ContentError
from rtesmail.model.findings import Severity
from rtesmail.model.publication import Workspace


def with_severities(workspace: Workspace, **severities: Severity | None) -> Workspace:
    named = {name.replace("_", "-"): severity for name, severity in severities.items()}
    lines = {f"checks.{name}": 40 for name in named}
    configuration = replace(
        workspace.configuration,
        checks=CheckSettings(named),
        line_of={**workspace.configuration.line_of, **lines},
    )
    return replace(workspace, configuration=configuration)


@pytest.mark.parametrize("severity", list(Severity))
def test_a_check_weighs_what_the_house_says(
    workspace: Workspace, issue: Issue, edition: Edition, severity: Severity
) -> None:
    (found,) = run_checks(with_severities(workspace, subject=severity), issue, replace(edition, subject="x" * 99))
    assert (found.check, found.severity) == ("subject", severity)


def test_a_check_that_is_off_says_nothing(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    assert run_checks(with_severities(workspace, subject=None), issue, replace(edition, subject="x" * 99)) == ()


@pytest.mark.parametrize("name", ["unsubscribe", "legal-notice", "placeholder", "unknown-slot", "slot-in-subject"])
@pytest.mark.parametrize("severity", [None, Severity.WARNING])
def test_what_readers_were_promised_cannot_be_made_light(
    workspace: Workspace, issue: Issue, edition: Edition, name: str, severity: Severity | None
) -> None:
    spoilt = replace(edition, html="<p>{{ x }} @@prenom@@</p>", subject="@@name@@")
    configured = with_severities(workspace, **{name.replace("-", "_"): severity})
    found = run_checks(configured, issue, spoilt)
    assert {x.severity for x in found if x.check == name} == {Severity.ERROR}
    (told,) = [x for x in found if x.check == "kept-check"]
    assert told.place == "rtesmail.toml:40"


def test_a_mistyped_check_is_told_with_the_nearest_name(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    (found,) = run_checks(with_severities(workspace, contrasst=None), issue, edition)
    assert (found.check, found.place) == ("unknown-check", "rtesmail.toml:40")
    assert "contrast" in found.hint


def test_the_configuration_file_says_it(demo_workspace: Path) -> None:
    path = demo_workspace / "rtesmail.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}\n[checks]\nsize = "off"\nsubject = "note"\nspellings = ["RepèreESS"]\n', encoding="utf-8")
    checks = load_workspace(demo_workspace).configuration.checks
    assert checks.severities == {"size": None, "subject": Severity.NOTE}
    assert checks.spellings == ("RepèreESS",)


@pytest.mark.parametrize(
    "line",
    ['size = "of"', "size = false", 'clients = ["gmial"]', "smallest_text = 2", 'spellings = "x"', 'severities = "x"'],
)
def test_what_cannot_be_meant_is_refused_at_its_line(demo_workspace: Path, line: str) -> None:
    path = demo_workspace / "rtesmail.toml"
    text = path.read_text(encoding="utf-8") + "\n[checks]\n"
    path.write_text(text + line + "\n", encoding="utf-8")
    with pytest.raises(ContentError) as refused:
        load_workspace(demo_workspace)
    (found,) = refused.value.findings
    assert found.line == len(text.splitlines()) + 1


@pytest.mark.parametrize(
    ("lines", "words", "hint"),
    [
        ('[checks.severity]\nsubject = "note"', "severity cannot be a table.", 'under [checks]: subject = "note"'),
        ("[checks.subject]\nx = 1", "subject cannot be a table.", 'under [checks]: preheader = "warning"'),
        ('[checks]\nsubject = ["note"]', "subject cannot be a list.", "error, warning, note, off"),
        ("[checks]\nsubject = true", "subject cannot be true.", "error, warning, note, off"),
        ("[checks]\nsubject = 2025-04-03", "subject cannot be 2025-04-03.", "error, warning, note, off"),
        ("[checks]\nsubject = 3", "subject cannot be 3.", "error, warning, note, off"),
        ("[senders.x]\naddress = 'a@example.org'\nname = {first = 8}", "name should be a text.", 'name = "…"'),
        ("[senders.x]\naddress = 'a@example.org'\nname = 2025-04-03", "name should be a text.", 'name = "2025-04-03"'),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_as_the_file_has_it(
    demo_workspace: Path, lines: str, words: str, hint: str
) -> None:
    """Not as Python writes it, which nobody typed."""
    path = demo_workspace / "rtesmail.toml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{lines}\n", encoding="utf-8")
    with pytest.raises(ContentError) as refused:
        load_workspace(demo_workspace)
    (found,) = refused.value.findings
    assert found.message == words
    assert hint in found.hint
