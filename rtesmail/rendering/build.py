"""Writes a rendered issue to disk: what staff open, and the folder that a web server can show."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.content.snippets import slug
from rtesmail.model.conditions import words_of
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition, EditionImage
from rtesmail.model.publication import Workspace
from rtesmail.rendering.calendar import dated_snippets, kept_calendar
from rtesmail.rendering.edition import render_web_version
from rtesmail.rendering.images import file_name_of
from rtesmail.rendering.links import lead_directly
from rtesmail.rendering.slots import fill_html, fill_text, preview_values

if TYPE_CHECKING:
    from collections.abc import Iterable

IMAGES = "images"
VARIANTS = "variants"
WEB = "web"


class Built(Struct, frozen=True):
    """Where a build's files are. `calendars` are in the web folder, under the names that the mail links to.

    `variants` are the HTML files of what each kind of reader gets, by variant; empty when all get the same.
    """

    folder: Path
    html: Path
    text: Path
    calendars: tuple[Path, ...]
    variants: Mapping[str, Path]


def build_issue(workspace: Workspace, issue: Issue, edition: Edition) -> Built:
    """Write `out/<issue>/`: the edition as a sample reader gets it, its facts, and `web/` to put on a server.

    `images/` has its pictures, also those that are hosted: their addresses end with the same names.
    With blocks for some readers only, the edition shows them all, and `variants/` has what people get.
    What an earlier build left there is replaced.

    Raises:
        ContentError: the web version cannot be made.
    """
    page, pictures = render_web_version(workspace, issue)
    folder = workspace.out / issue.id
    web = folder / WEB
    for stale in (folder / IMAGES, folder / VARIANTS, web):
        if stale.is_dir():
            shutil.rmtree(stale)
    web.mkdir(parents=True)

    values = preview_values(workspace)
    # Nothing answers at a counted link before a proof or an approval.
    shown = lead_directly(edition, workspace.configuration.identity.public_url)
    html, text = folder / "edition.html", folder / "edition.txt"
    _write(html, fill_html(link_images(shown.html, shown.pictures), values))
    _write(text, fill_text(shown.text, values))
    variants = {}
    for number, variant in enumerate(shown.variants):
        name = f"{number:02}-{_file_stem(words_of(edition.conditions, variant.key))}"
        path = variants[variant.key] = folder / VARIANTS / f"{name}.html"
        path.parent.mkdir(exist_ok=True)
        _write(path, fill_html(link_images(variant.html, edition.pictures, f"../{IMAGES}"), values))
        _write(path.with_name(f"{name}.txt"), fill_text(variant.text, values))
    _write(folder / "edition.json", _facts(edition))
    _write_images(folder, edition.pictures)

    _write(web / "index.html", link_images(page, pictures))
    _write_images(web, pictures)
    calendars = []
    for snippet in dated_snippets(issue):
        path = web / f"{snippet.id}.ics"
        path.write_bytes(kept_calendar(workspace, issue, snippet))
        calendars.append(path)
    return Built(folder, html, text, tuple(calendars), variants)


def _file_stem(words: str) -> str:
    """Give a name that any file system takes, for a variant named in words: `region-ile-de-france`."""
    return slug(words)[:60].strip("-") or "others"


def _facts(edition: Edition) -> str:
    facts: dict[str, object] = {
        "issue": edition.issue,
        "publication": edition.publication,
        "language": edition.language,
        "subject": edition.subject,
        "preheader": edition.preheader,
        "sender": {
            "name": edition.sender.name,
            "address": edition.sender.address,
            "reply_to": edition.sender.reply_to,
        },
        "digest": edition.digest,
        "bytes": {
            "html": len(edition.html.encode()),
            "text": len(edition.text.encode()),
            "images": sum(len(image.content) for image in edition.pictures),
        },
    }
    if edition.conditions:
        facts["variants"] = [
            {"key": v.key, "for": words_of(edition.conditions, v.key), "html_bytes": len(v.html.encode())}
            for v in edition.variants
        ]
    return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"


def link_images(html: str, images: "Iterable[EditionImage]", folder: str = IMAGES) -> str:
    """Point at the picture files of a folder instead of the message's parts, or of the server that is to have them."""
    for image in images:
        html = html.replace(image.address, f"{folder}/{file_name_of(image)}")
    return html


def _write_images(folder: Path, images: "Iterable[EditionImage]") -> None:
    for image in images:
        path = folder / IMAGES / file_name_of(image)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(image.content)


def _write(path: Path, text: str) -> None:
    # Line ends stay as rendered on every system: the digest is about these bytes.
    path.write_text(text, encoding="utf-8", newline="\n")
