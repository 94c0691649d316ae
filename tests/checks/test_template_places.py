"""What a template makes is told at the template's file and line, with the other lines that can be meant."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from rtesmail.checks.registry import run_checks
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition
from rtesmail.model.publication import Workspace

MAIN = "templates/monthly.mjml.j2"
BASE = '<mjml>\n{% include "parts/a.mjml.j2" %}\n{% include "snippets/" ~ kind ~ ".mjml.j2" %}\n'
PIECE = '<p style="font-size:11px">Colophon</p>'

Places = Callable[..., list[str]]


@pytest.fixture
def places(workspace: Workspace, issue: Issue, edition: Edition, tmp_path: Path) -> Places:
    """Give the places of what is found with a piece in the HTML, when the templates are as given."""
    html = edition.html.replace("</body>", f"{PIECE}</body>")
    house = replace(workspace, root=tmp_path)

    def found(main: str = "", part: str = "", kind: str = "", hints: bool = False) -> list[str]:
        for name, text in (("monthly", BASE + main), ("parts/a", part), ("snippets/article", kind)):
            path = tmp_path / "templates" / f"{name}.mjml.j2"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        told = [one for one in run_checks(house, issue, replace(edition, html=html)) if one.check == "text-size"]
        return [f"{one.place} {one.hint}" if hints else one.place for one in told]

    return found


def test_one_line_that_can_be_meant_is_named_wherever_it_stands(places: Places) -> None:
    assert places(main=f"\n{PIECE}\n") == [f"{MAIN}:5"]
    assert places(part=f"\n\n{PIECE}") == ["templates/parts/a.mjml.j2:3"]
    assert places(kind=f"<mj-text>\n{PIECE}") == ["templates/snippets/article.mjml.j2:2"]


def test_of_several_lines_the_first_is_named_and_the_others_with_what_to_do(places: Places) -> None:
    also = " It may also be written here: "
    (found,) = places(part=f"{PIECE}\n{PIECE}", hints=True)
    assert found.startswith("templates/parts/a.mjml.j2:1 Make it larger in the template")
    assert found.endswith(f"{also}templates/parts/a.mjml.j2:2.")
    (found,) = places(part=PIECE, kind=PIECE, hints=True)
    assert found.startswith("templates/parts/a.mjml.j2:1 ")
    assert found.endswith(f"{also}templates/snippets/article.mjml.j2:1.")
    (found,) = places(part="\n".join([PIECE] * 9), hints=True)
    assert found.endswith(
        "a.mjml.j2:2, templates/parts/a.mjml.j2:3, templates/parts/a.mjml.j2:4, templates/parts/a.mjml.j2:5, …."
    )
    assert places(part=f"{PIECE} {PIECE}") == ["templates/parts/a.mjml.j2:1"]


def test_what_is_put_together_is_told_at_the_letters_own_template(places: Places) -> None:
    assert places(main="{{ words }}") == [MAIN]


def test_a_comment_is_nothing_that_readers_get(places: Places) -> None:
    assert places(main=f"{{# {PIECE}\n#}}<!-- {PIECE} -->\n{PIECE}") == [f"{MAIN}:6"]


def test_words_that_a_person_wrote_are_told_where_they_did(
    workspace: Workspace, issue: Issue, edition: Edition, tmp_path: Path
) -> None:
    piece = '<p style="font-size:11px">Une bonne nouvelle</p>'
    html = edition.html.replace("</body>", f"{piece}</body>")
    (found,) = run_checks(replace(workspace, root=tmp_path), issue, replace(edition, html=html))
    assert (found.check, found.place) == ("text-size", "issues/snippets/nouvelle.md:3")


@pytest.mark.parametrize(
    ("piece", "check"),
    [
        ('<a href="#nulle-part">Sommaire</a>', "dead-anchor"),
        ('<table class="deux"><tr><td>Sommaire</td></tr></table>', "layout-table"),
        ('<img src="https://a.example/o.gif" width="1" height="1" alt="">', "tracking-picture"),
        ('<img src="https://a.example/place.png">', "image-alt"),
        ('<div style="display: flex">Sommaire</div>', "client-support"),
        ('<p style="color:#999999">Sommaire</p>', "contrast"),
        ("<h5>Sommaire</h5>", "heading-order"),
        ("<p>@@prenom@@</p>", "unknown-slot"),
    ],
)
def test_every_check_of_the_page_names_the_line(
    workspace: Workspace, issue: Issue, edition: Edition, tmp_path: Path, piece: str, check: str
) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / MAIN).write_text(f"<mjml>\n<mj-text>\n{piece}\n</mj-text>\n", encoding="utf-8")
    html = edition.html.replace("</body>", f"{piece}</body>")
    found = run_checks(replace(workspace, root=tmp_path), issue, replace(edition, html=html))
    assert [(one.check, one.place) for one in found] == [(check, f"{MAIN}:3")]


def test_a_line_that_only_the_text_has_is_told_at_the_template_that_writes_it(
    workspace: Workspace, issue: Issue, edition: Edition, tmp_path: Path
) -> None:
    stray = "Brouillon à relire"
    folder = tmp_path / "templates"
    (folder / "snippets").mkdir(parents=True)
    (folder / "monthly.txt.j2").write_text('{% include "snippets/" ~ kind ~ ".txt.j2" %}\n', encoding="utf-8")
    house = replace(workspace, root=tmp_path)
    spoilt = replace(edition, text=f"{edition.text}\n{stray}\n")
    main = (folder / "monthly.txt.j2").read_text(encoding="utf-8")
    for kind, more, place in (
        (f"\n\n{stray}", "", "templates/snippets/article.txt.j2:3"),
        (stray, stray, "templates/monthly.txt.j2:2"),
        ("", "", "templates/monthly.txt.j2"),
    ):
        (folder / "snippets" / "article.txt.j2").write_text(kind, encoding="utf-8")
        (folder / "monthly.txt.j2").write_text(main + more, encoding="utf-8")
        assert [one.place for one in run_checks(house, issue, spoilt) if one.check == "text-part"] == [place]
