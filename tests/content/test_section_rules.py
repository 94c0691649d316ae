"""What a section's rules let in, and the words for what they keep out."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from rtesmail.content.assembly import assemble
from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.model.conditions import Condition
from rtesmail.model.errors import ContentError
from rtesmail.model.publication import Workspace

APRIL = datetime(2025, 4, 3, 9)
Rule = Callable[[str, str], Workspace]


@pytest.fixture
def rule(workspace: Workspace) -> Rule:
    """Add a line to a section of the monthly letter: `rule("agenda", "days_ahead = 30")`."""

    def add(section: str, line: str) -> Workspace:
        path = workspace.root / "rtesmail.toml"
        text = path.read_text("utf-8")
        assert text.count(f'id = "{section}"') == 1
        path.write_text(text.replace(f'id = "{section}"', f'id = "{section}"\n{line}'), "utf-8")
        return load_workspace(workspace.root)

    return add


def made(workspace: Workspace, number: str = "2025-04", as_of: datetime = APRIL, publication: str = "monthly"):
    decisions = assemble(workspace, publication, number, as_of=as_of).decisions
    loaded = load_issue(workspace, f"{number}-{publication}")
    lists = {section.id: [s.id for s in section.snippets] for section in loaded.issue.sections}
    return lists, {d.snippet_id: d.reason for d in decisions}


def test_an_event_too_far_ahead_waits_for_a_later_issue(rule: Rule, event) -> None:
    workspace = rule("agenda", "days_ahead = 30")
    event("proche", "2025-05-03")
    event("lointain", "2025-05-04")
    lists, reasons = made(workspace)
    assert lists == {"agenda": ["proche"]}
    assert reasons["lointain"] == "too far ahead: 4 May 2025, and Agenda goes to 3 May 2025"


def test_old_news_is_left_out(rule: Rule, article) -> None:
    workspace = rule("lead", "days_old = 31")
    workspace = rule("more", "days_old = 31")
    article("neuf", date="2025-03-03")
    article("vieux", date="2025-03-02")
    article("sans-jour")
    lists, reasons = made(workspace)
    assert sorted(i for ids in lists.values() for i in ids) == ["neuf", "sans-jour"]
    assert reasons["vieux"] == "too old: 2 March 2025, and À la une begins on 3 March 2025"


def test_a_call_leaves_readers_time_to_answer(rule: Rule, write) -> None:
    path = rule("agenda", "days_left = 7").root / "rtesmail.toml"
    path.write_text(path.read_text("utf-8").replace('kinds = ["event"]', 'kinds = ["call"]'), "utf-8")
    workspace = load_workspace(path.parent)
    for name, day in (("court", "2025-04-09"), ("assez", "2025-04-10")):
        write(f"{name}.md", f"---\nkind: call\ntitle: {name}\ndeadline: {day}\nstatus: reviewed\n---\nRépondez.\n")
    lists, reasons = made(workspace)
    assert lists == {"agenda": ["assez"]}
    assert reasons["court"].startswith("only 6 days are left to answer")


def test_what_is_featured_leads_and_has_its_section_alone(rule: Rule, article) -> None:
    workspace = rule("lead", "featured = true")
    article("recent", date="2025-04-01")
    article("phare", date="2025-01-01", featured="true")
    lists, reasons = made(workspace)
    assert lists == {"lead": ["phare"], "more": ["recent"]}
    assert reasons["phare"] == "featured"


def test_what_is_featured_comes_first_of_its_section(workspace: Workspace, article) -> None:
    for name, more in (("a", {}), ("b", {"featured": "oui"}), ("c", {})):
        article(name, date="2025-03-01", **more)
    lists, _reasons = made(workspace)
    assert lists["lead"] == ["b"]


def test_two_snippets_of_one_page_are_one_in_an_issue(workspace: Workspace, article) -> None:
    article("a", date="2025-03-02", url="https://www.ville.example/actu/1?utm_source=x")
    article("b", date="2025-03-01", url="https://ville.example/actu/1/")
    article("c", date="2025-02-01", url="https://ville.example/")
    article("d", date="2025-02-01", url="https://ville.example")
    lists, reasons = made(workspace)
    assert sorted(i for ids in lists.values() for i in ids) == ["a", "c", "d"]
    assert reasons["b"] == "leads to the same page as a"


def test_one_meeting_told_twice_is_one_in_its_section(workspace: Workspace, event) -> None:
    event("a", "2025-04-10", url="https://ville.example/agenda/1")
    event("b", "2025-04-10", url="https://ville.example/agenda/1/")
    event("c", "2025-04-11", url="https://ville.example/agenda/1")
    lists, reasons = made(workspace)
    assert lists == {"agenda": ["a", "c"]}
    assert reasons["b"] == "leads to the same page as a"


def test_a_page_that_its_site_calls_by_a_number_is_a_page_and_the_front_page_is_none(
    workspace: Workspace, article
) -> None:
    article("a", url="https://ville.example/?p=12")
    article("b", url="http://www.ville.example/?p=12&utm_source=x")
    article("c", url="https://ville.example/?p=13")
    article("d", url="https://ville.example/")
    article("e", url="https://ville.example")
    lists, reasons = made(workspace)
    assert sorted(identity for ids in lists.values() for identity in ids) == ["a", "c", "d", "e"]
    assert reasons["b"] == "leads to the same page as a"


def test_a_page_that_readers_had_is_not_announced_again_under_another_name(workspace: Workspace, article) -> None:
    article("mars", date="2025-03-01", url="https://ville.example/actu/1")
    made(workspace, "2025-03", datetime(2025, 3, 3, 9))
    article("encore", date="2025-03-20", url="https://www.ville.example/actu/1#suite")
    _lists, reasons = made(workspace)
    assert reasons["encore"] == "its address was already in 2025-03-monthly"
    assert reasons["mars"] == "already in 2025-03-monthly"


QUARTERLY = """
[publications.quarterly]
title = "La trimestrielle"
template = "quarterly"
sender = "letter"
transport = "box"

