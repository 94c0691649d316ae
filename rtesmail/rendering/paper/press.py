"""The press: HTML and CSS become a PDF by WeasyPrint, which may read pictures and fonts of this machine, no more."""

import hashlib
import io
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from gettext import gettext as _
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from msgspec import Struct

from rtesmail.content.pictures import media_type_of
from rtesmail.model.errors import RtesmailError

if TYPE_CHECKING:
    from weasyprint import HTML

FONT_SCHEME = "font:"
FONT_PACKAGES = {"SourceSerifPro": "font_source_serif_pro", "SourceSansPro": "font_source_sans_pro"}

# TrueType, OpenType, WOFF and WOFF 2 by their first bytes.
_FONT_STARTS = (b"\x00\x01\x00\x00", b"OTTO", b"true", b"wOFF", b"wOF2")
_PRINT_DPI = 300
_VARIANT = "pdf/ua-1"


class Printed(Struct, frozen=True):
    """A PDF, how many pages it has, and what the press had to remark (in its own words)."""

    content: bytes
    pages: int
    remarks: tuple[str, ...]


class RefusedAddressError(ValueError):
    """What the press asked for and may not have."""


def print_pdf(html: str, pictures: Mapping[str, bytes], workspace_root: Path) -> Printed:
    """Print HTML as tagged PDF (PDF/UA-1); the same input gives the same bytes.

    `pictures` are those that the HTML names by their scheme; relative addresses are files of the workspace.

    Raises:
        RtesmailError: WeasyPrint or a library that it needs is not installed.
    """
    with _remarks() as remarks:
        document = _reader()(
            string=html,
            base_url=f"{workspace_root.resolve().as_uri()}/",
            url_fetcher=_fetcher(pictures, workspace_root),
        ).render(pdf_variant=_VARIANT, dpi=_PRINT_DPI)
        digest = hashlib.sha256(html.encode())
        for name in sorted(pictures):
            digest.update(name.encode())
        content = document.write_pdf(pdf_variant=_VARIANT, dpi=_PRINT_DPI, pdf_identifier=digest.digest()[:16])
    return Printed(content, len(document.pages), tuple(dict.fromkeys(remarks)))


def _reader() -> "type[HTML]":
    """Import WeasyPrint and give what reads HTML for it."""
    try:
        # It prints advice on missing libraries; what is said to staff is ours.
        with redirect_stdout(io.StringIO()):
            from weasyprint import HTML
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    except OSError as error:
        raise RtesmailError(
            _("Letters on paper need the Pango libraries, which are not installed: {reason}").format(
                reason=str(error).splitlines()[0]
            ),
            hint=_("On Debian and Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"),
        ) from error
    from PIL import ImageFile

    # WeasyPrint turns this on for the whole process; half a picture is a mistake to be told.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    reader: type[HTML] = HTML
    return reader


def square_code(address: str) -> bytes:
    """Give an address as a QR code that telephones read (ISO/IEC 18004), in black on white, a PNG.

    Raises:
        RtesmailError: segno is not installed.
    """
    try:
        import segno
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    written = io.BytesIO()
    # The quiet zone is the paper around it: the style sheet keeps four modules free.
    segno.make(address, error="m", micro=False).save(written, kind="png", scale=8, border=0)
    return written.getvalue()


def _missing(error: ModuleNotFoundError) -> RtesmailError:
    return RtesmailError(
        _("Letters on paper need {module}, which is not installed.").format(module=error.name or "weasyprint"),
        hint=_("Install it: pip install 'rtesmail[letter]'"),
    )


def _fetcher(pictures: Mapping[str, bytes], workspace_root: Path) -> object:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Shelf(URLFetcher):  # type: ignore[misc]  # untyped
        """Gives what lies on this machine and is meant to be printed; it never opens a connection."""

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            del headers
            return URLFetcherResponse(url, _read(url, pictures, workspace_root))

    return Shelf()


def _read(url: str, pictures: Mapping[str, bytes], workspace_root: Path) -> bytes:
    if url in pictures:
        return pictures[url]
    if url.startswith(FONT_SCHEME):
        return _font(url.removeprefix(FONT_SCHEME))
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc:
        path = Path(url2pathname(unquote(parts.path))).resolve()
        if path.is_relative_to(workspace_root.resolve()):
            content = path.read_bytes()
            if media_type_of(content) or content.startswith(_FONT_STARTS):
                return content
    raise RefusedAddressError(_("only pictures and fonts of the workspace are printed"))


def _font(name: str) -> bytes:
    package = FONT_PACKAGES.get(name.partition("-")[0])
    if package is None or "/" in name or "\\" in name:
        raise RefusedAddressError(_("only pictures and fonts of the workspace are printed"))
    return (files(package) / "files" / name).read_bytes()


@contextmanager
def _remarks() -> Iterator[list[str]]:
    """Gather what WeasyPrint logs in this thread: CSS that it does not know, files that it may not have."""
    found: list[str] = []
    here = threading.get_ident()

    class Gatherer(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == here:
                found.append(record.getMessage().replace(f"{RefusedAddressError.__name__}: ", ""))

    log = logging.getLogger("weasyprint")
    gatherer = Gatherer(logging.WARNING)
    log.addHandler(gatherer)
    try:
        yield found
    finally:
        log.removeHandler(gatherer)
