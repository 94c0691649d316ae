"""Mistakes in MJML, which mjml-python passes over in silence, are named at the template's own line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rtesmail.model.content import Issue, Snippet
from rtesmail.model.errors import ContentError
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Workspace
from rtesmail.rendering.edition import render_edition
from rtesmail.rendering.mjml_check import check_mjml, origin_at, remove_stamps, write_as_xml
from rtesmail.rendering.mjml_schema import components, parents_of

Sample = Callable[[str], Snippet]
MakeIssue = Callable[..., Issue]


def findings_of(workspace: Workspace, issue: Issue) -> tuple[Finding, ...]:
    with pytest.raises(ContentError) as caught:
        render_edition(workspace, issue)
    return caught.value.findings


@pytest.mark.parametrize(
    ("source", "check", "line", "words"),
    [
        ("\n<mj-txt>a</mj-txt>", "mjml-tag", 2, "mj-text"),
        ("<div>a</div>", "mjml-tag", None, "mj-raw"),
        ('<mj-include path="a" />', "mjml-tag", 1, "include"),
        ('<mj-text\n  colour="#112233">a</mj-text>', "mjml-attribute", 1, "color"),
        ('<mj-text mj-class="absent">a</mj-text>', "mjml-attribute", 1, "mj-attributes"),
        ("<mj-text>a</mj-text>\n<mj-section />", "mjml-nesting", 2, "mj-body"),
        ("<mj-text>\n<mj-button>a</mj-button></mj-text>", "mjml-nesting", 2, "HTML"),
        ('<mj-image src="https://example.org/a.png" />', "mjml-alt", 1, "alt"),
        ('<mj-text>\n<img src="https://example.org/a.png"></mj-text>', "mjml-alt", 1, "alt"),
        ('<mj-text color="#abc">a</mj-text>', "mjml-colour", 1, "#aabbcc"),
        ('<mj-text padding="0 8px">a</mj-text>', "mjml-unit", 1, 'padding="0px 8px"'),
        ('<mj-button inner-padding="12px 0">a</mj-button>', "mjml-unit", 1, "12px 0px"),
        ("<mj-text>\n<p>a</mj-text>", "mjml-syntax", 1, "Close the tag"),
        ("\n\n<mj-text>a & b</mj-text>", "mjml-syntax", 3, "&amp;"),
    ],
)
def test_a_mistake_is_named_at_its_line(
    workspace: Workspace, sample: Sample, issue_of: MakeIssue, source: str, check: str, line: int | None, words: str
) -> None:
    (workspace.templates / "snippets/figure.mjml.j2").write_text(source, encoding="utf-8")
    finding = findings_of(workspace, issue_of(sample("figure")))[0]
    assert finding.check == check
    assert words in finding.hint
    if line is not None:
        assert (finding.path, finding.line) == (Path("templates/snippets/figure.mjml.j2"), line)


def test_a_mistake_within_a_macro_is_named_in_its_own_file_once(
    workspace: Workspace, sample: Sample, issue_of: MakeIssue
) -> None:
    macro = (
        "{% macro more(u, w, a='') %}{% endmacro %}\n{% macro line() %}\n<mj-text size='1'>x</mj-text>\n{% endmacro %}"
    )
    (workspace.templates / "parts/extra.mjml.j2").write_text(macro, encoding="utf-8")
    use = '{% from "parts/extra.mjml.j2" import line %}\n{{ line() }}\n{{ line() }}'
    (workspace.templates / "snippets/figure.mjml.j2").write_text(use, encoding="utf-8")
    findings = findings_of(workspace, issue_of(sample("figure")))
    assert [(f.path, f.line) for f in findings] == [(Path("templates/parts/extra.mjml.j2"), 3)]


def test_every_mistake_is_told_at_once(workspace: Workspace, sample: Sample, issue_of: MakeIssue) -> None:
    source = '<mj-text colr="#112233">a</mj-text>\n<mj-tex>b</mj-tex>\n<mj-text padding="0">c</mj-text>'
    (workspace.templates / "snippets/figure.mjml.j2").write_text(source, encoding="utf-8")
    findings = findings_of(workspace, issue_of(sample("figure")))
    assert [f.line for f in findings] == [1, 2, 3]


def test_what_mjml_itself_refuses_is_named_at_its_tag(
    workspace: Workspace, sample: Sample, issue_of: MakeIssue
) -> None:
    head = workspace.templates / "parts/head.mjml.j2"
    text = head.read_text(encoding="utf-8").replace("<mj-title>", "<mj-title><!-- no -->")
    head.write_text(text, encoding="utf-8")
    line = text[: text.index("<mj-title>")].count("\n") + 1
    (finding,) = findings_of(workspace, issue_of(sample("figure")))
    assert (finding.path, finding.line) == (Path("templates/parts/head.mjml.j2"), line)


def test_html_habits_are_fine() -> None:
    text = "a<br>b&nbsp;&eacute; &lt;<img alt=\"\" src='x'>"
    column = f"<mj-column><mj-text>{text}</mj-text></mj-column>"
    mjml = f"<mjml><mj-body><mj-section>{column}</mj-section></mj-body></mjml>"
    written = write_as_xml(mjml)
    assert "a<br />b\u00a0é &lt;<img alt=\"\" src='x' />" in written
    assert check_mjml(written, Path) == ()


def test_stamps_leave_no_trace_and_lead_back_from_an_offset() -> None:
    stamped = '<mjml data-at="é.j2:1"><mj-body data-at="b.j2:7">é</mj-body></mjml>'
    plain = remove_stamps(stamped)
    assert plain == "<mjml><mj-body>é</mj-body></mjml>"
    assert origin_at(stamped, len("<mjml><mj-body>é".encode())) == ("b.j2", 7)
    assert origin_at(stamped, 2) is None or origin_at(stamped, 2) == ("é.j2", 1)


def test_the_schema_knows_the_components() -> None:
    known = components()
    assert "padding" in known["mj-text"].attributes
    assert known["mj-text"].holds_html
    assert not known["mj-section"].holds_html
    assert parents_of("mj-column") == ("mj-group", "mj-section")
