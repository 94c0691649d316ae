"""A deliberately bad issue: each check finds its mistake, once, where a person wrote it."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace
from PIL import Image

from rtesmail.checks.registry import all_checks, run_checks
from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.model.edition import Edition
from rtesmail.model.findings import Finding
from rtesmail.rendering.edition import render_edition

BAD = Path(__file__).parents[1] / "data" / "bad-issue"
ISSUE = "issues/2025-04-lettre"
EXPECTED: Mapping[str, str] = {
    "announced-to-all": f"{ISSUE}/issue.toml:6",
    "client-support": "templates/bad.mjml.j2:19",
    "contrast": f"{ISSUE}/rendez-vous.md:5",
    "dead-anchor": "templates/bad.mjml.j2:17",
    "duplicate-snippet": f"{ISSUE}/jumelle.md:4",
    "earlier-issue": f"{ISSUE}/issue.toml:15",
    "empty-link": f"{ISSUE}/liens.md:16",
    "heading-order": f"{ISSUE}/mots.md:21",
    "image-alt": f"{ISSUE}/mots.md:5",
    "inclusive-form": f"{ISSUE}/mots.md:11",
    "insecure-link": f"{ISSUE}/liens.md:10",
    "language": "templates/bad.mjml.j2",
    "layout-table": "templates/bad.mjml.j2:20",
    "legal-notice": "rtesmail.toml:8",
    "link-words": f"{ISSUE}/liens.md:8",
    "nothing-for-some": f"{ISSUE}/issue.toml",
    "passed-deadline": f"{ISSUE}/appel.md:5",
    "past-event": f"{ISSUE}/rendez-vous.md:7",
    "picture-weight": f"{ISSUE}/jumelle.md:5",
    "placeholder": f"{ISSUE}/mots.md:19",
    "preheader": f"{ISSUE}/issue.toml:7",
    "private-link": f"{ISSUE}/liens.md:14",
    "reply-address": "rtesmail.toml:31",
    "size": "",
    "slot-in-subject": f"{ISSUE}/issue.toml:6",
    "spam-words": f"{ISSUE}/issue.toml:6",
    "spelling": f"{ISSUE}/mots.md:13",
    "subject": f"{ISSUE}/issue.toml:6",
    "text-part": "templates/bad.txt.j2",
    "text-size": f"{ISSUE}/appel.md:4",
    "tracked-link": f"{ISSUE}/liens.md:12",
    "tracking-picture": "templates/bad.mjml.j2:18",
    "typography": f"{ISSUE}/mots.md:17",
    "typed-markup": f"{ISSUE}/rendez-vous.md:11",
    "unknown-slot": "templates/bad.mjml.j2",
    "unsubscribe": "templates/bad.mjml.j2",
    "weekday": f"{ISSUE}/mots.md:15",
}
"""The place of each check's finding; empty for the letter as a whole."""


def spoilt(edition: Edition) -> Edition:
    """Give the edition with the three mistakes that the renderer lets no template make."""

    def spoil(html: str) -> str:
        return html.replace('lang="fr"', 'lang="en"').replace("Une colonne", "Une colonne @@prenom@@")

    variants = tuple(replace(variant, html=spoil(variant.html)) for variant in edition.variants)
    subject = f"{edition.subject} @@name@@"
    return replace(edition, html=spoil(edition.html), subject=subject, variants=variants)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Finding, ...]:
    root = tmp_path_factory.mktemp("bad") / "workspace"
    shutil.copytree(BAD, root)
    # A heavy picture is made here rather than kept among the sources: a moving one, which is left as it is.
    frames = [Image.frombytes("L", (350, 300), Random(number).randbytes(350 * 300)) for number in (1, 2)]
    frames[0].save(root / ISSUE / "lourde.gif", save_all=True, append_images=frames[1:])
    workspace = load_workspace(root)
    loaded = load_issue(workspace, "2025-04-lettre")
    assert loaded.findings == (), loaded.findings
    return run_checks(workspace, loaded.issue, spoilt(render_edition(workspace, loaded.issue)), loaded.findings)


def test_every_check_has_its_bad_example() -> None:
    assert EXPECTED.keys() == {one.name for one in all_checks()}


def test_each_check_finds_its_mistake_once_and_at_the_right_line(found: tuple[Finding, ...]) -> None:
    assert sorted((finding.check, finding.place) for finding in found) == sorted(EXPECTED.items())


def test_each_finding_says_what_to_write_instead(found: tuple[Finding, ...]) -> None:
    assert [finding.check for finding in found if not finding.hint] == []
