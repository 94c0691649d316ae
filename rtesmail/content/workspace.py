"""The workspace: found by walking up from a folder, read from its `rtesmail.toml`."""

from gettext import gettext as _
from pathlib import Path

from rtesmail.content.configuration import read_configuration
from rtesmail.content.places import read_toml
from rtesmail.model.errors import ContentError, WorkspaceError
from rtesmail.model.publication import Workspace

FILE = "rtesmail.toml"


def find_workspace(start: Path) -> Path:
    """Give the nearest folder at or above `start` that holds `rtesmail.toml`.

    Raises:
        WorkspaceError: there is none.
    """
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    raise WorkspaceError(
        _("There is no rtesmail.toml in {folder} or above it.").format(folder=start),
        hint=_("Go to a workspace, name it with --workspace DIR, or make one: rtesmail init DIR"),
    )


def load_workspace(root: Path) -> Workspace:
    """Read the workspace's configuration.

    Raises:
        ContentError: `rtesmail.toml` has mistakes; every one of them is in `findings`.
    """
    root = root.absolute()
    shown = Path(FILE)
    values, lines, findings = read_toml(root / FILE, shown)
    if not findings:
        configuration = read_configuration(values, lines, shown, root, findings)
        if not findings:
            return Workspace(root, configuration)
    raise ContentError(
        _("The configuration {path} has mistakes.").format(path=root / FILE),
        sorted(findings, key=lambda finding: finding.line or 0),
        hint=_("Mend the lines named above."),
    )
