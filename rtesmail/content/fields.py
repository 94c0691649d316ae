"""How the text of a field becomes a value: one function per type, each noting what it cannot read."""

import re
import unicodedata
from gettext import gettext as _
from pathlib import Path
from urllib.parse import urlsplit

from rtesmail.content.front_matter import Entry
from rtesmail.content.labels import field_named
from rtesmail.content.notes import Notes
from rtesmail.content.reading import one_of
from rtesmail.model.content import Image, Level, Loss, Registration
from rtesmail.model.quoting import quoted, shortened

_PAPER = ".pdf"
_IMAGE_ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".tif", ".tiff", ".bmp"),
    # Read where a reader of them is installed; else the rendering says what to do.
    *(".heic", ".heif", _PAPER),
)
_URL = re.compile(r"https?://[^\s/]\S*|mailto:[^\s@]+@[^\s@]+")
COMING = ("à venir", "a venir", "coming", "coming soon")


def as_text(name: str, entry: Entry, notes: Notes) -> str | None:
    """A text on one line."""
    if entry.text is None:
        notes.wrong(entry, "wrong-type", _("{name} should be a text.").format(name=field_named(name)), f"{name}: …")
        return None
    return " ".join(entry.text.split())


def as_markdown(name: str, entry: Entry, notes: Notes) -> str | None:
    """A text that may have several paragraphs."""
    if entry.text is None:
        as_text(name, entry, notes)
        return None
    return entry.text.strip()


def as_texts(name: str, entry: Entry, notes: Notes) -> tuple[str, ...]:
    """A list of texts; a single text is a list of one."""
    return tuple(text for _item, text in _texts(name, entry, notes))


def _texts(name: str, entry: Entry, notes: Notes) -> tuple[tuple[Entry, str], ...]:
    """Give the texts of a list, each with the entry that has it."""
    found = []
    for item in (entry,) if entry.items is None else entry.items:
        if item.text is None:
            message = _("{key} should be a list of texts.").format(key=field_named(name))
            notes.wrong(item, "wrong-type", message, f"{name}: [… , …]")
        elif text := " ".join(item.text.split()):
            found.append((item, text))
    return tuple(found)


def as_levels(name: str, entry: Entry, notes: Notes) -> tuple[str, ...]:
    """A list of levels of local government."""
    known = [level.value for level in Level]
    found = []
    for item, text in _texts(name, entry, notes):
        if text.lower() in known:
            found.append(text.lower())
        else:
            notes.wrong(
                item,
                "unknown-value",
                _("There is no level {name}.").format(name=quoted(text)),
                one_of(text.lower(), known),
            )
    return tuple(found)


def as_level(name: str, entry: Entry, notes: Notes) -> str | None:
    """One level of local government."""
    if entry.text is None:
        as_text(name, entry, notes)
        return None
    levels = as_levels(name, entry, notes)
    return levels[0] if levels else None


def as_boolean(name: str, entry: Entry, notes: Notes) -> bool | None:
    """Yes or no."""
    words = {"true": True, "yes": True, "oui": True, "false": False, "no": False, "non": False}
    value = words.get((entry.text or "").lower())
    if value is None:
        yes = _("yes")
        notes.wrong(
            entry, "wrong-type", _("{name} should be yes or no.").format(name=field_named(name)), f"{name}: {yes}"
        )
    return value


def as_url(name: str, entry: Entry, notes: Notes) -> str | None:
    """An address that a reader can open: https, http or mailto."""
    text = (entry.text or "").strip()
    if is_url(text):
        return text
    check, message = "bad-url", _("{name} is not an address that can be opened: {text}.")
    if entry.text is None:
        check, message = "wrong-type", _("{name} should be a text.")
    example = f"{name}: https://www.example.org/page"
    notes.wrong(
        entry,
        check,
        message.format(name=field_named(name), text=quoted(text)),
        _("Write it whole: {example}").format(example=example),
    )
    return None


