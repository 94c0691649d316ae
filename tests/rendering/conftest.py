"""A workspace with its own templates to break, and issues made of what a test puts in."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from rtesmail.content.issues import load_issue
from rtesmail.content.snippets import read_snippet
from rtesmail.content.workspace import load_workspace
from rtesmail.model.content import Issue, Section, Snippet
from rtesmail.model.publication import SectionRule, Workspace

ROOT = Path(__file__).parents[2]

MakeIssue = Callable[..., Issue]


@pytest.fixture(scope="session")
def demo() -> Workspace:
    """The shipped workspace itself, to read from."""
    return load_workspace(ROOT)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a copy of the templates, to change."""
    shutil.copy(ROOT / "rtesmail.toml", tmp_path)
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    (tmp_path / "issues").mkdir()
    return load_workspace(tmp_path)


@pytest.fixture(scope="session")
def april(demo: Workspace) -> Issue:
    """The issue of April 2025."""
    return load_issue(demo, "2025-04-mensuelle").issue


@pytest.fixture
def issue_of(april: Issue) -> MakeIssue:
    """Make an issue with one section per snippet, in a language."""

    def make(*snippets: Snippet, language: str = "fr", template: str = "monthly") -> Issue:
        sections = tuple(
            Section(SectionRule(f"s{n}", f"Rubric {n}", (snippet.kind,)), (snippet,))
            for n, snippet in enumerate(snippets)
        )
        publication = replace(april.publication, language=language, template=template)
        return replace(april, sections=sections, publication=publication)

    return make


@pytest.fixture(scope="session")
def sample(demo: Workspace) -> Callable[[str], Snippet]:
    """Read the shipped sample of a kind."""

    def read(kind: str) -> Snippet:
        found = read_snippet(demo.templates / "snippets" / f"{kind}.sample.md", demo.root).snippet
        assert found is not None
        return found

    return read


@pytest.fixture(scope="session")
def in_outlook() -> Callable[[str], str]:
    """Give HTML as Word reads it, which draws Outlook's mails: what only it is told, without what others are."""

    def read(html: str) -> str:
        html = re.sub(r"<!--\[if !mso\]><!-->.*?<!--<!\[endif\]-->", "", html, flags=re.DOTALL)
        return re.sub(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", r"\1", html, flags=re.DOTALL)

    return read


@pytest.fixture(scope="session")
def elsewhere() -> Callable[[str], str]:
    """Give HTML as every other program reads it: comments tell it nothing."""
    return lambda html: re.sub("<!--.*?-->", "", html, flags=re.DOTALL)
