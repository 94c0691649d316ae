"""A pace is read as written; each mistake in it is told with its line, and never read as another pace."""

from datetime import date, time
from pathlib import Path

import pytest

from rtesmail.content.pacing import KNOWN_GROUPS
from rtesmail.content.workspace import load_workspace
from rtesmail.model.errors import ContentError
from rtesmail.model.publication import DomainPace, Limits, PaceSettings, WarmUp


def add(root: Path, text: str) -> int:
    """Add lines to the settings; give the number of the first one."""
    path = root / "rtesmail.toml"
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\n{text}", encoding="utf-8")
    return before.count("\n") + 2


def pace_of(root: Path, text: str) -> PaceSettings:
    add(root, text)
    return load_workspace(root).configuration.transports["box"].pace


def test_a_pace_is_read_with_all_its_parts(root: Path) -> None:
    pace = pace_of(
        root,
        "[transports.box.pace]\n"
        "per_second = 20\n"
        'quiet_hours = "20:00-07:30"\n'
        "warm_up = { starts = 2026-12-01, first_day = 200, growth = 1.5 }\n"
        "[transports.box.pace.groups.orange]\n"
        "connections = 2\n"
        "per_minute = 60\n"
        "[transports.box.pace.groups.mairies]\n"
        'domains = ["Ville.example", "forêt.example"]\n',
    )
    assert pace == PaceSettings(
        Limits(per_second=20),
        (
            DomainPace("orange", KNOWN_GROUPS["orange"], Limits(connections=2, per_minute=60)),
            DomainPace("mairies", ("ville.example", "xn--fort-ipa.example"), Limits()),
        ),
        WarmUp(date(2026, 12, 1), 200, 1.5),
        (time(20), time(7, 30)),
    )


def test_no_pace_means_no_limit(root: Path) -> None:
    assert load_workspace(root).configuration.transports["box"].pace == PaceSettings()


def test_no_domain_belongs_to_two_known_groups() -> None:
    domains = [domain for group in KNOWN_GROUPS.values() for domain in group]
    assert len(domains) == len(set(domains))


@pytest.mark.parametrize(
    ("lines", "check", "line"),
    [
        ("per_second = -1\n", "wrong-number", 1),
        ('per_hour = "100"\n', "wrong-number", 1),
        ("per_munite = 60\n", "unknown-field", 1),
        ('quiet_hours = "20h-7h"\n', "bad-time", 1),
        ('quiet_hours = "25:00-07:00"\n', "bad-time", 1),
        ('quiet_hours = "20:00-20:00"\n', "bad-time", 1),
        ("warm_up = { first_day = 200 }\n", "missing-field", 1),
        ("warm_up = { starts = 2026-12-01 }\n", "missing-field", 1),
        ('warm_up = { starts = "demain", first_day = 200 }\n', "bad-date", 1),
        ("warm_up = { starts = 2026-12-01, first_day = 200, growth = 0.5 }\n", "wrong-number", 1),
        ("[transports.box.pace.groups.mairies]\nper_hour = 10\n", "missing-field", 1),
        ('[transports.box.pace.groups.mairies]\ndomains = ["a b"]\n', "bad-domain", 2),
        ("[transports.box.pace.groups.mairies]\ndomains = []\n", "missing-field", 2),
        (
            '[transports.box.pace.groups.orange]\n[transports.box.pace.groups.x]\ndomains = ["orange.fr"]\n',
            "duplicate",
            3,
        ),
    ],
)
def test_each_mistake_is_told_with_its_line(root: Path, lines: str, check: str, line: int) -> None:
    first = add(root, f"[transports.box.pace]\n{lines}")
    with pytest.raises(ContentError) as told:
        load_workspace(root)
    (finding,) = told.value.findings
    assert (finding.check, finding.line) == (check, first + line)
    assert finding.hint


@pytest.mark.parametrize(
    ("lines", "hint"),
    [
        ("per_munite = 60\n", "Did you mean per_minute?"),
        ("[transports.box.pace.groups.organge]\nper_minute = 60\n", "Did you mean orange?"),
        ('[transports.box.pace.groups.x]\ndomains = ["contact@x.example"]\n', "after the @"),
    ],
)
def test_a_slip_of_the_pen_is_told_with_what_was_likely_meant(root: Path, lines: str, hint: str) -> None:
    add(root, f"[transports.box.pace]\n{lines}")
    with pytest.raises(ContentError) as told:
        load_workspace(root)
    assert hint in told.value.findings[0].hint


@pytest.mark.parametrize(
    ("lines", "check"),
    [
        ("per_second = true\n", "wrong-number"),
        ("groups = 3\n", "wrong-type"),
        ("warm_up = 3\n", "wrong-type"),
        ("quiet_hours = 20\n", "wrong-type"),
        ("[transports.box.pace.groups.Orange]\nper_hour = 1\n", "bad-name"),
        ("[transports.box.pace.groups.orange]\ndomains = 3\n", "wrong-type"),
        ("[transports.box.pace.groups.orange]\nper_hour = 1.5\n", "wrong-number"),
        ("warm_up = { starts = 2026-12-01T08:00:00, first_day = 200 }\n", "bad-date"),
        ("warm_up = { starts = 2026-12-01, first_day = 0 }\n", "wrong-number"),
        ("warm_up = { starts = 2026-12-01, first_day = 9, growth = nan }\n", "wrong-number"),
        ("warm_up = { starts = 2026-12-01, first_day = 9, growth = inf }\n", "wrong-number"),
        ("warm_up = { starts = 2026-12-01, first_day = 9, grow = 2 }\n", "unknown-field"),
    ],
)
def test_no_wrong_value_passes_for_a_pace(root: Path, lines: str, check: str) -> None:
    add(root, f"[transports.box.pace]\n{lines}")
    with pytest.raises(ContentError) as told:
        load_workspace(root)
    assert check in [finding.check for finding in told.value.findings]


def test_a_known_group_may_name_its_own_domains(root: Path) -> None:
    pace = pace_of(
        root,
        "[transports.box.pace.groups.orange]\nper_hour = 5\n"
        'domains = ["Wanadoo.FR", "wanadoo.fr"]\n'
        "[transports.box.pace.groups.others]\n"
        'domains = ["orange.fr"]\n',
    )
    assert [set(group.domains) for group in pace.groups] == [{"wanadoo.fr"}, {"orange.fr"}]


def test_quiet_hours_may_end_at_midnight(root: Path) -> None:
    assert pace_of(root, '[transports.box.pace]\nquiet_hours = "21:00 - 24:00"\n').quiet_hours == (time(21), time())


def test_a_fallback_must_be_another_way_out(root: Path) -> None:
    path = root / "rtesmail.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('kind = "outbox"', 'kind = "outbox"\nfallback = "bux"'), encoding="utf-8")
    with pytest.raises(ContentError) as told:
        load_workspace(root)
    (finding,) = told.value.findings
    assert (finding.check, finding.message) == ("unknown-value", "There is no other transport 'bux'.")


def test_a_list_names_its_way_out_and_a_mistyped_one_is_told(root: Path) -> None:
    add(root, '[lists.presse]\ntransport = "box"\n')
    assert load_workspace(root).configuration.list_transports == {"presse": "box"}
    add(root, '[lists."Élus 2025"]\ntransport = "box"\n')
    assert load_workspace(root).configuration.list_transports == {"presse": "box", "Élus 2025": "box"}
    add(root, '[lists.elus]\ntransport = "bax"\n')
    with pytest.raises(ContentError) as told:
        load_workspace(root)
    assert "box" in told.value.findings[0].hint
