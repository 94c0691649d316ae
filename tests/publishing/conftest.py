"""A copy of the demo workspace with its database, and issues that somebody said yes to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.delivery.approvals import approve
from rtesmail.model.content import Issue
from rtesmail.model.publication import Workspace
from rtesmail.publishing.archive import Published, publish_issue
from rtesmail.rendering.edition import render_edition
from rtesmail.store.opening import open_store

APRIL = "2025-04-mensuelle"
QUARTERLY = "2025-t2-trimestrielle"
INVITATION = "2024-11-invitation-gard"
YES = datetime(2025, 4, 1, 8, 0, tzinfo=UTC)


@dataclass
class Desk:
    """What staff have before them: the workspace's files, its database, the archive's folder."""

    root: Path
    store: Database
    archive: Path

    @property
    def workspace(self) -> Workspace:
        return load_workspace(self.root)

    def issue(self, issue_id: str = APRIL) -> Issue:
        return load_issue(self.workspace, issue_id).issue

    def approve(self, issue_id: str = APRIL, at: datetime = YES) -> None:
        approve(self.store, render_edition(self.workspace, self.issue(issue_id)), by="Ana Silva", now=at)

    def publish(self, issue_id: str = APRIL, url: str = "") -> Published:
        return publish_issue(self.workspace, self.store, self.issue(issue_id), folder=self.archive, url=url)

    def published(self, issue_id: str = APRIL, at: datetime = YES) -> Published:
        self.approve(issue_id, at)
        return self.publish(issue_id)

    def change(self, name: str, old: str, new: str) -> None:
        """Edit a file of the workspace as somebody would."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def bytes_of(self, folder: str = "") -> dict[str, bytes]:
        """Give every file of the archive by its name."""
        root = self.archive / folder
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def desk(demo_workspace: Path, tmp_path: Path) -> Iterator[Desk]:
    store = open_store(load_workspace(demo_workspace).database)
    yield Desk(demo_workspace, store, tmp_path / "site")
    store.conn.close()
