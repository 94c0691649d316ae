"""Drafts written as snippet files: what is written here, the reader in `snippets` reads back the same."""

import re
import shutil
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct

from rtesmail.content.front_matter import FENCE, storable
from rtesmail.content.replacing import replace_bytes
from rtesmail.content.snippets import Pool, read_pool, slug
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.publication import Workspace
from rtesmail.model.system_words import system_words

Written = str | Sequence["Written"] | Mapping[str, "Written"]
"""A field's value as it stands in the file: a text, a list or a table."""

_LONGEST_NAME = 60
_TRIES = 1000
# Nothing that YAML could take for its own: what is not plain words, numbers and dates goes into quotes.
_PLAIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ0-9](?:[A-Za-zÀ-ÖØ-öø-ÿ0-9 ’'()./+–-]|[:,](?=\S)|, )*")
_PLAIN_ITEM = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ0-9](?:[A-Za-zÀ-ÖØ-öø-ÿ0-9 ’'()./+–-]|:(?=\S))*")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
# Where the shipped workspace keeps them; a workspace that has its own folders is followed instead.
_FOLDERS = {
    "article": "articles",
    "event": "agenda",
    "programme": "programmes",
    "publication": "publications",
    "call": "appels",
    "quote": "paroles",
    "figure": "chiffres",
    "editorial": "editoriaux",
    "member": "adherents",
    "job": "emplois",
}


class Draft(Struct, frozen=True):
    """A snippet to be written: its kind, its fields beside kind, id and status, its Markdown."""

    kind: str
    fields: Mapping[str, Written]
    body: str = ""


class WrittenDraft(Struct, frozen=True):
    """Where a draft was written, and its id."""

    path: Path
    id: str


def draft_text(draft: Draft, identity: str) -> str:
    """Give the file's text."""
    fields: dict[str, Written] = {"kind": draft.kind, "id": identity, **draft.fields, "status": "draft"}
    lines = [f"{name}: {_yaml(value)}" for name, value in fields.items()]
    body = storable(draft.body).strip()
    return "\n".join([FENCE, *lines, FENCE, *([body] if body else []), ""])


def _yaml(value: Written, *, is_inside: bool = False) -> str:
    if isinstance(value, str):
        text = storable(value).strip()
        plain = _PLAIN_ITEM if is_inside else _PLAIN
        is_plain = plain.fullmatch(text) and text.lower() not in ("null",) and unicodedata.is_normalized("NFC", text)
        return text if is_plain else _quoted(text)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_yaml(item, is_inside=True)}" for name, item in value.items()) + "}"
    return "[" + ", ".join(_yaml(item, is_inside=True) for item in value) + "]"


def _quoted(text: str) -> str:
    # The n of an escape and an accent that follows it would become one sign when the file is read.
    signs = (f"\\U{ord(c):08X}" if unicodedata.combining(c) else _ESCAPES.get(c, c) for c in text)
    return '"' + "".join(signs) + '"'


def write_draft(workspace: Workspace, draft: Draft, pictures: Mapping[str, bytes] | None = None) -> WrittenDraft:
    """Write a draft beside the snippets of its kind, under a name and an id that nobody has.

    `pictures` go into a folder of the draft's own name; the source of its image is then one of their names.

    Raises:
        WorkspaceError: it cannot be written; nothing is left behind.
    """
    pool = read_pool(workspace)
    for place in places_for(draft, folder_of(workspace, draft.kind, pool), {*pool.snippets, *pool.mistakes}):
        path, identity = place.path, place.id
        if not pictures:
            if write_new(path, draft_text(draft, identity)):
                return place
            continue
        if path.exists() or not _write_pictures(path.with_suffix(""), pictures):
            continue
        if _write_with(path, draft_text(_beside(draft, path.stem), identity)):
            return place
    raise no_place(draft)


def places_for(draft: Draft, folder: Path, taken: Collection[str]) -> Iterator[WrittenDraft]:
    """Give the places where a draft may be written, the best name first; ids that are `taken` are left out."""
    name = _name(draft)
    start = draft.fields.get("start")
    typed = start.strip() if draft.kind == "event" and isinstance(start, str) else ""
    # A day alone, also of `2026-05-15T09:30`: no file of that name could be copied to Windows.
    day = re.split(r"[\sT]", typed, maxsplit=1)[0]
    for number in range(1, _TRIES):
        identity = name if number == 1 else f"{name}-{number}"
        if identity not in taken:
            yield WrittenDraft(folder / (f"{day}-{identity}.md" if day else f"{identity}.md"), identity)


def _name(draft: Draft) -> str:
    title = draft.fields.get("title")
    return short_slug(title if isinstance(title, str) else "") or draft.kind


def no_place(draft: Draft) -> WorkspaceError:
    """Say that every name is taken."""
    return WorkspaceError(
        _("{path} is taken, and so are the names after it.").format(path=f"{_name(draft)}.md"),
        hint=_("Give another title."),
    )


def _beside(draft: Draft, folder: str) -> Draft:
    """Point the draft's image into its folder of pictures."""
    image = draft.fields.get("image")
    if not isinstance(image, Mapping):
        return draft
    return Draft(draft.kind, {**draft.fields, "image": {**image, "src": f"{folder}/{image['src']}"}}, draft.body)


def _write_with(path: Path, text: str) -> bool:
    """Write a draft whose pictures are there already; when it cannot be, they go too."""
    is_written = False
    try:
        is_written = write_new(path, text)
    finally:
        if not is_written:
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
    return is_written


def _write_pictures(folder: Path, pictures: Mapping[str, bytes]) -> bool:
    """Write pictures into a new folder; False when it was there."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
    except FileExistsError:
        return False
    except OSError as error:
        raise _unwritable(folder, error) from error
    is_written = False
    try:
        for name, content in pictures.items():
            (folder / name).write_bytes(content)
        is_written = True
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        if not is_written:
            shutil.rmtree(folder, ignore_errors=True)
    return True


def _unwritable(path: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(
        _("{path} cannot be written: {reason}.").format(path=path, reason=system_words(error)),
        hint=_("Check the folder's permissions and that the disk is not full."),
    )


def short_slug(text: str) -> str:
    """Give a good id of at most 60 signs, whole words where that leaves any."""
    whole = slug(text)
    if len(whole) <= _LONGEST_NAME:
        return whole
    cut = whole[: _LONGEST_NAME + 1]
    return cut.rpartition("-")[0] or cut[:_LONGEST_NAME]


def folder_of(workspace: Workspace, kind: str, pool: Pool) -> Path:
    """Give the folder where most snippets of a kind are, else the one that the shipped workspace would use."""
    where = Counter(snippet.path.parent for snippet in pool.snippets.values() if snippet.kind == kind)
    found = where.most_common(1)
    return workspace.root / found[0][0] if found else workspace.issues / "snippets" / _FOLDERS.get(kind, kind)


def write_new(path: Path, text: str) -> bool:
    """Write a file that was not there; False when it was. Interrupted or killed, it is there whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
            draft = Path(folder) / path.name
            replace_bytes(draft, text.encode(), shown=path)
            try:
                # A second name for the same file, refused where there is one: two people at once get two files.
                path.hardlink_to(draft)
            except FileExistsError:
                return False
    except OSError as error:
        raise _unwritable(path, error) from error
    return True
