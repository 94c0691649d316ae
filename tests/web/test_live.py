"""What is saved reaches the pages that are open, and no mistake closes the preview."""

import shutil
from pathlib import Path

APRIL = "2025-04-mensuelle"
SNIPPET = Path("issues/snippets/agenda/2025-04-24-travailler-avec-l-ess.md")


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_save_reaches_the_open_page(preview) -> None:
    with preview.events() as events:
        assert next(events) == "hello"
        rewrite(preview.root / SNIPPET, "title: ", "title: Nouveau, ")
        assert next(events) == "change"
    assert "Nouveau, " in preview.page(f"/issue/{APRIL}?view=text")


def test_every_kind_of_file_is_watched(preview) -> None:
    shutil.copytree(Path(__file__).parents[2] / "templates", preview.root / "templates", dirs_exist_ok=True)
    templates = sorted((preview.root / "templates").rglob("*.j2"))
    with preview.events() as events:
        assert next(events) == "hello"
        for path in (
            preview.root / "rtesmail.toml",
            preview.root / "issues" / APRIL / "issue.toml",
            preview.root / SNIPPET,
            templates[0],
        ):
            path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
            assert next(events) == "change", path


def test_an_editor_that_replaces_the_file_is_noticed(preview) -> None:
    path = preview.root / "rtesmail.toml"
    with preview.events() as events:
        assert next(events) == "hello"
        for turn in range(2):
            beside = path.with_name(".rtesmail.toml.new")
            beside.write_text(path.read_text(encoding="utf-8") + f"# {turn}\n", encoding="utf-8")
            beside.replace(path)
            assert next(events) == "change"


def test_a_folder_of_templates_made_meanwhile_is_watched(preview) -> None:
    templates = preview.root / "templates"
    templates.rmdir()
    with preview.events() as events:
        assert next(events) == "hello"
        templates.mkdir()
        page = templates / "note.txt"
        page.write_text("one\n")
        assert next(events) == "change"
        page.write_text("another\n")
        assert next(events) == "change"


def test_an_approval_given_elsewhere_reaches_the_open_page(preview) -> None:
    with preview.events() as events:
        assert next(events) == "hello"
        (preview.root / "lists" / "rtesmail.db").write_bytes(b"")
        assert next(events) == "change"


def test_a_broken_snippet_shows_its_line_and_what_to_write_then_recovers(preview) -> None:
    path = preview.root / SNIPPET
    good = path.read_text(encoding="utf-8")
    line = next(i for i, text in enumerate(good.splitlines(), 1) if text.startswith("start:"))
    rewrite(path, "start: 2025-04-24", "start: 2025-04-31")

    broken = preview.page(f"/issue/{APRIL}")
    assert f"agenda/<wbr>{path.name}:{line}" in broken

    path.write_text(good, encoding="utf-8")
    mended = preview.page(f"/issue/{APRIL}")
    assert f"{path.name}:{line}" not in mended
    assert mended.count("<iframe ") == 3


def test_a_broken_snippet_that_no_issue_names_yet_is_told_on_the_list(preview) -> None:
    path = preview.root / "issues" / "snippets" / "nouveau.md"
    path.write_text("---\nkind: event\ntitle: Nouveau\n---\n", encoding="utf-8")
    page = preview.page("/")
    assert "Snippets to mend" in page
    assert "issues/<wbr>snippets/<wbr>nouveau.md" in page
    path.unlink()
    assert "Snippets to mend" not in preview.page("/")


def test_an_issue_that_cannot_be_read_shows_why_and_leaves_the_others_alone(preview) -> None:
    path = preview.root / "issues" / APRIL / "issue.toml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("publication = ", "publication "), encoding="utf-8")

    listed = preview.page("/")
    assert "Cannot be built" in listed
    assert "Le Gard" in listed or "2024-11-invitation-gard" in listed
    page = preview.page(f"/issue/{APRIL}")
    assert f"issues/<wbr>{APRIL}/<wbr>issue.toml:1" in page
    assert "<iframe" not in page
    assert preview.get(f"/issue/{APRIL}/frame").status_code == 404

    path.write_text(good, encoding="utf-8")
    assert preview.page(f"/issue/{APRIL}").count("<iframe ") == 3


def test_a_configuration_that_cannot_be_read_shows_why_on_every_page(preview) -> None:
    path = preview.root / "rtesmail.toml"
    good = path.read_text(encoding="utf-8")
    line = good.splitlines().index("[identity]") + 1
    path.write_text(good.replace("[identity]", "[identity"), encoding="utf-8")
    for address in ("/", f"/issue/{APRIL}"):
        page = preview.page(address)
        assert "The workspace cannot be read" in page
        assert f"rtesmail.toml:{line}" in page
    assert preview.get(f"/issue/{APRIL}/frame").status_code == 404

    path.write_text(good, encoding="utf-8")
    assert "La newsletter du RTES" in preview.page("/")


def test_a_template_that_cannot_be_read_shows_why(preview) -> None:
    shutil.copytree(Path(__file__).parents[2] / "templates", preview.root / "templates", dirs_exist_ok=True)
    path = preview.root / "templates" / "monthly.mjml.j2"
    good = path.read_text(encoding="utf-8")
    path.write_text(good + "{% if %}", encoding="utf-8")
    page = preview.page(f"/issue/{APRIL}")
    assert "Cannot be built" in page
    assert f"templates/<wbr>monthly.mjml.j2:{len((good + ' ').splitlines())}" in page

    path.write_text(good, encoding="utf-8")
    assert preview.page(f"/issue/{APRIL}").count("<iframe ") == 3


def test_a_workspace_that_vanishes_does_not_close_the_preview(preview) -> None:
    away = preview.root.with_name("away")
    preview.root.rename(away)
    assert "The workspace cannot be read" in preview.page("/")
    away.rename(preview.root)
    assert "La newsletter du RTES" in preview.page("/")
