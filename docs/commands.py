"""Write docs/reference/commands.md from the commands themselves: `make docs`."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# The reference is in the source's language, at one width, wherever it is made.
os.environ.update(LANGUAGE="en", COLUMNS="100", TERMINAL_WIDTH="100", NO_COLOR="1")

PAGE = Path(__file__).parent / "reference" / "commands.md"
HEAD = """# Commands

Made by `make docs` from the commands' own help; a test fails when this page is stale.
What the exit codes mean: [exit codes](exit-codes.md).
"""


def reference() -> str:
    """Give the whole page."""
    import typer.main

    from rtesmail.cli.application import build_application

    root = typer.main.get_command(build_application())
    sections = [f"## {path}\n\n```text\n{text}\n```\n" for path, text in walk(root, "rtesmail", None)]
    return HEAD + "\n" + "\n".join(sections)


def walk(command: Any, path: str, parent: Any) -> Iterator[tuple[str, str]]:
    """Give (words typed, help text) for a command and those below it."""
    context = command.context_class(command, info_name=path.rsplit(" ", 1)[-1], parent=parent, max_content_width=100)
    text = "\n".join(line.rstrip() for line in command.get_help(context).strip().splitlines())
    yield path, text
    for name in getattr(command, "commands", {}):
        yield from walk(command.commands[name], f"{path} {name}", context)


if __name__ == "__main__":
    sys.path.insert(0, str(PAGE.parents[2]))
    PAGE.write_text(reference(), encoding="utf-8")
