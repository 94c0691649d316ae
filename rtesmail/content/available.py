"""The snippets that an issue may name: those of the pool and those beside it."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from rtesmail.content import only_for
from rtesmail.content.snippets import Pool, read_folder, read_pool
from rtesmail.model.content import Snippet
from rtesmail.model.findings import Finding
from rtesmail.model.publication import Workspace


class Available(Struct, frozen=True):
    """The snippets an issue may name, the mistakes of the files by the id they claim, and all findings of both folders.

    `own_findings` are those of the files beside the issue alone.
    """

    snippets: Mapping[str, Snippet]
    mistakes: Mapping[str, tuple[Finding, ...]]
    findings: tuple[Finding, ...]
    own_findings: tuple[Finding, ...]


def available_snippets(
    workspace: Workspace, folder: Path, named: set[str] | None = None, pool: Pool | None = None
) -> Available:
    """Join the pool and the issue's own snippets, which win: a broken one is not replaced by the pool's.

    Of the pool those alone that are `named`, when all of these are there; else all, to say what was meant. A `pool`
    that was read already is taken as it is.
    """
    shared = read_pool(workspace, named) if pool is None else pool
    beside = read_folder(workspace, folder)
    own = {*beside.snippets, *beside.mistakes}
    if pool is None and named and not named <= {*own, *shared.snippets, *shared.mistakes}:
        shared = read_pool(workspace)
    return Available(
        {**{i: s for i, s in shared.snippets.items() if i not in own}, **beside.snippets},
        {**{i: m for i, m in shared.mistakes.items() if i not in own}, **beside.mistakes},
        shared.findings + beside.findings,
        beside.findings,
    )


def ids_named(values: Mapping[str, object]) -> set[str]:
    """Give the ids wherever an issue names snippets; what is written wrong there is told as it is read."""
    sections, reserved = values.get("sections"), values.get(only_for.KEY)
    tables = [table for table in sections if isinstance(table, dict)] if isinstance(sections, list) else []
    lists = [table.get(key) for table in tables for key in ("snippets", "pin", "exclude")]
    names = {name for found in lists if isinstance(found, list) for name in found if isinstance(name, str)}
    return names | set(reserved) if isinstance(reserved, dict) else names
