"""Pictures of the workspace travel in the message; what cannot is said with the snippet's line."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rtesmail.content.kinds import KINDS
from rtesmail.content.pictures import media_type_of
from rtesmail.model.content import Image, Issue, Snippet
from rtesmail.model.errors import ContentError
from rtesmail.model.publication import Workspace
from rtesmail.rendering.edition import render_edition
from rtesmail.rendering.images import LARGEST_BYTES, width_of

Sample = Callable[[str], Snippet]
MakeIssue = Callable[..., Issue]


def png(width: int, height: int = 2) -> bytes:
    """Make a real picture, all black."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(width) for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x20\x01\x40" + bytes(20)
GIF = b"GIF89a" + struct.pack("<HH", 300, 20) + bytes(8)


def with_image(snippet: Snippet, path: Path) -> Snippet:
    return replace(snippet, image=Image(path.name, "Une image", path), line_of={**snippet.line_of, "image": 7})


def test_a_local_picture_travels_once_and_the_html_points_at_it(
    workspace: Workspace, sample: Sample, issue_of: MakeIssue
) -> None:
    path = workspace.root / "issues" / "a.png"
    path.write_bytes(png(300))
    again = workspace.root / "issues" / "b.png"
    again.write_bytes(png(300))
    issue = issue_of(with_image(sample("article"), path), with_image(sample("editorial"), again))
    edition = render_edition(workspace, issue)
    (image,) = edition.images
    assert (image.media_type, image.content) == ("image/png", png(300))
    assert edition.html.count(f'src="cid:{image.content_id}"') == 2
    assert 'width="300"' in edition.html
    assert "https://www.example.org/images/" not in edition.html


def test_a_picture_that_is_not_shown_does_not_travel(workspace: Workspace, sample: Sample, issue_of: MakeIssue) -> None:
    path = workspace.root / "issues" / "a.png"
    path.write_bytes(png(30))
    # A publication shows its cover instead.
    assert sample("publication").details["cover"]
    assert render_edition(workspace, issue_of(with_image(sample("publication"), path))).images == ()


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"publication"}))
def test_every_kind_shows_its_picture(workspace: Workspace, sample: Sample, issue_of: MakeIssue, kind: str) -> None:
    path = workspace.root / "issues" / "a.png"
    path.write_bytes(png(30))
    edition = render_edition(workspace, issue_of(with_image(sample(kind), path)))
    (image,) = edition.images
    assert f'src="cid:{image.content_id}"' in edition.html
    assert 'alt="Une image"' in edition.html


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<svg/>", "neither PNG"),
        (b"", "neither PNG"),
        (png(5) + bytes(LARGEST_BYTES), "400 KB"),
        (None, "cannot be read"),
    ],
)
def test_a_picture_that_cannot_travel_is_named_at_the_snippet(
    workspace: Workspace, sample: Sample, issue_of: MakeIssue, content: bytes | None, words: str
) -> None:
    path = workspace.root / "issues" / "a.png"
    if content is not None:
        path.write_bytes(content)
    snippet = with_image(sample("article"), path)
    with pytest.raises(ContentError) as caught:
        render_edition(workspace, issue_of(snippet))
    (finding,) = caught.value.findings
    assert words in finding.message
    assert (finding.path, finding.line) == (snippet.path, 7)
    assert finding.hint


@pytest.mark.parametrize(
    ("content", "media_type", "width"),
    [
        (png(123), "image/png", 123),
        (JPEG, "image/jpeg", 320),
        (GIF, "image/gif", 300),
        (b"\xff\xd8\xff", "image/jpeg", None),
        (b"\xff\xd8\xff\xe0\x00\x00" + bytes(20), "image/jpeg", None),
        (b"\x89PNG\r\n\x1a\n", "image/png", None),
        (b"GIF89a", "image/gif", None),
        (b"RIFF....WEBP", None, None),
    ],
)
def test_type_and_width_are_read_from_the_bytes(content: bytes, media_type: str | None, width: int | None) -> None:
    assert media_type_of(content) == media_type
    assert width_of(content) == width
