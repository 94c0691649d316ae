"""Pictures: those of the workspace are made ready and sent along or put on a server, those of the web stay there."""

import hashlib
from collections.abc import Callable
from functools import cached_property
from gettext import gettext as _
from pathlib import Path

from msgspec import Struct, field

from rtesmail.content.pictures import EXTENSIONS, media_type_of
from rtesmail.model.content import Image, Loss, Snippet
from rtesmail.model.edition import EditionImage
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.publication import Workspace
from rtesmail.rendering.addresses import clean_address
from rtesmail.rendering.pictures.bare import is_see_through
from rtesmail.rendering.pictures.kept import FOLDER, kept_picture
from rtesmail.rendering.pictures.preparing import LARGEST_SOURCE, too_large
from rtesmail.rendering.pictures.refusals import Refusal, unread
from rtesmail.rendering.pictures.sizes import COLUMN, Size, shown_size, size_of
from rtesmail.rendering.pictures.stand_in import frame
from rtesmail.rendering.translations import translation
from rtesmail.rendering.typography import typographer

CHECK = "image"
"""The name of what is found when a picture is made ready."""

LARGEST_BYTES = 400_000
"""A carried picture is encoded to 4/3 of its size in each message; heavier ones get whole mailings refused."""


class Shown(Struct, frozen=True):
    """A picture as a page shows it. `height` is 0 where nobody knows it: pictures of the web are not fetched."""

    src: str
    width: int
    height: int = 0
    is_see_through: bool = False


class Picture(Struct, frozen=True, dict=True):
    """A picture for a template: `src`, `alt`, `width`, `height`; as wide as the column unless asked for `at(width)`.

    Nothing is made of a picture that no template shows.
    """

    image: Image
    alt: str
    show: Callable[[int], Shown]
    room: int = COLUMN

    def at(self, width: int) -> "Picture":
        """Give the same picture for a room of so many pixels."""
        return Picture(self.image, self.alt, self.show, width)

    @cached_property
    def _shown(self) -> Shown:
        return self.show(self.room)

    @property
    def src(self) -> str:
        return self._shown.src

    @property
    def width(self) -> int:
        return self._shown.width

    @property
    def height(self) -> int:
        return self._shown.height

    @property
    def is_see_through(self) -> bool:
        """Does the ground show through it? A dark ground then swallows dark lines."""
        return self._shown.is_see_through

    @property
    def is_decoration(self) -> bool:
        return not self.alt


class Gallery(Struct):
    """Gathers the pictures that an edition shows and the remarks about those it cannot.

    With a `base_url` they are hosted there; without one they are carried.
    """

    workspace: Workspace
    language: str
    base_url: str = ""
    shown: dict[str, EditionImage] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def take(self, snippet: Snippet, name: str, image: Image) -> Picture:
        """Give a picture for a template; a file that cannot be shown becomes a finding when it is, and a frame."""
        alt = image.alt
        if not alt and image.is_paper:
            title = typographer(self.language)(snippet.title)
            alt = translation(self.language).gettext("Cover: {title}").format(title=title)
        return Picture(image, alt, lambda room: self._show(snippet, name, image, room))

    def images_in(self, html: str) -> tuple[EditionImage, ...]:
        """Give the pictures that the HTML really shows, in a stable order."""
        return tuple(image for _id, image in sorted(self.shown.items()) if image.address in html)

    def _show(self, snippet: Snippet, name: str, image: Image, room: int) -> Shown:
        if image.lost is not None:
            return self._frame(snippet, name, image.lost, room)
        if image.path is None:
            return Shown(clean_address(image.source), room)
        made = self._made(image.path, room)
        if isinstance(made, Refusal):
            return self._frame(snippet, name, Loss(CHECK, made.about(image.source), made.hint), room)
        if len(made) > LARGEST_BYTES:
            message = _("The picture {source} weighs {size} KB; at most {most} KB can travel in a message.").format(
                source=image.source, size=len(made) // 1000, most=LARGEST_BYTES // 1000
            )
            hint = _("Save it smaller, or take another; a moving picture can be made shorter.")
            self._remark(snippet, name, Loss(CHECK, message, hint))
        return self._as_shown(made, room)

    def _frame(self, snippet: Snippet, name: str, lost: Loss, room: int) -> Shown:
        """Give what stands for a picture that is lost; what its file is told of already is told in the same words."""
        self._remark(snippet, name, lost)
        return self._as_shown(frame(room), room)

    def _as_shown(self, made: bytes, room: int) -> Shown:
        size = shown_size(size_of(made) or Size(room, room), room)
        return Shown(self._place(made).address, size.width, size.height, is_see_through(made))

    def _made(self, path: Path, room: int) -> bytes | Refusal:
        try:
            if path.stat().st_size > LARGEST_SOURCE:
                return too_large()
            content = path.read_bytes()
        except OSError as error:
            return unread(error)
        most_bytes = self.workspace.configuration.checks.heaviest_picture_kb * 1000
        return kept_picture(self.workspace.out / FOLDER, content, room, most_bytes=most_bytes)

    def _place(self, content: bytes) -> EditionImage:
        media_type = media_type_of(content) or ""
        digest = hashlib.sha256(content).hexdigest()[:16]
        url = f"{self.base_url}{digest}.{EXTENSIONS[media_type]}" if self.base_url else ""
        image = EditionImage(f"{digest}@rtesmail", media_type, content, url)
        return self.shown.setdefault(image.content_id, image)

    def _remark(self, snippet: Snippet, name: str, lost: Loss) -> None:
        path, root = snippet.path, self.workspace.root
        shown = path.relative_to(root) if path.is_relative_to(root) else path
        finding = Finding(lost.check, Severity.ERROR, lost.message, lost.hint, shown, snippet.line_of.get(name))
        if finding not in self.findings:
            self.findings.append(finding)


def file_name_of(image: EditionImage) -> str:
    """Give the name of a picture as a file: that of its content."""
    return f"{image.content_id.split('@')[0]}.{EXTENSIONS[image.media_type]}"
