"""A real store, and files written as people's spreadsheets write them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from rtesmail.audience.imports import ImportReport, import_file
from rtesmail.store.opening import open_store

NOW = datetime(2025, 4, 3, 7, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    database = open_store(tmp_path / "lists" / "rtesmail.db")
    yield database
    database.conn.close()


@pytest.fixture
def rejected_folder(tmp_path: Path) -> Path:
    return tmp_path / "lists" / "rejected"


Importer = Callable[..., ImportReport]


@pytest.fixture
def import_text(store: Database, tmp_path: Path, rejected_folder: Path) -> Importer:
    """Import a CSV given as text (or bytes) on the list `readers`."""

    def run(content: str | bytes, *, list_name: str = "readers", dry_run: bool = False) -> ImportReport:
        path = tmp_path / "people.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return import_file(store, path, list_name, now=NOW, rejected_folder=rejected_folder, dry_run=dry_run)

    return run
