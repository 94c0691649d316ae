"""Pictures of the workspace travel in the message; what cannot is said with the snippet's line."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PIL import Image as PillowImage

from rtesmail.content.kinds import KINDS
from rtesmail.model.conditions import Condition
from rtesmail.model.content import Image, Issue, Snippet
from rtesmail.model.errors import ContentError
from rtesmail.model.pictures import PictureDelivery, PictureSettings
from rtesmail.model.publication import Workspace
from rtesmail.rendering.build import build_issue
from rtesmail.rendering.edition import render_draft, render_edition
from rtesmail.rendering.images import LARGEST_BYTES, file_name_of

Sample = Callable[[str], Snippet]
MakeIssue = Callable[..., Issue]

BASE = "https://www.example.org/letters/images/"
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>endobj "
    b"4 0 obj<</Length 29>>stream\n0 0.5 0.4 rg 9 9 500 500 re f\nendstream endobj\n"
    b"trailer<</Root 1 0 R/Size 5>>\n%%EOF\n"
)


def png(width: int, height: int = 2) -> bytes:
    """Make a real picture, all black, no heavier than it must be."""
    written = io.BytesIO()
    PillowImage.new("L", (width, height)).save(written, "PNG", optimize=True)
    return written.getvalue()


def film() -> bytes:
    """Make a moving picture too heavy for a letter."""
    frames = [PillowImage.effect_noise((500, 500), 90) for _ in range(3)]
    written = io.BytesIO()
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])
    assert len(written.getvalue()) > LARGEST_BYTES
    return written.getvalue()


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
    assert 'width="300" height="2"' in edition.html
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
        (b"<svg/>", "an SVG drawing"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        (b"", "no picture that can be read"),
        (png(900)[:50], "damaged or not whole"),
        (film(), "400 KB"),
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


def test_who_makes_a_letter_sees_a_frame_where_a_picture_cannot_be_shown_and_why(
    workspace: Workspace, sample: Sample, issue_of: MakeIssue
) -> None:
    path = workspace.root / "issues" / "a.png"
    path.write_bytes(b"no picture")
    issue = issue_of(with_image(sample("article"), path), sample("editorial"))
    edition, (finding,) = render_draft(workspace, issue)
    assert "a.png" in finding.message
    (frame,) = edition.images
    assert f'src="cid:{frame.content_id}"' in edition.html
    assert 'alt="Une image"' in edition.html
    with PillowImage.open(io.BytesIO(frame.content)) as drawn:
        assert drawn.width == 552
    path.write_bytes(png(300))
    edition, findings = render_draft(workspace, issue)
    assert findings == ()
    assert edition == render_edition(workspace, issue)


def test_a_publication_shows_the_first_page_of_its_pdf_with_a_title_for_words(
    workspace: Workspace, sample: Sample, issue_of: MakeIssue
) -> None:
    path = workspace.root / "issues" / "guide.pdf"
    path.write_bytes(PDF)
    publication = sample("publication")
    bare = replace(publication, details={**publication.details, "cover": Image("guide.pdf", "", path)})
    edition = render_edition(workspace, issue_of(bare))
    (image,) = edition.images
    picture = PillowImage.open(io.BytesIO(image.content))
    assert picture.size == (276, 391)
    assert 'width="138" height="196"' in edition.html
    assert 'alt="Couverture\u00a0: Tiers-lieux &amp; collectivités"' in edition.html
    assert 'alt="Cover: Tiers-lieux' in render_edition(workspace, issue_of(bare, language="en")).html
    worded = replace(publication, details={**publication.details, "cover": Image("guide.pdf", "Un guide", path)})
    assert 'alt="Un guide"' in render_edition(workspace, issue_of(worded)).html


def test_a_locked_pdf_is_named_at_the_snippet(workspace: Workspace, sample: Sample, issue_of: MakeIssue) -> None:
    path = workspace.root / "issues" / "guide.pdf"
    path.write_bytes(b"%PDF-1.4 nothing")
    publication = sample("publication")
    details = {**publication.details, "cover": Image("guide.pdf", "", path)}
    with pytest.raises(ContentError) as caught:
        render_edition(workspace, issue_of(replace(publication, details=details)))
    (finding,) = caught.value.findings
    assert (finding.path, finding.line) == (publication.path, publication.line_of["cover"])
    assert "The PDF guide.pdf" in finding.message


def test_a_picture_that_only_decorates_is_passed_over_by_screen_readers(
    workspace: Workspace, sample: Sample, issue_of: MakeIssue
) -> None:
    path = workspace.root / "issues" / "a.png"
    path.write_bytes(png(300))
    html = render_edition(workspace, issue_of(replace(sample("article"), image=Image("a.png", "", path)))).html
    assert 'alt="" width="300" height="2" role="presentation"' in html


def test_a_hosted_picture_is_found_at_its_address_and_does_not_travel(
    workspace: Workspace, sample: Sample, issue_of: MakeIssue
) -> None:
    path = workspace.root / "issues" / "a.png"
    path.write_bytes(png(300))
    issue = issue_of(with_image(sample("article"), path), with_image(sample("editorial"), path))
    hosting = replace(workspace.configuration, pictures=PictureSettings(PictureDelivery.HOSTED, BASE))
    hosted = replace(workspace, configuration=hosting)
    edition = render_edition(hosted, issue)
    (picture,) = edition.hosted
    assert edition.images == ()
    assert picture.content == png(300)
    assert picture.address == f"{BASE}{file_name_of(picture)}"
    assert edition.html.count(f'src="{picture.address}"') == 2
    assert "cid:" not in edition.html
    # Another picture has another name, so that a yes is to what is shown.
    path.write_bytes(png(301))
    assert render_edition(hosted, issue).digest != edition.digest
    path.write_bytes(png(300))
    assert render_edition(hosted, issue).digest == edition.digest

    built = build_issue(hosted, issue, edition)
    assert (built.folder / "images" / file_name_of(picture)).read_bytes() == png(300)
    assert f'src="images/{file_name_of(picture)}"' in built.html.read_text(encoding="utf-8")
    assert f'src="images/{file_name_of(picture)}"' in (built.folder / "web" / "index.html").read_text(encoding="utf-8")
    assert (built.folder / "web" / "images" / file_name_of(picture)).read_bytes() == png(300)


def test_who_may_not_see_a_block_is_not_sent_to_its_hosted_picture(
    workspace: Workspace, sample: Sample, issue_of: MakeIssue
) -> None:
    path = workspace.root / "issues" / "a.png"
    path.write_bytes(png(300))
    hosting = replace(workspace.configuration, pictures=PictureSettings(PictureDelivery.HOSTED, BASE))
    reserved = replace(with_image(sample("article"), path), only_for=Condition(levels=("région",)))
    edition = render_edition(replace(workspace, configuration=hosting), issue_of(reserved, sample("event")))
    shown = {key: [p.url for p in edition.for_variant(key).hosted] for key in edition.variant_keys}
    assert sorted(map(len, shown.values())) == [0, 1]
    for key, urls in shown.items():
        assert all(url in edition.for_variant(key).html for url in urls)
        assert (BASE in edition.for_variant(key).html) is bool(urls)


def test_a_picture_that_no_template_shows_costs_nothing_and_hides_no_mistake(
    workspace: Workspace, sample: Sample, issue_of: MakeIssue
) -> None:
    path = workspace.root / "issues" / "a.png"
    path.write_bytes(b"broken")
    assert sample("publication").details["cover"]
    render_edition(workspace, issue_of(with_image(sample("publication"), path)))
    assert not (workspace.out / ".pictures").exists()
