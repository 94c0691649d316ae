"""The April issue of the demo: where its words stand, and what is said of it."""

import json
from pathlib import Path

ISSUE = "2025-04-mensuelle"


def snippet(house: Path, name: str = "bloc-communal") -> Path:
    (path,) = (house / "issues" / "snippets").rglob(f"{name}.md")
    return path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def standing(rtesmail, house: Path) -> dict:
    return json.loads(rtesmail("status", ISSUE, "--json", cwd=house).stdout)["approval"]
