"""Templates: strict, sandboxed, and mistakes named with their file and line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rtesmail.model.content import Issue, Snippet
from rtesmail.model.errors import ContentError
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Workspace
from rtesmail.rendering.edition import render_edition
from rtesmail.rendering.environment import open_templates, stamp_origins

Sample = Callable[[str], Snippet]
MakeIssue = Callable[..., Issue]

EVENT = Path("templates/snippets/event.mjml.j2")


def write(workspace: Workspace, name: str, text: str) -> None:
    (workspace.templates / name).write_text(text, encoding="utf-8")


def findings_of(workspace: Workspace, issue: Issue) -> tuple[Finding, ...]:
    with pytest.raises(ContentError) as caught:
        render_edition(workspace, issue)
    return caught.value.findings


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("<mj-text>\n  {{ snippet.titel }}\n</mj-text>", 2, "titel"),
        ("<mj-text>\n\n  {% if snippet.title %}\n</mj-text>", 4, "not written right"),
        ("<mj-text>\n  {{ nothing }}\n</mj-text>", 2, "nothing"),
        ("<mj-text>{{ 1 // 0 }}</mj-text>", 1, "division"),
        ('{% include "parts/absent.mjml.j2" %}', 1, "parts/absent.mjml.j2"),
        ('<mj-text>\n{{ slot("phone") }}</mj-text>', 2, "phone"),
        ("<mj-text>\n\n@@unsubscribe_url@@</mj-text>", 3, "by hand"),
        ("<mj-text>{{ snippet.__class__ }}</mj-text>", 1, ""),
        ("<mj-text>{{ ''.__class__.__mro__ }}</mj-text>", 1, "unsafe"),
        ("<mj-text>{{ snippet.title.format(1, 2) }}</mj-text>\n{{ boom }}", 2, "boom"),
    ],
)
def test_a_mistake_in_a_template_names_its_file_and_line(
    workspace: Workspace, sample: Sample, issue_of: MakeIssue, source: str, line: int, words: str
) -> None:
    write(workspace, "snippets/event.mjml.j2", source)
    (finding,) = findings_of(workspace, issue_of(sample("event")))
    assert (finding.path, finding.line) == (EVENT, line)
    assert words in finding.message
    assert finding.hint


def test_a_mistake_within_a_macro_is_found_where_the_macro_stands(
    workspace: Workspace, sample: Sample, issue_of: MakeIssue
) -> None:
    write(
        workspace,
        "parts/links.mjml.j2",
        "{% macro button(url, words, about='') %}\n{{ url.absent.more }}\n{% endmacro %}",
    )
    (finding,) = findings_of(workspace, issue_of(sample("call")))
    assert (finding.path, finding.line) == (Path("templates/parts/links.mjml.j2"), 2)


def test_a_missing_publication_template_is_named(demo: Workspace, sample: Sample, issue_of: MakeIssue) -> None:
    (finding,) = findings_of(demo, issue_of(sample("figure"), template="weekly"))
    assert "templates/weekly.mjml.j2" in finding.message


def test_a_template_of_the_workspace_stands_before_the_shipped_one(
    workspace: Workspace, sample: Sample, issue_of: MakeIssue
) -> None:
    for path in workspace.templates.rglob("*.j2"):
        path.unlink()
    issue = issue_of(sample("figure"))
    assert "3 repas sur 4" in render_edition(workspace, issue).html
    write(workspace, "snippets/figure.mjml.j2", "<mj-text>Ours: {{ snippet.value }}</mj-text>")
    assert "Ours: 3 repas sur 4" in render_edition(workspace, issue).html
    (workspace.templates / "snippets/figure.mjml.j2").unlink()
    assert "Ours:" not in render_edition(workspace, issue).html


def test_a_name_never_leads_out_of_the_templates(workspace: Workspace, sample: Sample, issue_of: MakeIssue) -> None:
    write(workspace, "snippets/figure.mjml.j2", '{% include "../rtesmail.toml" %}')
    (finding,) = findings_of(workspace, issue_of(sample("figure")))
    assert "no template" in finding.message


def test_html_templates_escape_and_text_templates_do_not(workspace: Workspace) -> None:
    write(workspace, "a.mjml.j2", "{{ words }}")
    write(workspace, "a.html.j2", "{{ words }}")
    write(workspace, "a.txt.j2", "{{ words }}")
    templates = open_templates(workspace, "fr")
    rendered = [templates.render(f"a.{kind}.j2", {"words": '<b> & "'}) for kind in ("mjml", "html", "txt")]
    assert rendered == ["&lt;b&gt; &amp; &#34;", "&lt;b&gt; &amp; &#34;", '<b> & "']


def test_stamps_keep_lines_and_leave_template_code_alone() -> None:
    source = "{# <mj-text> #}\n{{ '<mj-text>' }}\n<mj-text\n  padding='0px'>{% set x = '<mj-raw>' %}</mj-text>"
    stamped = stamp_origins(source, "a.mjml.j2")
    assert stamped.count("data-at") == 1
    assert '<mj-text data-at="a.mjml.j2:3"\n' in stamped
    assert stamped.count("\n") == source.count("\n")
