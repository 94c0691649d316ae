"""What people bring (Word files, web pages, mails, plain text) becomes a title, Markdown and pictures."""

import base64
import binascii
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from gettext import gettext as _
from html import escape
from typing import Any

from msgspec import Struct

from rtesmail.content.html_reading import Block, blocks_to_markdown, read_html
from rtesmail.content.pictures import EXTENSIONS, media_type_of
from rtesmail.content.saved_mails import is_saved_mail, read_saved_mail
from rtesmail.model.errors import WorkspaceError

LARGEST = 20_000_000
"""Bytes that are read: a letter's text with a few photographs is far below."""

_LARGEST_UNPACKED = 60_000_000
_LARGEST_XML = 8_000_000
_HELD = "held-picture:"
_MOST_PARTS = 2_000
_MOST_PICTURES = 30
_TAG = re.compile(
    # A person's address between angle brackets is none: <p.durand@mairie.example>.
    r"<(?:!doctype|html|head|body|p|div|span|a|h[1-6]|ul|ol|dl|li|table|b|i|u|strong|em|br|img|meta|pre|blockquote|section"
    r"|article|main|figure|center|font|details)(?=[\s/>])",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\n(?=[ \t]*(?:[•·▪●]|[-–*][ \t]|\d{1,3}[.)][ \t]))")
_DASH = re.compile(r"^[ \t]*[-–*](?=[ \t])", re.MULTILINE)
# Beside the headings, which mammoth knows.
_WORD_STYLES = "p[style-name='Title'] => h1:fresh"
_BACK_FROM_NOTE = re.compile(r' ?<a href="#(?:foot|end)note-ref-[^"]*">↑</a>')
# What Word writes under the words that it has made up for a picture; nobody has read them over.
_GUESSED = re.compile(
    r"Description générée automatiquement|généré par l['’]IA|Description automatically generated|AI-generated content",
    re.IGNORECASE,
)
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd]")
# One sign in a hundred is dirt in a text; more is no text.
_FEW = 100
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{2,20})""", re.IGNORECASE)
_DATA = re.compile(r"data:image/[\w.+-]{1,20};base64,(.*)", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"\\(?=[^\w\s])|\*+|\]\([^)]*\)|(?<!\\)\[")


class Picture(Struct, frozen=True):
    """A picture found inside: its bytes, its file name, its words (empty when no person wrote them)."""

    content: bytes
    name: str
    alt: str


class Pasted(Struct, frozen=True):
    """What was found: `left_out` counts the pictures that stand elsewhere or that no mail client shows."""

    title: str
    body: str
    pictures: Sequence[Picture] = ()
    left_out: int = 0


def read_pasted(content: bytes, name: str) -> Pasted:
    """Read any bytes; `name` is how a person calls them.

    Raises:
        WorkspaceError: too large, not a Word file after all, or without a word.
    """
    if len(content) > LARGEST:
        raise _too_large(name, LARGEST)
    held: dict[str, bytes] = {}
    subject = ""
    if content.startswith(b"PK\x03\x04"):
        found = read_html(_word_to_html(content, name, held))
    elif is_saved_mail(content):
        mail = read_saved_mail(content)
        subject, held = mail.subject, dict(mail.pictures)
        found = read_html(as_html(mail.text))
    else:
        found = read_html(as_html(_text_of(content, name)))
    blocks = found.blocks
    if not blocks:
        raise WorkspaceError(
            _("There is no text in {name}.").format(name=name),
            hint=_("Look whether it is the right file; pictures alone are not a text."),
        )
    title, rest = _title(blocks)
    pictures: list[Picture] = []
    for source, alt in found.pictures:
        inside = _inside(source, held)
        if inside and len(pictures) < _MOST_PICTURES:
            ending, data = inside
            said = "" if _GUESSED.search(alt) else alt
            pictures.append(Picture(data, f"image-{len(pictures) + 1}.{ending}", said))
    return Pasted(title or subject, blocks_to_markdown(rest), tuple(pictures), len(found.pictures) - len(pictures))


def _too_large(name: str, most: int) -> WorkspaceError:
    return WorkspaceError(
        _("{name} is too large: more than {n} MB.").format(name=name, n=most // 1_000_000),
        hint=_("Take the part that is for the letter, or save it without its pictures."),
    )


def _title(blocks: list[Block]) -> tuple[str, list[Block]]:
    """Take the title out: the heading at the head; without one it is for the person to give."""
    first = blocks[0]
    if not first.level:
        return "", blocks
    return _MARKUP.sub("", first.text), blocks[1:]


def _text_of(content: bytes, name: str) -> str:
    """Give the text that stands in a file; a PDF, an old .doc, an RTF or a picture has none that could be read so."""
    text = decoded(content)
    if content.startswith((b"%PDF", b"{\\rtf")) or len(_BINARY.findall(text)) * _FEW > len(text):
        raise WorkspaceError(
            _("{name} is neither a Word file (.docx) nor a page nor a text.").format(name=name),
            hint=_("Open it in the word processor and save it anew as .docx, or as a web page."),
        )
    return text


def decoded(content: bytes) -> str:
    """Give the text of bytes whose encoding nobody told; never raises."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    declared = _CHARSET.search(content[:4096])
    for encoding in ("utf-8", declared[1].decode("ascii", "replace") if declared else "cp1252"):
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("cp1252", "replace")