def is_url(text: str) -> bool:
    """Say whether a text is an address that mail clients open: whole, with a host, without signs that end a link."""
    if not _URL.fullmatch(text) or re.search(r'[<>"\\`]', text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme == "mailto" or (bool(parts.hostname) and parts.port != 0)
    except ValueError:
        return False


def as_registration(name: str, entry: Entry, notes: Notes) -> Registration | None:
    """An address, or the words `à venir`."""
    if (entry.text or "").strip().lower() in COMING:
        return Registration(is_coming=True)
    url = as_url(name, entry, notes)
    return Registration(url) if url else None


def as_image(name: str, entry: Entry, notes: Notes) -> Image | None:
    """A picture with its alt: `{src: …, alt: …}`; the source is an address or a file inside the workspace.

    The file of a PDF may stand alone. An empty alt, `""`, says that the picture only decorates. What cannot be taken
    is noted and keeps its place in the snippet.
    """
    example = f"{name}: {{src: photo.jpg, alt: …}}"
    if entry.text is not None and entry.text.strip().lower().endswith(_PAPER):
        return _image(entry.text.strip(), "", _picture(entry.text.strip(), entry, notes))
    if entry.fields is None:
        notes.wrong(entry, "wrong-type", _("{name} needs a source and an alt.").format(name=field_named(name)), example)
        return None
    filled = notes.only(entry, ("src", "alt"))
    source = inner_text(entry, "src", notes)
    alt = inner_text(entry, "alt", notes)
    if "src" not in filled:
        notes.wrong(entry, "missing-field", _("{name} has no src.").format(name=field_named(name)), example)
    is_decoration = "alt" in entry.fields and entry.fields["alt"].text == ""
    is_paper = source.lower().endswith(_PAPER)
    if "alt" not in filled and not is_decoration and not is_paper:
        notes.wrong(
            entry,
            "missing-alt",
            _("{name} has no alt: readers without pictures see nothing.").format(name=field_named(name)),
            _('Say in a few words what the picture shows: alt: … (or alt: "" when it only decorates).'),
            spares=True,
        )
    if not source:
        return None
    is_remote = source.startswith("https://") and is_url(source)
    if is_remote and is_paper:
        lost = _lose(
            notes,
            entry,
            "image-type",
            _("The PDF {path} is on the web; only a file of the workspace gives its first page.").format(path=source),
            _("Copy it next to this file."),
        )
        return _image(source, alt, lost)
    return Image(source, alt) if is_remote else _image(source, alt, _picture(source, entry, notes))


def _image(source: str, alt: str, found: Path | Loss) -> Image:
    return Image(source, alt, lost=found) if isinstance(found, Loss) else Image(source, alt, found)


def _lose(notes: Notes, entry: Entry, check: str, message: str, hint: str) -> Loss:
    """Note a picture that cannot be taken; the snippet is shown without it."""
    notes.wrong(entry, check, message, hint, spares=True)
    return Loss(check, message, hint)


def _picture(source: str, entry: Entry, notes: Notes) -> Path | Loss:
    """Find a picture's file; nothing outside the workspace is ever read, links and `..` included."""
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", source):
        return _lose(
            notes,
            entry,
            "bad-url",
            _("A picture's address must start with https://."),
            "src: https://www.example.org/photo.jpg",
        )
    try:
        path = _existing(notes.folder, source).resolve()
        is_inside = path.is_relative_to(notes.root.resolve())
        is_there = is_inside and path.is_file()
    except (OSError, ValueError, RuntimeError):
        is_inside, is_there = True, False
    if not is_inside:
        return _lose(
            notes,
            entry,
            "image-path",
            _("The picture {path} is outside the workspace.").format(path=source),
            _("Copy it next to this file."),
        )
    if not is_there:
        return _lose(
            notes,
            entry,
            "image-path",
            _("There is no picture {path}.").format(path=shortened(source)),
            _("Copy it next to this file."),
        )
    if path.suffix.lower() == ".svg":
        return _lose(
            notes,
            entry,
            "image-type",
            _("Most mail programs do not show SVG drawings."),
            _("Export it as PNG, about 1100 pixels wide."),
        )
    if path.suffix.lower() not in _IMAGE_ENDINGS:
        return _lose(
            notes,
            entry,
            "image-type",
            _("Mail clients do not all show {kind} pictures.").format(kind=path.suffix),
            _("Save it as PNG or JPEG."),
        )
    return path


def _existing(folder: Path, source: str) -> Path:
    """Give the picture's path; macOS writes the accents of file names as separate signs."""
    composed = folder / source
    return composed if composed.exists() else folder / unicodedata.normalize("NFD", source)


def inner_text(entry: Entry, key: str, notes: Notes) -> str:
    """Give a text of a table on one line, empty when it is not there."""
    inner = (entry.fields or {}).get(key)
    return as_text(key, inner, notes) or "" if inner and not inner.is_empty else ""