[[publications.quarterly.sections]]
id = "dossier"
title = "Le dossier"
kinds = ["article"]
draws_on = "monthly"
order = "title"
"""


def with_quarterly(workspace: Workspace) -> Workspace:
    path = workspace.root / "rtesmail.toml"
    path.write_text(path.read_text("utf-8") + QUARTERLY, "utf-8")
    return load_workspace(workspace.root)


def make_monthlies(workspace: Workspace, article, *, until: str) -> None:
    """Make the monthlies from December 2024, each of the 3rd and with one article: `m12`, `m01`, `m02`…"""
    for number in ("2024-12", "2025-01", "2025-02", "2025-03", "2025-04"):
        if number <= until:
            article(f"m{number[-2:]}", date=f"{number}-01")
            made(workspace, number, datetime.fromisoformat(f"{number}-03T09:00"))


def test_a_quarterly_draws_on_the_last_three_monthlies_and_what_lies_beside_it(
    workspace: Workspace, article, write
) -> None:
    workspace = with_quarterly(workspace)
    make_monthlies(workspace, article, until="2025-04")
    article("jamais-paru", date="2025-01-02", status="reviewed")
    write("issues/2025-t2-quarterly/entretien.md", "---\nkind: article\ntitle: Z\nstatus: reviewed\n---\nDu texte.\n")
    lists, reasons = made(workspace, "2025-t2", datetime(2025, 4, 15, 9), "quarterly")
    assert lists == {"dossier": ["m02", "m03", "m04", "entretien"]}
    assert reasons["m01"] == "not in the last issues of monthly"
    assert reasons["jamais-paru"] == "not in the last issues of monthly"


@pytest.mark.parametrize(
    ("monthly", "quarterly", "is_drawn"),
    [
        ("2025-03-18T09:00", "2025-03-18T14:00", True),
        ("2025-03-18T09:00", "2025-03-18T09:00", True),
        ("2025-03-18", "2025-03-18", True),
        ("2025-03-18T14:00", "2025-03-18T09:00", False),
    ],
)
def test_a_quarterly_draws_on_the_monthly_of_its_own_day_unless_that_leaves_later(
    workspace: Workspace, article, monthly: str, quarterly: str, is_drawn: bool
) -> None:
    """Typed as a day alone, both leave when that begins; of two that leave together the monthly comes first."""
    workspace = with_quarterly(workspace)
    make_monthlies(workspace, article, until="2025-02")
    article("m03", date="2025-03-01")
    made(workspace, "2025-03", datetime.fromisoformat(monthly))
    lists, reasons = made(workspace, "2025-t1", datetime.fromisoformat(quarterly), "quarterly")
    if is_drawn:
        assert lists == {"dossier": ["m01", "m02", "m03"]}
        assert reasons["m03"] == "article of 1 March 2025, drawn from 2025-03-monthly"
        assert reasons["m12"] == "not in the last issues of monthly"
    else:
        assert lists == {"dossier": ["m01", "m02", "m12"]}
        assert reasons["m03"] == "in 2025-03-monthly, which leaves later on the same day"


def test_an_issue_with_a_day_and_no_hour_leaves_at_the_usual_one(workspace: Workspace, article) -> None:
    workspace = with_quarterly(workspace)
    article("m03", date="2025-03-01")
    made(workspace, "2025-03", datetime(2025, 3, 18, 14))
    monthly = workspace.issues / "2025-03-monthly" / "issue.toml"
    monthly.write_text(re.sub("(?m)^send_at.*\n", "", monthly.read_text("utf-8")), "utf-8")
    early = made(workspace, "2025-t1", datetime(2025, 3, 18, 8, 59), "quarterly")
    assert early[1]["m03"] == "in 2025-03-monthly, which leaves later on the same day"
    lists, _reasons = made(workspace, "2025-t1", datetime(2025, 3, 18, 9), "quarterly")
    assert lists == {"dossier": ["m03"]}


def test_a_special_monthly_takes_no_month_from_the_quarterly(workspace: Workspace, article) -> None:
    workspace = with_quarterly(workspace)
    for month in (1, 2, 3):
        article(f"m{month}", date=f"2025-{month:02}-01")
        made(workspace, f"2025-{month:02}", datetime(2025, month, 3, 9))
    article("special", date="2025-03-10")
    assemble(workspace, "monthly", "2025-03", as_of=datetime(2025, 3, 12, 9), name="special")
    lists, _reasons = made(workspace, "2025-t1", datetime(2025, 4, 1, 9), "quarterly")
    assert sorted(lists["dossier"]) == ["m1", "m2", "m3", "special"]


def test_a_publication_to_draw_on_that_there_is_not_is_told_with_its_line(rule: Rule) -> None:
    with pytest.raises(ContentError) as caught:
        rule("agenda", 'draws_on = "monthyl"')
    (found,) = caught.value.findings
    assert "monthyl" in found.message
    assert "monthly" in found.hint
    assert found.line


def test_a_regional_agenda_shows_each_region_its_own_and_everybody_the_rest(rule: Rule, event) -> None:
    workspace = rule("agenda", "regional = true")
    event("national", "2025-04-10")
    event("breton", "2025-04-11", regions="[Bretagne]")
    event("reserve", "2025-04-12", regions="[Occitanie]", only_for="{levels: [région]}")
    made(workspace)
    (section,) = load_issue(workspace, "2025-04-monthly").issue.sections
    assert {s.id: s.only_for for s in section.snippets} == {
        "national": None,
        "breton": Condition(regions=("Bretagne",)),
        "reserve": Condition(levels=("région",)),
    }


def test_decisions_stand_in_the_order_of_the_letter(workspace: Workspace, article, event, tmp_path: Path) -> None:
    article("z", date="2025-04-01")
    article("y", status="draft")
    event("a", "2025-04-20")
    event("b", "2025-04-10")
    assert [d.snippet_id for d in assemble(workspace, "monthly", "2025-04", as_of=APRIL).decisions] == [
        *("z", "b", "a", "y")
    ]