def as_html(text: str, *, keep_lines: bool = False) -> str:
    """Give HTML as it is, and plain text as paragraphs of it.

    A line with a bullet, a dash or a number begins an item; other line ends inside a paragraph are the mail program's,
    unless they are to be kept.
    """
    tag = _TAG.search(text)
    if tag:
        # The Windows clipboard puts its own lines (StartHTML:…) before the page.
        return text[tag.start() :] if text.startswith("Version:") else text
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    written = "".join(f"<p>{_ITEM.sub('</p><p>', escape(_DASH.sub('•', paragraph)))}</p>" for paragraph in paragraphs)
    return written.replace("\n", "<br>") if keep_lines else written


def _word_to_html(content: bytes, name: str, held: dict[str, bytes]) -> str:
    """Have mammoth read a Word file that is neither a bomb nor a trick; its pictures go into `held`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            infos = parts.infolist()
            if len(infos) > _MOST_PARTS or sum(info.file_size for info in infos) > _LARGEST_UNPACKED:
                raise _too_large(name, _LARGEST_UNPACKED)
            for info in infos:
                if not info.filename.lower().endswith((".xml", ".rels")):
                    continue
                if info.file_size > _LARGEST_XML:
                    raise _too_large(name, _LARGEST_XML)
                # Word writes no DTD; who does wants entities that unfold.
                if b"<!DOCTYPE" in (xml := parts.read(info)) or b"<!ENTITY" in xml:
                    raise _not_word(name)
        import mammoth

        def hold(picture: Any) -> dict[str, str]:
            with picture.open() as opened:
                source = f"{_HELD}{len(held)}"
                held[source] = opened.read()
            return {"src": source}

        read = mammoth.convert_to_html(
            io.BytesIO(content), convert_image=mammoth.images.img_element(hold), style_map=_WORD_STYLES
        )
        return _BACK_FROM_NOTE.sub("", str(read.value))
    except WorkspaceError:
        raise
    except Exception as error:
        raise _not_word(name) from error


def _not_word(name: str) -> WorkspaceError:
    return WorkspaceError(
        _("{name} cannot be read as a Word file.").format(name=name),
        hint=_("Open it in the word processor and save it anew as .docx, or as a web page."),
    )


def _inside(source: str, held: Mapping[str, bytes]) -> tuple[str, bytes] | None:
    """Give the file ending and the bytes of a picture that came along; one elsewhere is never fetched."""
    if source in held:
        data = held[source]
    elif found := _DATA.fullmatch(source.strip()):
        try:
            data = base64.b64decode(re.sub(r"\s+", "", found[1]), validate=True)
        except (binascii.Error, ValueError):
            return None
    else:
        return None
    media_type = media_type_of(data)
    return (EXTENSIONS[media_type], data) if media_type else None
