"""Snippet files become snippets; what is wrong in them becomes findings, and the good ones still show."""

import os
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct, field

from rtesmail.content import places
from rtesmail.content.dates import as_day
from rtesmail.content.demands import (
    note_missing,
    note_order,
    note_unknown_regions,
    note_wordless_papers,
    read_kind,
)
from rtesmail.content.fields import as_boolean, as_image, as_levels, as_markdown, as_text, as_texts, as_url
from rtesmail.content.front_matter import CONTROL, Entry, FrontMatter, Trouble, split_front_matter
from rtesmail.content.kinds import KINDS, Kind
from rtesmail.content.notes import FieldType, Notes
from rtesmail.content.only_for import as_condition
from rtesmail.content.reading import one_of
from rtesmail.model.conditions import Condition
from rtesmail.model.content import Detail, Image, Level, Snippet, SnippetStatus
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.publication import Workspace
from rtesmail.model.quoting import quoted
from rtesmail.model.system_words import system_words

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_ID = 80
"""Signs: an id is the name of files too, and stands in addresses."""

COMMON: Mapping[str, FieldType] = {
    "kind": as_text,
    "id": as_text,
    "title": as_text,
    "lead": as_markdown,
    "url": as_url,
    "image": as_image,
    "levels": as_levels,
    "regions": as_texts,
    "status": as_text,
    "featured": as_boolean,
    "publish_from": as_day,
    "expire_at": as_day,
    "only_for": as_condition,
}


class ReadSnippet(Struct, frozen=True):
    """One file read: a snippet when it can be used, and every mistake found."""

    snippet: Snippet | None
    findings: tuple[Finding, ...]
    id: str = ""


class Pool(Struct, frozen=True):
    """The snippets of a folder by id, the mistakes of its files, and the same mistakes by the id a file claims."""

    snippets: Mapping[str, Snippet] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    mistakes: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)


def read_pool(workspace: Workspace, among: Collection[str] | None = None) -> Pool:
    """Read the snippets of `issues/snippets/`, in the order of their paths: all, or those of some ids."""
    return read_folder(workspace, workspace.issues / "snippets", is_deep=True, among=among)


def read_folder(
    workspace: Workspace, folder: Path, *, is_deep: bool = False, among: Collection[str] | None = None
) -> Pool:
    """Read the snippets of one folder, below it too when `is_deep`; two with one id are both named.

    With `among`, files are left unread that can have none of these ids: a pool grows for years, an issue names a few.
    """
    snippets: dict[str, Snippet] = {}
    findings: list[Finding] = []
    mistakes: dict[str, tuple[Finding, ...]] = {}
    regions = workspace.configuration.regions
    for path in snippet_files(folder, is_deep=is_deep):
        if among is not None and not _may_be(path, among):
            continue
        read = read_snippet(path, workspace.root, regions=regions)
        findings += read.findings
        if read.findings:
            mistakes[read.id] = (*mistakes.get(read.id, ()), *read.findings)
        if read.snippet is None:
            continue
        other = snippets.setdefault(read.snippet.id, read.snippet)
        if other is not read.snippet:
            finding = _same_id(read.snippet, other)
            findings.append(finding)
            mistakes[read.snippet.id] = (*mistakes.get(read.snippet.id, ()), finding)
    return Pool(snippets, tuple(findings), mistakes)


def snippet_files(folder: Path, *, is_deep: bool = False) -> list[Path]:
    """Give the snippet files of a folder, sorted, and of those below when `is_deep`; none when there is no folder.

    Hidden ones are an editor's own, a README is for people. What is no file but is named like one stays, to be told.
    """
    found = folder.rglob("*.md") if is_deep else folder.glob("*.md")
    return sorted(
        path
        for path in found
        if path.name.lower() != "readme.md" and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    )


def _may_be(path: Path, ids: Collection[str]) -> bool:
    """Say whether a file's snippet may have one of the ids: by its name, or because the id stands in it somewhere.

    Between double quotes YAML can write any letter by its number, so a file with a backslash may be any.
    """
    if path.stem in ids:
        return True
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return b"\\" in content or any(identity.encode() in content for identity in ids)


def _same_id(snippet: Snippet, other: Snippet) -> Finding:
    return Finding(
        "duplicate",
        Severity.ERROR,
        _("The id {id} is that of {path} too.").format(id=quoted(snippet.id), path=other.path),
        _("Give one of them another id."),
        snippet.path,
        snippet.line_of.get("id", 1),
    )


def read_snippet(path: Path, root: Path, *, regions: tuple[str, ...] = ()) -> ReadSnippet:
    """Read one snippet file; never raises. `regions` are the names known, empty when any will do.

    The snippet is None when the file has a mistake that is not about a picture alone; the findings say which, and `id`
    whose they are.
    """
    shown = _shown(path, root)
    try:
        if path.exists() and not path.is_file():
            return ReadSnippet(None, (places.unreadable(shown, _("it is not a file")),), path.stem)
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return ReadSnippet(None, (places.not_utf8(shown, error),), path.stem)
    except (OSError, ValueError) as error:
        return ReadSnippet(None, (places.unreadable(shown, system_words(error)),), path.stem)
    matter = split_front_matter(text)
    notes = Notes(path.parent, root, list(matter.troubles))
    snippet = _snippet(matter, path, shown, notes, regions) if matter.fields else None
    findings = tuple(
        Finding(t.check, Severity.ERROR, t.message, t.hint, shown, t.line) for t in _told_once(notes.troubles)
    )
    claimed = snippet.id if snippet else _claimed_id(text) or path.stem
    is_usable = all(trouble.spares for trouble in notes.troubles)
    return ReadSnippet(snippet if is_usable else None, findings, claimed)


