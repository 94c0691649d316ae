"""An issue and an edition in which no check finds anything, to be spoilt one thing at a time."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType

import pytest
from msgspec.structs import replace

from rtesmail.checks.registry import run_checks
from rtesmail.model.content import Issue, Section, Snippet
from rtesmail.model.edition import Edition
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Configuration, Identity, Publication, SectionRule, Sender, Theme, Workspace

LIGHT = {
    "ink": "#1d2b2a",
    "ground": "#f6f3ec",
    "paper": "#ffffff",
    "accent": "#0b6b5c",
    "date": "#b5401a",
    "meta": "#5b6665",
}
DARK = {
    "ink": "#e8ecea",
    "ground": "#121918",
    "paper": "#1c2625",
    "accent": "#6fd3bf",
    "date": "#f09a74",
    "meta": "#aab5b2",
}
LINES: Mapping[str, int] = {"identity.legal": 7, "identity.contact": 8, "theme.light.meta": 20, "theme.dark.meta": 30}
RULE = SectionRule("actus", "Actualités", ("article",))
SENDER = Sender("RTES", "lettre@rtes.example")
PUBLICATION = Publication("mensuelle", "La lettre", "monthly", SENDER, "demo", (RULE,))
HTML = """<!doctype html><html lang="fr"><head><style>a{color:#000}</style></head><body>
<h2 id="actus">Actualités</h2><p>Une bonne nouvelle des collectivités</p>
<a href="#actus">Sommaire</a> <a href="https://www.example.org/">Le site</a>
<img src="https://www.example.org/a.png" alt="Une place">
<p>Vos droits : écrivez à nous. contact@rtes.example</p><a href="@@unsubscribe_url@@">Se désinscrire</a>
</body></html>"""
TEXT = """Actualités
Une bonne nouvelle des
collectivités
Sommaire, Le site, Une place
Vos droits : écrivez à nous. contact@rtes.example
Se désinscrire : @@unsubscribe_url@@
"""


@pytest.fixture
def workspace() -> Workspace:
    identity = Identity(
        "RTES", "Réseau", "contact@rtes.example", "stop@rtes.example", legal="Vos droits\u202f: écrivez à nous."
    )
    theme = Theme(LIGHT, DARK, "Georgia, serif", "Arial, sans-serif")
    publications = MappingProxyType({"mensuelle": PUBLICATION})
    return Workspace(Path("/workspace"), Configuration(identity, theme, publications, MappingProxyType({}), (), LINES))


@pytest.fixture
def issue() -> Issue:
    article = Snippet(
        "nouvelle",
        "article",
        "Une bonne nouvelle",
        Path("issues/snippets/nouvelle.md"),
        body="Première ligne.\n\nTroisième ligne.",
        line_of={"title": 3, "lead": 4, "start": 5, "end": 6, "deadline": 7},
        body_line=10,
    )
    return Issue(
        id="2025-04-mensuelle",
        publication=PUBLICATION,
        number="2025-04",
        title="Avril 2025",
        date=date(2025, 4, 3),
        subject="Avril des collectivités",
        preheader="Les rendez-vous du mois",
        sections=(Section(RULE, (article,)),),
        path=Path("issues/2025-04-mensuelle/issue.toml"),
        send_at=datetime(2025, 4, 3, 9),
        line_of={"subject": 6, "preheader": 7, "title": 3, "sections.0.snippets": 11},
    )


@pytest.fixture
def edition(issue: Issue) -> Edition:
    return Edition(issue.id, "mensuelle", "fr", SENDER, issue.subject, issue.preheader, HTML, TEXT)


Findings = tuple[Finding, ...]
CheckHtml = Callable[[str], Findings]
CheckSnippets = Callable[..., Findings]


@pytest.fixture
def check_html(workspace: Workspace, issue: Issue, edition: Edition) -> CheckHtml:
    """Run the checks with one more piece of HTML (its words in the text too)."""

    def run(piece: str) -> Findings:
        html = edition.html.replace("</body>", f"{piece}</body>")
        return run_checks(workspace, issue, replace(edition, html=html))

    return run


@pytest.fixture
def check_snippets(workspace: Workspace, issue: Issue, edition: Edition) -> CheckSnippets:
    """Run the checks with the article changed, or with other snippets in its place."""

    def run(*snippets: Snippet, **changes: object) -> Findings:
        chosen = snippets or (replace(issue.snippets[0], **changes),)  # type: ignore[arg-type] # names checked at run time
        return run_checks(workspace, replace(issue, sections=(Section(RULE, chosen),)), edition)

    return run
