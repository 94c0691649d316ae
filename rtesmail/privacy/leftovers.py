"""Files of the workspace that still name a person: nobody but a colleague can say what becomes of them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

_FOLDERS = ("lists", "out")
_MOST_BYTES = 50_000_000
_MOST_FILES = 20_000


def files_naming(root: Path, addresses: Iterable[str], *, database: Path) -> tuple[Path, ...]:
    """Give the files below `lists/` and `out/` in which an address stands as text, in either case.

    What is packed (XLSX, ZIP), larger than 50 MB or beyond the 20,000th file is not looked into.
    """
    wanted = [form for address in addresses for form in _forms(address.lower())]
    own = tuple(database.with_name(database.name + end) for end in ("", "-wal", "-shm"))
    return tuple(path for path in _files(root) if path not in own and _names(path, wanted))


def _forms(address: str) -> tuple[bytes, ...]:
    """Spreadsheets also save UTF-16."""
    return address.encode(), address.encode("utf-16-le")


def _files(root: Path) -> Iterator[Path]:
    seen = 0
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                seen += 1
                if seen > _MOST_FILES:
                    return
                yield path


def _names(path: Path, wanted: Iterable[bytes]) -> bool:
    try:
        if path.stat().st_size > _MOST_BYTES:
            return False
        content = path.read_bytes().lower()
    except OSError:
        return False
    return any(form in content for form in wanted)
