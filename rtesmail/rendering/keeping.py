"""What takes long to make is kept in a folder below `out/`, named by all that it is made of."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

KEPT = ".letters"
"""The folder for what issues are made into, below `out/`: an issue's own begins with a letter or a digit."""

MOST_KEPT = 500
"""Files a folder, each of some hundreds of kilobytes at most; the oldest go first, and are made again when wanted."""

_SEAL = 32


def kept(folder: Path, name: str, make: Callable[[], bytes]) -> bytes:
    """Give what was made before under a name; make it, and keep it, when nothing is there or it is damaged.

    `name` is a `digest_of` everything that the result depends on. The folder may vanish or be damaged at any time;
    where it cannot be written, nothing is kept. Errors of `make` are passed on.
    """
    found = find_kept(folder, name)
    if found is not None:
        return found
    made = make()
    keep(folder, name, made)
    return made


def find_kept(folder: Path, name: str) -> bytes | None:
    """Give what is kept under a name; None when nothing is, or not what was written."""
    try:
        sealed = (folder / name).read_bytes()
    except OSError:
        return None
    content = sealed[_SEAL:]
    return content if hashlib.sha256(content).digest() == sealed[:_SEAL] else None


def keep(folder: Path, name: str, content: bytes) -> None:
    """Keep it under a name, in the place of what was there; nothing where the folder cannot be written."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        # In place and without waiting for the disk: what is not whole is told by its seal.
        (folder / name).write_bytes(hashlib.sha256(content).digest() + content)
        forget_oldest(folder)


def digest_of(*parts: str | bytes) -> str:
    """Name a result by its parts, so that no two lists of parts have the same name."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(b"%d\n" % len(content) + content)
    return digest.hexdigest()


def state_of(*packages: str) -> str:
    """Tell a package's code from another version of it, without importing it, which may take longer than the work.

    Told by its folder's newest file and by their bytes together; of what is not there nothing is told.
    """
    return " ".join(f"{package}:{_files_of(package)}" for package in packages)


@lru_cache(maxsize=32)
def _files_of(package: str) -> tuple[int, int]:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return (0, 0)
    is_folder = bool(spec.submodule_search_locations)
    found = [path.stat() for path in (Path(spec.origin).parent.glob("*.*") if is_folder else [Path(spec.origin)])]
    return (max(file.st_mtime_ns for file in found), sum(file.st_size for file in found))


def forget_oldest(folder: Path, names: str = "*") -> None:
    """Leave `MOST_KEPT` of the files whose name matches a pattern, the newest; errors of the system are passed on."""
    paths = list(folder.glob(names))
    if len(paths) > MOST_KEPT:
        paths.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in paths[MOST_KEPT:]:
            path.unlink(missing_ok=True)
