"""Small workspaces to write snippets and issues in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rtesmail.content.workspace import load_workspace
from rtesmail.model.publication import Workspace

from .pulling_house import House

CONFIGURATION = """
regions = ["Bretagne", "Occitanie"]

[identity]
name = "Maison"
full_name = "La Maison des lettres"
contact = "contact@maison.example"
unsubscribe = "stop@maison.example"

[theme.light]
ink = "#1d2b2a"
ground = "#f6f3ec"
paper = "#ffffff"
accent = "#0b6b5c"
date = "#b5401a"
meta = "#5b6665"
rule = "#e3ded2"

[theme.dark]
ink = "#e8ecea"
ground = "#121918"
paper = "#1c2625"
accent = "#6fd3bf"
date = "#f09a74"
meta = "#aab5b2"
rule = "#2f3b39"

[senders.letter]
name = "Maison"
address = "lettre@maison.example"

[transports.box]
kind = "outbox"
folder = "out/outbox"

[publications.monthly]
title = "La lettre"
template = "monthly"
sender = "letter"
transport = "box"

[[publications.monthly.sections]]
id = "lead"
title = "À la une"
kinds = ["article"]
order = "newest"
maximum = 1

[[publications.monthly.sections]]
id = "agenda"
title = "Agenda"
kinds = ["event"]
order = "start"
maximum = 3
repeats = true

[[publications.monthly.sections]]
id = "more"
title = "Et aussi"
kinds = ["article"]
order = "title"
"""

Write = Callable[[str, str], Path]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "rtesmail.toml").write_text(CONFIGURATION, encoding="utf-8")
    (tmp_path / "issues" / "snippets").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def workspace(root: Path) -> Workspace:
    return load_workspace(root)


@pytest.fixture
def write(root: Path) -> Write:
    """Write a file of the workspace; a bare name is a snippet of the pool."""

    def put(name: str, text: str) -> Path:
        path = root / name if "/" in name else root / "issues" / "snippets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return put


@pytest.fixture
def article(write: Write) -> Callable[..., Path]:
    """Write a reviewed article: `article("id", title=…, field=…)`."""

    def put(identity: str, *, status: str = "reviewed", **fields: str) -> Path:
        values = {"kind": "article", "title": identity.capitalize(), "status": status, **fields}
        lines = "\n".join(f"{key}: {value}" for key, value in values.items())
        return write(f"{identity}.md", f"---\n{lines}\n---\nDu texte.\n")

    return put


@pytest.fixture
def event(write: Write) -> Callable[..., Path]:
    """Write a reviewed event: `event("id", "2025-04-10 11:00", end=…)`."""

    def put(identity: str, start: str, *, status: str = "reviewed", **fields: str) -> Path:
        values = {"kind": "event", "title": identity.capitalize(), "start": start, "online": "true", "status": status}
        lines = "\n".join(f"{key}: {value}" for key, value in {**values, **fields}.items())
        return write(f"{identity}.md", f"---\n{lines}\n---\n")

    return put


@pytest.fixture
def house(root: Path) -> House:
    return House(root)
