"""Collect every text that a person reads into the French catalogue, and compile it: `make catalogue`.

The French is set as printers do, so that nobody need type an apostrophe or a no-break space.
`--check` changes nothing and exits 1 when the catalogue is incomplete or stale. The texts of Typer that it asks gettext
for are collected too: they are part of what staff read.
"""

import ast
import gettext
import io
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import typer
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "rtesmail" / "locale" / "fr" / "LC_MESSAGES"
TYPER = Path(typer.__file__).parent
HEADER = b"""msgid ""
msgstr ""
"Language: fr\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

"""
METHODS = [("rich_utils.py", "ignore"), ("**.py", "python"), ("**.j2", "jinja2")]


def collected() -> Catalog:
    """Give the template catalogue: every text of the code, the templates, the pages, and Typer."""
    catalogue = Catalog(project="rtesmail", charset="utf-8")
    for folder in (ROOT / "rtesmail", ROOT / "templates", TYPER):
        found = extract_from_dir(folder, METHODS, comment_tags=("Translators:",), strip_comment_tags=True)
        for _file, _line, message, comments, context in found:
            catalogue.add(message, None, auto_comments=comments, context=context)
    return catalogue


def updated() -> Catalog:
    """Give the French catalogue brought up to what the code holds now; obsolete texts are gone."""
    path = FOLDER / "rtesmail.po"
    catalogue = Catalog(locale="fr", project="rtesmail", charset="utf-8")
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale="fr")
    catalogue.update(collected(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    for message in catalogue:
        if message.id:
            said = message.string or ""
            message.string = tuple(map(as_printed, said)) if isinstance(said, tuple) else as_printed(said)
    return catalogue


def as_printed(text: str) -> str:
    """Give French with its apostrophes and no-break spaces.

    All spaces have the width of a letter: not every terminal's letters include the narrow one.
    """
    text = re.sub(r"(?<=[^\W\d_])'(?=[\w«{])", "’", text)
    text = re.sub(r" +(?=[:;!?»](?:[\s.,)]|$))", "\u00a0", text)
    return text.replace("« ", "«\u00a0")


def as_po(catalogue: Catalog) -> bytes:
    """Give the .po file, without places and dates so that it changes only when a text does."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=110, no_location=True, omit_header=True, sort_output=True)
    return HEADER + buffer.getvalue()


def as_mo(po: bytes) -> bytes:
    """Give the compiled catalogue of a .po file: the same texts give the same bytes."""
    buffer = io.BytesIO()
    catalogue = read_po(io.BytesIO(po), locale="fr")
    # Else the hour of its making would stand in it.
    catalogue.creation_date = catalogue.revision_date = datetime.fromtimestamp(0, UTC)
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def texts(mo: bytes) -> dict[object, str]:
    """Give what a compiled catalogue says, without its head."""
    said = vars(gettext.GNUTranslations(io.BytesIO(mo)))["_catalog"]
    return {key: text for key, text in said.items() if key}


def troubles(catalogue: Catalog) -> list[str]:
    """Name the texts without French, and those whose {places} differ."""
    found = []
    for message in catalogue:
        if not message.id:
            continue
        sources = message.id if isinstance(message.id, tuple) else (message.id,)
        answers = message.string if isinstance(message.string, tuple) else (message.string,)
        if not all(answers) or message.fuzzy:
            found.append(f"no French for: {sources[0]!r}")
            continue
        places = [set(re.findall(r"\{\w*[^}]*\}|%\(\w+\)s", text)) for text in (sources[-1], *answers[-1:])]
        if places[0] != places[1]:
            found.append(f"the places differ: {sources[-1]!r}")
    return found


def unseen() -> list[str]:
    """Name the places where a text stands inside an f-string: Babel does not look there, so it would stay English."""
    found = []
    for path in sorted((ROOT / "rtesmail").rglob("*.py")):
        for outer in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(outer, ast.JoinedStr):
                found += [
                    f"{path.relative_to(ROOT)}:{call.lineno}: take this text out of the f-string"
                    for call in ast.walk(outer)
                    if isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Name)
                    and call.func.id in ("_", "gettext", "ngettext", "pgettext", "npgettext")
                    and call.args
                    and isinstance(call.args[0], ast.Constant)
                ]
    return found


def main() -> int:
    catalogue = updated()
    po = as_po(catalogue)
    mo = as_mo(po)
    wrong = [*unseen(), *troubles(catalogue)]
    if "--check" in sys.argv:
        # By their texts, not their bytes: Babel writes its own version and the hour into the compiled file's head.
        for name, fresh in (("rtesmail.po", as_mo(po)), ("rtesmail.mo", mo)):
            path = FOLDER / name
            kept = path.read_bytes() if path.exists() else b""
            if not kept or texts(as_mo(kept) if name.endswith(".po") else kept) != texts(fresh):
                wrong.append(f"{path.relative_to(ROOT)} is stale: run `make catalogue`")
    else:
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "rtesmail.po").write_bytes(po)
        (FOLDER / "rtesmail.mo").write_bytes(mo)
    print("\n".join(wrong) or f"{len(catalogue)} texts, all in French")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
