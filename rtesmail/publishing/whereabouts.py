"""Where an issue's page was put, also in a folder that was typed once, and whether it is still there."""

import os
import shlex
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.model.errors import WorkspaceError
from rtesmail.model.publication import Workspace
from rtesmail.publishing.facts import FACTS, PublishedEdition, read_facts
from rtesmail.publishing.folders import PublicFolder
from rtesmail.rendering.addresses import archive_address
from rtesmail.store.opening import opened_for_reading
from rtesmail.store.transactions import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

PAGE = "index.html"


class Whereabouts(Struct, frozen=True):
    """An archive's folder, and what it says of an issue's page; `page` is None when it is gone from there."""

    folder: Path
    page: PublishedEdition | None = None


def archive_folder(workspace: Workspace) -> Path:
    """Give the folder that issues are published into when none is typed."""
    return workspace.configuration.publishing.folder or workspace.out / "archive"


def note_published(store: "Database", workspace: Workspace, issue_id: str, folder: Path) -> None:
    """Remember into which archive an issue was put, instead of an earlier one.

    Raises:
        UnusableStoreError: the database cannot be written to now.
    """
    root = workspace.root.absolute()
    put = folder.resolve() if ".." in folder.parts else folder.absolute()
    put = put.relative_to(root) if put.is_relative_to(root) else put
    with transaction(store) as connection:
        connection.execute(
            "INSERT INTO published (issue, folder) VALUES (?, ?) "
            "ON CONFLICT (issue) DO UPDATE SET folder = excluded.folder",
            (issue_id, os.fsencode(put)),
        )


def find_page(workspace: Workspace, issue_id: str, link: str, digest: str = "") -> Whereabouts | None:
    """Give the archive with an issue's page: the one where it was last put, or `archive_folder`.

    When both have one, the page that was made for `link` goes first, then that of the edition with this `digest`. When
    none has, it is where it was last put; None when it was never published. Nothing is asked of the web.
    """
    noted, usual = _last_noted(workspace, issue_id), archive_folder(workspace)
    folders = [noted, usual] if noted and not _is_same(noted, usual) else [usual]
    found = [(folder, page) for folder in folders if (page := _page_in(folder, issue_id))]
    if not found:
        return Whereabouts(noted) if noted else None
    return Whereabouts(*max(found, key=lambda one: (one[1].leads_to(link), one[1].digest == digest)))


def publish_command(workspace: Workspace, issue_id: str, link: str, folder: Path | None = None) -> str:
    """Give the command that puts an issue's page into a folder, or the usual one, so that `link` leads to it."""
    words = ["rtesmail", "publish", issue_id]
    if folder is not None and not _is_same(folder, archive_folder(workspace)):
        words += ["--to", str(folder)]
    if link != f"{archive_address(workspace)}{issue_id}/":
        words += ["--url", link.removesuffix(f"/{issue_id}/")]
    return shlex.join(words)


def _page_in(root: Path, issue_id: str) -> PublishedEdition | None:
    """Give what a folder says of an issue's page; None when it has none, or none that can be read."""
    try:
        folder, name = PublicFolder(root), f"{issue_id}/{FACTS}"
        content = folder.read(name)
        if content is None or folder.read(f"{issue_id}/{PAGE}") is None:
            return None
        return read_facts(content, root / name)
    except WorkspaceError:
        return None


def _last_noted(workspace: Workspace, issue_id: str) -> Path | None:
    """Give the archive into which an issue was last put; None without a database, or one that cannot be read now."""
    if not workspace.database.exists():
        return None
    try:
        with opened_for_reading(workspace.database) as store:
            row = store.execute("SELECT folder FROM published WHERE issue = ?", (issue_id,)).fetchone()
    except sqlite3.Error:
        return None
    return None if row is None else workspace.root / os.fsdecode(row["folder"])


def _is_same(one: Path, other: Path) -> bool:
    return one.absolute() == other.absolute()
