"""For whom a yes given in the preview is: what its form offers, keeps and refuses."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import APRIL, Preview
from .forms import PAGE, approved, approver, fields_of, form_of, send, told

REGIONS = '[regions]\ntitle = "Les régions"\nexpression = \'level == "région"\'\n'


@pytest.fixture
def house(preview: Preview, rtesmail) -> Preview:
    """A preview with two lists and a segment."""
    for name in ("demo", "presse"):
        assert rtesmail("import", "lists/sample.csv", "--list", name, cwd=preview.root).returncode == 0
    segments_of(preview).write_text(REGIONS, encoding="utf-8")
    return preview


@pytest.fixture
def by_command(house: Preview, rtesmail) -> Callable[..., None]:
    """Approve in the terminal, as Anne."""

    def run(*arguments: str) -> None:
        assert rtesmail("approve", APRIL, "--by", "Anne", *arguments, cwd=house.root).returncode == 0

    return run


def segments_of(preview: Preview) -> Path:
    return preview.root / "lists" / "segments.toml"


def change(preview: Preview) -> None:
    """Write what voids the approval."""
    (path,) = (preview.root / "issues" / "snippets").rglob("bloc-communal.md")
    path.write_text(path.read_text(encoding="utf-8") + "\nUn mot de plus.\n", encoding="utf-8")


def chosen(page: str) -> tuple[str, list[str], str]:
    """What the form of a page has chosen: every list or some, the lists, the segment."""
    form = form_of(page, "approve")
    (scope,) = re.findall(r'name="whom" id="[^"]*" value="(\w+)" checked', form)
    lists = re.findall(r'name="list" id="[^"]*" value="([^"]+)" checked', form)
    return scope, lists, "".join(re.findall(r'<option value="([^"]+)" selected', form))


def as_shown(preview: Preview) -> dict[str, str | list[str]]:
    """The fields of the approval as a browser sends them when nobody chooses anything."""
    scope, lists, segment = chosen(preview.page(PAGE))
    hidden = fields_of(preview, deed="approve")
    return {**hidden, "whom": scope, "list": lists, "segment": segment, "name": "Camille"}


def people(preview: Preview) -> list[tuple[str, str]]:
    """Whom the last yes is for."""
    approval = approved(preview)
    assert approval is not None
    return [(one.list_name, one.segment) for one in approval.audiences]


def test_a_yes_for_some_lists_is_given_in_the_preview_and_told_wherever_it_shows(house: Preview) -> None:
    wanted = {"whom": "some", "list": ["demo", "presse"], "segment": "regions"}
    answer = send(house, "approve", {**as_shown(house), **wanted})
    words = "For demo (segment regions), presse (segment regions) only"
    assert f"{words}. Any change voids this approval." in told(answer)
    assert people(house) == [("demo", "regions"), ("presse", "regions")]
    assert words in house.page(PAGE).split('id="approval"')[1]
    assert words in house.page("/")


def test_a_mailing_to_a_part_of_a_list_is_told_as_such(house: Preview, rtesmail) -> None:
    when = ("--at", "2025-04-03 09:00", "--not-after", "2099-01-01 09:00")
    done = rtesmail("schedule", APRIL, "--list", "demo", "--segment", "regions", *when, cwd=house.root)
    assert done.returncode == 0, done.stderr
    for path in (PAGE, "/"):
        assert "demo (segment regions): scheduled" in house.page(path)


def test_a_planned_mailing_that_the_yes_does_not_cover_says_why_it_would_not_leave(
    house: Preview, rtesmail, by_command: Callable[..., None]
) -> None:
    when = ("--at", "2025-04-03 09:00", "--not-after", "2099-01-01 09:00")
    assert rtesmail("schedule", APRIL, "--list", "demo", *when, cwd=house.root).returncode == 0
    assert "What is planned does not leave like this." in house.page(PAGE)
    by_command("--for", "presse")
    why = f"It would not leave: {APRIL} is approved for presse, not for demo."
    page = house.page(PAGE)
    assert why in page
    assert "What is planned does not leave like this." not in page
    what_to_do = f"rtesmail approve {APRIL} --by &#34;Your name&#34; --for presse --for demo"
    assert what_to_do in page
    assert why in house.page("/")
    by_command("--for", "presse", "--for", "demo")
    for path in (PAGE, "/"):
        assert "not leave" not in house.page(path)


def test_who_chooses_nothing_approves_for_every_list(house: Preview) -> None:
    assert chosen(house.page(PAGE)) == ("every", [], "")
    assert "For every list and the web. Any change" in told(send(house, "approve", as_shown(house)))
    assert people(house) == []
    assert "only" not in house.page("/").split('class="issues"')[1].split("</table>")[0]


def test_some_lists_without_any_is_refused_and_nothing_is_lost(house: Preview) -> None:
    answer = send(house, "approve", {**as_shown(house), "whom": "some", "list": [], "segment": "regions"})
    assert told(answer) == (
        "This approval is for some lists only, and none of them is ticked. "
        "Tick the lists that it is for, or choose every list and the web."
    )
    assert approver(house) is None
    assert chosen(answer.text) == ("some", [], "regions")
    assert 'value="Camille"' in form_of(answer.text, "approve")


def test_whatever_is_refused_keeps_the_lists_that_were_ticked(house: Preview) -> None:
    wanted = {"whom": "some", "list": ["presse"], "segment": "regions", "name": " "}
    answer = send(house, "approve", {**as_shown(house), **wanted})
    assert told(answer).startswith("An approval needs the name")
    assert chosen(answer.text) == ("some", ["presse"], "regions")


def test_the_last_yes_is_what_the_form_has_chosen(house: Preview, by_command: Callable[..., None]) -> None:
    by_command("--for", "presse", "--segment", "regions")
    change(house)
    assert chosen(house.page(PAGE)) == ("some", ["presse"], "regions")
    assert told(send(house, "approve", as_shown(house))).startswith("Approved by Camille")
    assert people(house) == [("presse", "regions")]


def test_what_is_approved_can_be_approved_for_others(house: Preview, by_command: Callable[..., None]) -> None:
    by_command("--for", "demo")
    assert "Approve it for others" in house.page(PAGE)
    send(house, "approve", {**as_shown(house), "list": ["demo", "presse"]})
    assert people(house) == [("demo", ""), ("presse", "")]
    # What was ticked before every list was chosen is still in the form, and counts no longer.
    send(house, "approve", {**as_shown(house), "whom": "every"})
    assert people(house) == []


def test_a_page_shown_before_another_yes_does_not_widen_it(house: Preview, by_command: Callable[..., None]) -> None:
    fields = as_shown(house)
    by_command("--for", "demo")
    words = told(send(house, "approve", fields))
    assert words.startswith("Another approval, or a segment that changed, came after this page was shown.")
    assert people(house) == [("demo", "")]
    assert told(send(house, "approve", as_shown(house))).startswith("Approved by Anne")


def test_a_segment_that_asks_for_others_since_voids_the_approval_and_the_page_says_which(
    house: Preview, by_command: Callable[..., None]
) -> None:
    by_command("--for", "demo", "--segment", "regions")
    before = as_shown(house)
    segments_of(house).write_text(REGIONS.replace("région\"'", "epci\"'"), encoding="utf-8")
    page = house.page(PAGE)
    assert "Changed since its approval" in page
    assert "Changed since its approval" in house.page("/")
    since = page.split("Since the approval")[1].split("</section>")[0]
    assert "level == &#34;région&#34; when Anne approved" in since
    assert "now for level == &#34;epci&#34;" in since
    # What was shown is approved, not what the segment has become meanwhile.
    assert told(send(house, "approve", before)).startswith("Another approval, or a segment that changed")
    assert told(send(house, "approve", as_shown(house))).startswith("Approved by Camille")
    approval = approved(house)
    assert approval is not None
    assert [one.condition for one in approval.audiences] == ['level == "epci"']
    assert "Changed since its approval" not in house.page(PAGE)


@pytest.mark.parametrize("text", ["", "[regions]\nexpression = 'level =='\n"])
def test_a_segment_that_is_gone_does_not_become_the_whole_list(
    house: Preview, by_command: Callable[..., None], text: str
) -> None:
    by_command("--for", "demo", "--segment", "regions")
    segments_of(house).write_text(text, encoding="utf-8")
    page = house.page(PAGE)
    assert "regions (not found)" in page
    words = told(send(house, "approve", as_shown(house)))
    assert "segment" in words
    assert approver(house) == "Anne"


def test_a_list_that_is_not_there_is_refused(house: Preview) -> None:
    words = told(send(house, "approve", {**as_shown(house), "whom": "some", "list": ["demo", "press"]}))
    assert words == "There is no list press. Known lists: demo, mensuelle, presse, trimestrielle."
    assert approver(house) is None


def test_a_workspace_without_lists_is_not_asked_for_whom(preview: Preview) -> None:
    form = form_of(preview.page(PAGE), "approve")
    assert "whom" not in form
    answer = send(preview, "approve", {**fields_of(preview, deed="approve"), "name": "Camille"})
    assert told(answer).startswith("Approved by Camille")
    assert "Approve it for others" not in answer.text


def test_a_workspace_without_segments_is_asked_for_lists_only(house: Preview) -> None:
    segments_of(house).unlink()
    form = form_of(house.page(PAGE), "approve")
    assert 'name="list"' in form
    assert "<select" not in form


def test_the_names_of_lists_and_segments_are_words(house: Preview, rtesmail) -> None:
    name = 'a "b" <i>c</i> & d'
    rtesmail("import", "lists/sample.csv", "--list", name, cwd=house.root)
    segments_of(house).write_text(REGIONS.replace("Les régions", "<i>Les</i> régions"), encoding="utf-8")
    form = form_of(house.page(PAGE), "approve")
    assert "<i>" not in form
    send(house, "approve", {**as_shown(house), "whom": "some", "list": [name]})
    assert people(house) == [(name, "")]
