"""Checks that look at the HTML."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from rtesmail.checks.registry import run_checks
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Workspace
from rtesmail.rendering.links import count_links
from rtesmail.rendering.slots import fill_html, longest_values

Findings = tuple[Finding, ...]


def told(findings: Findings) -> list[tuple[str, str]]:
    return [(finding.check, finding.severity.value) for finding in findings]


@pytest.mark.parametrize(
    "piece",
    [
        '<img src="https://www.example.org/p.png">',
        '<img src="https://www.example.org/p.png" alt="">',
        '<img src="https://www.example.org/p.png" alt=" ">',
        '<img src="https://www.example.org/p.png" alt="p.png">',
        '<img src="https://www.example.org/p.png" alt="IMG_2041">',
        '<img src="https://www.example.org/p.png" alt="Affiche du forum.png">',
        '<img src="https://www.example.org/p.png" alt="Capture d’écran 2025-03-01 à 10.00.00">',
        '<img src="https://www.example.org/p.png" alt="Photo (3)">',
        '<img src="https://www.example.org/p.png" alt="IMG-20250301-WA0001">',
    ],
)
def test_a_picture_without_words_is_an_error(check_html: Callable[[str], Findings], piece: str) -> None:
    assert told(check_html(piece)) == [("image-alt", "error")]


@pytest.mark.parametrize(
    "piece",
    [
        '<img src="https://www.example.org/p.png" alt="La mairie vue du pont">',
        '<img src="https://www.example.org/p.png" alt="Photo 2024 du congrès">',
        '<img src="https://www.example.org/p.png" alt="" role="presentation">',
        '<img src="cid:point@rtesmail" alt="" width="1" height="1">',
    ],
)
def test_a_picture_with_words_or_a_mere_decoration_passes(check_html: Callable[[str], Findings], piece: str) -> None:
    assert check_html(piece) == ()


@pytest.mark.parametrize(
    ("piece", "name", "severity"),
    [
        ('<a href="#nulle-part">Aller</a>', "dead-anchor", "error"),
        ('<a href="">Aller</a>', "empty-link", "error"),
        ('<a href="#">Aller</a>', "empty-link", "error"),
        ("<a>Aller</a>", "empty-link", "error"),
        ('<a href="page.html">Aller</a>', "empty-link", "error"),
        ('<a href="www.example.org">Aller</a>', "empty-link", "error"),
        ('<a href="//www.example.org/">Aller</a>', "empty-link", "error"),
        ('<a href="javascript:void(0)">Aller</a>', "empty-link", "error"),
        ('<a href="https://">Aller</a>', "empty-link", "error"),
        ('<a href="https:/www.example.org/">Aller</a>', "empty-link", "error"),
        ('<a href="https://www.example.org:99999/">Aller</a>', "empty-link", "error"),
        ('<a href="mailto:">Aller</a>', "empty-link", "error"),
        ('<a href="mailto:contact">Aller</a>', "empty-link", "error"),
        ("Voir [page](www.example.org)", "empty-link", "error"),
        ("Voir [une <b>page</b>](page.html)", "empty-link", "error"),
        ("Voir [une](page 2.html", "empty-link", "error"),
        ('<a href="http://www.example.org/x">Aller</a>', "insecure-link", "note"),
    ],
)
def test_links_that_lead_nowhere_are_found(
    check_html: Callable[[str], Findings], piece: str, name: str, severity: str
) -> None:
    assert told(check_html(piece)) == [(name, severity)]


@pytest.mark.parametrize(
    "piece",
    [
        '<a name="ici"></a><a href="#ici">Aller</a>',
        '<div id="été"></div><a href="#%C3%A9t%C3%A9">Aller</a>',
        '<a id="ici">Aller</a>',
        '<a href="mailto:contact@rtes.example">Aller</a>',
        '<a href="mailto:?subject=Une%20lettre">Faire suivre</a>',
        '<a href="HTTPS://www.example.org/">Aller</a>',
        '<a href="@@preferences_url@@">Aller</a>',
        "Note [1] (voir plus loin)",
    ],
)
def test_links_that_lead_somewhere_pass(check_html: Callable[[str], Findings], piece: str) -> None:
    assert check_html(piece) == ()


def test_a_link_is_traced_to_the_line_that_holds_it(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    body = "Un.\n\nVoir [la page](http://www.example.org/x)."
    section = issue.sections[0]
    traced = replace(issue, sections=(replace(section, snippets=(replace(section.snippets[0], body=body),)),))
    html = edition.html.replace("</body>", '<a href="http://www.example.org/x">la page</a></body>')
    (found,) = run_checks(workspace, traced, replace(edition, html=html))
    assert found.place == "issues/snippets/nouvelle.md:12"


def test_a_link_left_as_it_was_typed_is_traced_through_typography(
    workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    section = issue.sections[0]
    snippet = replace(section.snippets[0], body="Un.\n\nVoir [quoi ?](javascript:x) et [**gras**](page.html).")
    html = edition.html.replace(
        "</body>", "<p>Voir [quoi\u202f?](javascript\u00a0:x) et [<b>gras</b>](page.html).</p></body>"
    )
    traced = replace(issue, sections=(replace(section, snippets=(snippet,)),))
    text = edition.text + "Voir quoi javascript gras page html"
    found = run_checks(workspace, traced, replace(edition, html=html, text=text))
    assert [(x.check, x.place) for x in found] == [("empty-link", "issues/snippets/nouvelle.md:12")] * 2


@pytest.mark.parametrize(
    ("kilobytes", "expected"),
    [(89, []), (91, [("size", "warning")]), (101, [("size", "warning")]), (103, [("size", "error")])],
)
def test_the_weight_is_told_in_bytes_of_utf8(
    workspace: Workspace,
    check_html: Callable[[str], Findings],
    edition: Edition,
    kilobytes: int,
    expected: list[tuple[str, str]],
) -> None:
    filled = fill_html(edition.html, longest_values(workspace))
    size = kilobytes * 1024 - len(filled.encode()) - len("<!---->")
    found = check_html(f"<!--{'é' * (size // 2)}{'x' * (size % 2)}-->")
    assert told(found) == expected
    assert all(f"{kilobytes}.0 KB ({kilobytes * 1024:,} bytes)" in finding.message for finding in found)


def test_counted_links_weigh_what_they_weigh_when_they_leave(
    workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    piece = f'<!--{"x" * 60_000}--><a href="https://www.example.org/{"p" * 50_000}">Sommaire</a>'
    long = replace(edition, html=edition.html.replace("</body>", f"{piece}</body>"))
    assert told(run_checks(workspace, issue, long)) == [("size", "error")]
    assert told(run_checks(workspace, issue, count_links(long, "https://lettre.example"))) == []


def test_an_edition_without_text_is_an_error(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    assert ("text-part", "error") in told(run_checks(workspace, issue, replace(edition, text=" \n")))


def test_a_text_much_poorer_than_the_html_is_a_warning(check_html: Callable[[str], Findings]) -> None:
    found = check_html(
        "<p>Inauguration festive, ateliers participatifs, conférences gesticulées, banquet républicain</p>"
    )
    assert told(found) == [("text-part", "warning")]
    assert "ateliers" in found[0].message


def test_a_snippet_that_the_text_leaves_out_is_a_warning_at_its_title(
    workspace: Workspace, issue: Issue, edition: Edition
) -> None:
    text = edition.text.replace("Une bonne nouvelle", "Une annonce")
    (found,) = run_checks(workspace, issue, replace(edition, text=text))
    assert (found.check, found.severity.value, found.place) == (
        "text-part",
        "warning",
        "issues/snippets/nouvelle.md:3",
    )
    assert "“Une bonne nouvelle”" in found.message


def test_a_line_that_only_the_text_has_is_a_warning(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    """Once for each: who reads the text reads the letter that the others do."""
    text = edition.text.replace("Sommaire", "Brouillon à relire avec Camille\nSommaire")
    (found,) = run_checks(workspace, issue, replace(edition, text=text))
    assert (found.check, found.severity.value) == ("text-part", "warning")
    assert "“Brouillon à relire avec Camille” stands in the plain text and not in the HTML." in found.message


@pytest.mark.parametrize(
    "line",
    [
        # A link is worded otherwise where its address is written out.
        "Ajouter au calendrier :\nhttps://www.example.org/a.ics",
        "Télécharger la brochure\nhttps://www.example.org/",
        "Toute la brochure : https://www.example.org/",
        "Poser une question : contact@rtes.example",
        # Words that the HTML has elsewhere: in the place of a picture, in the inbox.
        "Image : une place",
        "Les rendez-vous du mois",
        # What sets the text: rules, the names of things.
        "------------",
        "Éditorial",
        "Vous recevez cette lettre des collectivités : une bonne nouvelle, vos droits",
    ],
)
def test_what_a_text_words_otherwise_is_no_line_of_its_own(
    workspace: Workspace, issue: Issue, edition: Edition, line: str
) -> None:
    text = edition.text.replace("Sommaire", f"{line}\nSommaire")
    assert run_checks(workspace, issue, replace(edition, text=text)) == ()


def test_without_a_way_out_nothing_is_sent(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    html = edition.html.replace('href="@@unsubscribe_url@@"', 'href="https://www.example.org/"')
    assert told(run_checks(workspace, issue, replace(edition, html=html))) == [("unsubscribe", "error")]
    text = edition.text.replace("@@unsubscribe_url@@", "")
    assert told(run_checks(workspace, issue, replace(edition, text=text))) == [("unsubscribe", "error")]


@pytest.mark.parametrize(
    "link",
    [
        '<a href="@@unsubscribe_url@@"></a>',
        '<a href="@@unsubscribe_url@@" style="display:none">Se désinscrire</a>',
        '<p style="display:none!important"><a href="@@unsubscribe_url@@">Se désinscrire</a></p>',
        '<a href="https://@@unsubscribe_url@@">Se désinscrire</a>',
    ],
)
def test_a_way_out_that_nobody_sees_or_that_leads_nowhere_is_none(
    workspace: Workspace, issue: Issue, edition: Edition, link: str
) -> None:
    html = edition.html.replace('<a href="@@unsubscribe_url@@">Se désinscrire</a>', link)
    found = run_checks(workspace, issue, replace(edition, html=html))
    assert ("unsubscribe", "error") in told(found)


def test_a_legal_notice_that_nobody_sees_is_none(workspace: Workspace, issue: Issue, edition: Edition) -> None:
    html = edition.html.replace("<p>Vos droits", '<p style="display:none">Vos droits')
    found = run_checks(workspace, issue, replace(edition, html=html))
    assert told(found) == [("legal-notice", "error")] * 2


@pytest.mark.parametrize("key", ["legal", "contact"])
def test_legal_notice_and_contact_must_be_set_and_shown(
    workspace: Workspace, issue: Issue, edition: Edition, key: str
) -> None:
    configuration = workspace.configuration
    empty = replace(configuration, identity=replace(configuration.identity, **{key: ""}))
    (found,) = run_checks(replace(workspace, configuration=empty), issue, edition)
    assert found.check == "legal-notice"
    assert found.place == f"rtesmail.toml:{configuration.line_of[f'identity.{key}']}"
    other = replace(configuration, identity=replace(configuration.identity, **{key: "autre chose encore"}))
    shown = run_checks(replace(workspace, configuration=other), issue, edition)
    assert told(shown) == [("legal-notice", "error")] * 2


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_pale_colour_is_an_error_with_its_figure(
    workspace: Workspace, issue: Issue, edition: Edition, mode: str
) -> None:
    theme = workspace.configuration.theme
    pale = replace(theme, **{mode: {**getattr(theme, mode), "meta": "#777777"}})
    configuration = replace(workspace.configuration, theme=pale)
    found = run_checks(replace(workspace, configuration=configuration), issue, edition)
    assert set(told(found)) == {("contrast", "error")}
    assert {finding.line for finding in found} == {configuration.line_of[f"theme.{mode}.meta"]}
    # The known ratio of #777777 on white, just below the limit.
    assert mode == "dark" or any("4.47:1" in finding.message for finding in found)


def test_the_letter_is_weighed_as_a_reader_gets_it(check_html: Callable[[str], Findings]) -> None:
    assert told(check_html(f"<!--{'@@email@@' * 300}-->")) == []
    assert told(check_html(f"<!--{'@@email@@' * 500}-->")) == [("size", "error")]
