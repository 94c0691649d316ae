"""A new workspace, from what rtesmail ships with."""

import shutil
from collections.abc import Iterator
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct

from rtesmail.content.bundled import bundled_root
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.system_words import system_words

_GIT_IGNORE = "out/\nlists/*.db\nlists/*.db-*\nlists/*.lock\nlists/secret.key\nlists/dkim/\nlists/rejected/\n"


class NewWorkspace(Struct, frozen=True):
    """What was written, and what was there before and kept; paths relative to `root`."""

    root: Path
    written: tuple[Path, ...]
    kept: tuple[Path, ...]


def initialise_workspace(folder: Path, *, with_templates: bool = False) -> NewWorkspace:
    """Write the demo workspace into `folder`; a file that exists is never overwritten.

    Raises:
        WorkspaceError: the folder holds other things and no rtesmail.toml, or cannot be written to.
    """
    root = folder.resolve()
    if root.exists() and not root.is_dir():
        raise WorkspaceError(_("{path} is a file, not a folder.").format(path=folder), hint=_("Give another name."))
    if root.is_dir() and any(root.iterdir()) and not (root / "rtesmail.toml").is_file():
        raise WorkspaceError(
            _("The folder {path} holds other files and no rtesmail.toml.").format(path=folder),
            hint=_("Give an empty or a new folder, so that nothing gets mixed up."),
        )
    written: list[Path] = []
    kept: list[Path] = []
    try:
        for relative, source in _files(with_templates):
            target = root / relative
            if target.exists():
                kept.append(relative)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(source, Path):
                shutil.copyfile(source, target)
            else:
                target.write_text(source, encoding="utf-8")
            written.append(relative)
    except OSError as error:
        raise WorkspaceError(
            _("The folder {path} cannot be written to: {reason}.").format(path=folder, reason=system_words(error)),
            hint=_("Choose a folder of your own, on a disk that is not full."),
        ) from error
    return NewWorkspace(root, tuple(written), tuple(kept))


def _files(with_templates: bool) -> Iterator[tuple[Path, Path | str]]:
    shipped = bundled_root()
    yield Path("rtesmail.toml"), shipped / "rtesmail.toml"
    yield Path("lists/sample.csv"), shipped / "lists" / "sample.csv"
    yield Path(".gitignore"), _GIT_IGNORE
    for source in sorted([*(shipped / "issues").rglob("*"), *(shipped / "templates").rglob("*")]):
        is_sample = source.name.endswith(".sample.md")
        if source.is_file() and (with_templates or is_sample or source.is_relative_to(shipped / "issues")):
            yield source.relative_to(shipped), source
    if not with_templates:
        yield (
            Path("templates/README.md"),
            _(
                "A file put here replaces the one of the same name that comes with rtesmail.\n"
                "`rtesmail init . --templates` copies them all here, ready to be changed.\n"
            ),
        )