def _told_once(troubles: Sequence[Trouble]) -> list[Trouble]:
    """Give the troubles by line, each once; of a line with an invisible sign that alone, since it spoils the rest."""
    spoilt = {trouble.line for trouble in troubles if trouble.check == CONTROL}
    told = dict.fromkeys(trouble for trouble in troubles if trouble.check == CONTROL or trouble.line not in spoilt)
    return sorted(told, key=lambda trouble: trouble.line)


def _shown(path: Path, root: Path) -> Path:
    """Give the path relative to the workspace, in signs that can be printed whatever the file's name."""
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    return Path(os.fsencode(shown).decode("utf-8", "replace"))


def _claimed_id(text: str) -> str:
    """Give the id that a file claims, even when its fields cannot be read."""
    found = re.search(r"^id:\s*([a-z0-9-]+)\s*$", text, re.MULTILINE)
    return found[1] if found else ""


def _snippet(matter: FrontMatter, path: Path, shown: Path, notes: Notes, regions: tuple[str, ...]) -> Snippet | None:
    kind_name = read_kind(matter, notes, COMMON)
    kind = KINDS.get(kind_name)
    types = {**COMMON, **(kind.fields if kind else {})}
    if kind:
        for name, entry in matter.fields.items():
            if name not in types:
                notes.wrong(
                    entry,
                    "unknown-field",
                    _("{name} is not a field of {kind}.").format(name=name, kind=kind_name),
                    one_of(name, types),
                )
    values: dict[str, Detail] = {
        name: types[name](name, entry, notes)
        for name, entry in matter.fields.items()
        # What is wrong with the kind is told above.
        if name in types and name != "kind" and not entry.is_empty
    }
    note_missing(kind or Kind({}), kind_name, values, matter, notes, types)
    note_order(values, matter, notes)
    note_unknown_regions(values, matter, notes, regions)
    note_wordless_papers(kind_name, values, matter, notes)
    if kind is None:
        return None
    return Snippet(
        id=_id(values, path, matter, notes),
        kind=kind_name,
        title=_str(values.get("title")),
        path=shown,
        lead=_str(values.get("lead")),
        body=matter.body,
        url=_str(values.get("url")) or None,
        image=_image(values.get("image")),
        levels=tuple(Level(text) for text in _texts(values.get("levels"))),
        regions=_texts(values.get("regions")),
        status=_status(matter, notes),
        publish_from=_date(values.get("publish_from")),
        expire_at=_date(values.get("expire_at")),
        details={name: values.get(name) for name in kind.fields},
        line_of={name: entry.line for name, entry in matter.fields.items()},
        body_line=matter.body_line,
        only_for=_condition(values.get("only_for")),
        is_featured=values.get("featured") is True,
    )


def _id(values: Mapping[str, Detail], path: Path, matter: FrontMatter, notes: Notes) -> str:
    identity = _str(values.get("id")) or path.stem
    if not _ID.fullmatch(identity) or len(identity) > _LONGEST_ID:
        notes.wrong(
            matter.fields.get("id") or Entry(1),
            "bad-id",
            _("{id} is not a good id.").format(id=quoted(identity)),
            _("Use small letters without accents, digits and hyphens: id: {example}").format(
                example=slug(identity)[:_LONGEST_ID].strip("-") or "my-article"
            ),
        )
    return identity


def slug(text: str) -> str:
    """Give the nearest good id: `Été 1` becomes `ete-1`; empty when nothing of the text can stand in one."""
    spelt = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    letters = "".join(c for c in spelt if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")


def _status(matter: FrontMatter, notes: Notes) -> SnippetStatus:
    entry = matter.fields.get("status")
    if entry is None or entry.is_empty or entry.text is None:  # a list or a table is told where all fields are read
        return SnippetStatus.DRAFT
    known = [status.value for status in SnippetStatus]
    if entry.text not in known:
        notes.wrong(
            entry,
            "unknown-value",
            _("There is no status {name}.").format(name=quoted(entry.text)),
            one_of(entry.text, known),
        )
        return SnippetStatus.DRAFT
    return SnippetStatus(entry.text)


def _str(value: Detail) -> str:
    return value if isinstance(value, str) else ""


def _date(value: Detail) -> date | None:
    return value if isinstance(value, date) else None


def _image(value: Detail) -> Image | None:
    return value if isinstance(value, Image) else None


def _condition(value: Detail) -> Condition | None:
    return value if isinstance(value, Condition) else None


def _texts(value: Detail) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, tuple) else ()
