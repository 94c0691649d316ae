"""Where the shipped templates and demo workspace are."""

from pathlib import Path


def bundled_root() -> Path:
    """Give the folder of `templates/`, `issues/`, `lists/sample.csv`, `rtesmail.toml` and the reference of the checks.

    A wheel carries them inside the package; a checkout has them at its top level.
    """
    package = Path(__file__).parents[1]
    carried = package / "bundled"
    return carried if carried.is_dir() else package.parent
