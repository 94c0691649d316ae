"""Pictures in the front matter and in rtesmail.toml: words for each, or a plain no to them; addresses that work."""

from pathlib import Path

import pytest

from rtesmail.content.snippets import ReadSnippet, read_snippet
from rtesmail.content.workspace import load_workspace
from rtesmail.model.content import Image, Loss
from rtesmail.model.errors import ContentError
from rtesmail.model.pictures import PictureDelivery, PictureSettings


def article(folder: Path, image: str) -> ReadSnippet:
    for name in ("photo.png", "affiche.pdf", "dessin.svg"):
        (folder / name).write_bytes(b"")
    (folder / "a.md").write_text(f"---\nkind: article\ntitle: a\nimage: {image}\n---\nx", encoding="utf-8")
    return read_snippet(folder / "a.md", folder)


def publication(folder: Path, field: str) -> ReadSnippet:
    (folder / "guide.pdf").write_bytes(b"")
    text = f"---\nkind: publication\ntitle: a\nseries: s\n{field}\n---\nx"
    (folder / "a.md").write_text(text, encoding="utf-8")
    return read_snippet(folder / "a.md", folder)


def test_an_empty_alt_says_that_a_picture_only_decorates(tmp_path: Path) -> None:
    read = article(tmp_path, '{src: photo.png, alt: ""}')
    assert read.findings == ()
    assert read.snippet is not None
    assert read.snippet.image == Image("photo.png", "", tmp_path / "photo.png")


@pytest.mark.parametrize("alt", ["", ", alt: ", ", alt: ~", ', alt: "  "'])
def test_a_forgotten_alt_is_a_mistake(tmp_path: Path, alt: str) -> None:
    (found,) = article(tmp_path, f"{{src: photo.png{alt}}}").findings
    assert (found.check, found.line) == ("missing-alt", 4)
    assert 'alt: ""' in found.hint


@pytest.mark.parametrize("field", ["image", "cover"])
def test_a_publication_names_its_pdf_and_nothing_more(tmp_path: Path, field: str) -> None:
    read = publication(tmp_path, f"{field}: guide.pdf")
    assert read.findings == ()
    assert read.snippet is not None
    image = read.snippet.image or read.snippet.details[field]
    assert image == Image("guide.pdf", "", tmp_path / "guide.pdf")
    worded = publication(tmp_path, f"{field}: {{src: guide.pdf, alt: Un guide}}")
    assert worded.findings == ()


@pytest.mark.parametrize("image", ["affiche.pdf", "{src: affiche.pdf}"])
def test_a_poster_elsewhere_needs_words(tmp_path: Path, image: str) -> None:
    (found,) = article(tmp_path, image).findings
    assert (found.check, found.line) == ("missing-alt", 4)
    assert article(tmp_path, "{src: affiche.pdf, alt: L'affiche de la fête}").findings == ()


@pytest.mark.parametrize(
    ("image", "check", "words"),
    [
        ("../guide.pdf", "image-path", "outside the workspace"),
        ("absent.pdf", "image-path", "no picture absent.pdf"),
        ("https://www.example.org/guide.pdf", "bad-url", "must start"),
        ("{src: https://www.example.org/guide.pdf, alt: a}", "image-type", "is on the web"),
        ("{src: dessin.svg, alt: a}", "image-type", "SVG"),
    ],
)
def test_what_cannot_be_shown_is_told_at_its_line(tmp_path: Path, image: str, check: str, words: str) -> None:
    (found,) = article(tmp_path, image).findings
    if check != "bad-url":
        assert (found.check, found.line) == (check, 4)
        assert words in found.message
    assert found.hint


def test_a_picture_that_cannot_be_taken_leaves_the_rest_of_its_snippet_and_is_never_read(tmp_path: Path) -> None:
    for image in ("{src: absent.png, alt: Une salle}", "{src: ../photo.png, alt: Une salle}"):
        read = article(tmp_path, image)
        (found,) = read.findings
        assert read.snippet is not None
        assert read.snippet.image is not None
        assert (read.snippet.image.alt, read.snippet.image.path) == ("Une salle", None)
        assert read.snippet.image.lost == Loss(found.check, found.message, found.hint)
    both = "---\nkind: article\ntitle: a\nimage: {src: absent.png, alt: a}\nstatus: ready\n---\nx"
    (tmp_path / "b.md").write_text(both, encoding="utf-8")
    assert read_snippet(tmp_path / "b.md", tmp_path).snippet is None


def configured(root: Path, *lines: str) -> PictureSettings:
    path = root / "rtesmail.toml"
    path.write_text("\n".join([path.read_text(encoding="utf-8"), "[pictures]", *lines, ""]), encoding="utf-8")
    return load_workspace(root).configuration.pictures


def test_pictures_travel_in_the_message_unless_told_otherwise(root: Path) -> None:
    assert load_workspace(root).configuration.pictures == PictureSettings(PictureDelivery.EMBEDDED, "")
    # The address may wait for its day.
    written = ('delivery = "embedded"', 'base_url = "https://www.example.org/images"')
    assert configured(root, *written) == PictureSettings()


@pytest.mark.parametrize("end", ["", "/"])
def test_hosted_pictures_stand_below_an_address(root: Path, end: str) -> None:
    found = configured(root, 'delivery = "hosted"', f'base_url = "https://www.example.org/images{end}"')
    assert found == PictureSettings(PictureDelivery.HOSTED, "https://www.example.org/images/")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (['delivery = "hosted"'], "need the address"),
        (['delivery = "hosted"', 'base_url = "http://www.example.org/images"'], "https address of a folder"),
        (['delivery = "hosted"', 'base_url = "https://www.example.org/images?size=2"'], "https address of a folder"),
        (['delivery = "hosted"', 'base_url = "https://"'], "https address of a folder"),
        (['delivery = "hosted"', 'base_url = "images"'], "https address of a folder"),
        (['delivery = "by pigeon"'], "cannot be 'by pigeon'"),
        (["quality = 80"], "quality"),
        (["delivery = 3"], "should be a text"),
    ],
)
def test_a_mistake_in_the_settings_is_named_at_its_line(root: Path, lines: list[str], words: str) -> None:
    before = len((root / "rtesmail.toml").read_text(encoding="utf-8").splitlines())
    with pytest.raises(ContentError) as caught:
        configured(root, *lines)
    (found,) = caught.value.findings
    assert words in found.message
    assert found.line is not None
    assert found.line > before
