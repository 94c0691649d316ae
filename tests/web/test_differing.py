"""Beside the mail stands what has changed since somebody said yes, and the letter on paper opens as a PDF."""

import re
from pathlib import Path

from .conftest import APRIL, GARD, Preview


def change(root: Path, old: str, new: str) -> None:
    (path,) = (root / "issues" / "snippets").rglob("bloc-communal.md")
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_what_changed_since_the_approval_is_told_and_nothing_while_it_holds(preview: Preview, rtesmail) -> None:
    assert rtesmail("approve", APRIL, "--by", "Anne", cwd=preview.root).returncode == 0
    assert "Since the approval" not in preview.page(f"/issue/{APRIL}")
    change(preview.root, "le jeudi 10 avril", "le jeudi 10 avril prochain")
    page = preview.page(f"/issue/{APRIL}")
    assert "Since the approval" in page
    assert "added: “prochain”" in page


def test_an_issue_never_approved_is_held_against_the_one_before(preview: Preview) -> None:
    earlier = preview.root / "issues" / "2025-03-mensuelle"
    earlier.mkdir()
    text = (preview.root / "issues" / APRIL / "issue.toml").read_text("utf-8")
    (earlier / "issue.toml").write_text(
        text.replace("2025-04-03", "2025-03-04").replace('"2025-04"', '"2025-03"').replace("cinq rendez-vous", "mars"),
        "utf-8",
    )
    page = preview.page(f"/issue/{APRIL}")
    assert "Since 2025-03-mensuelle" in page
    assert "bloc communal et mars" in page
    assert "Since 2025" not in preview.page(f"/issue/{GARD}")


def test_what_stands_in_the_mail_is_text_in_the_account_of_changes(preview: Preview, rtesmail) -> None:
    rtesmail("approve", APRIL, "--by", "Anne", cwd=preview.root)
    change(preview.root, "le jeudi 10 avril", "le jeudi 10 avril <script>alert(1)</script>")
    page = preview.page(f"/issue/{APRIL}")
    assert "<script>alert(1)" not in page


def test_the_letter_on_paper_is_shown_as_it_is_printed(preview: Preview) -> None:
    answer = preview.get(f"/issue/{APRIL}/letter.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-1.")
    assert preview.get("/issue/unknown/letter.pdf").status_code == 404
    assert preview.get("/issue/unknown/letter").status_code == 404
    # What shows a PDF asks for the sign of its tab where browsers always did.
    assert preview.get("/favicon.ico").headers["content-type"].startswith("image/svg+xml")


def test_whoever_waits_for_the_letter_on_paper_is_told_so_and_the_second_look_is_at_once(preview: Preview) -> None:
    letter = f"/issue/{APRIL}/letter"
    assert f'href="{letter}" target="_blank"' in preview.page(f"/issue/{APRIL}")
    waiting = preview.get(letter)
    assert waiting.url.endswith("/letter")
    assert re.search(r'role="status" aria-busy="true"[^>]*>The letter is being set…<', waiting.text)
    # Without a script the page gives way to the PDF by itself.
    assert f'<noscript><meta http-equiv="refresh" content="0; url={letter}.pdf"></noscript>' in waiting.text
    first = preview.get(f"{letter}.pdf").content
    again = preview.get(letter)
    assert (again.url, again.content) == (f"{preview.url}{letter}.pdf", first)
    change(preview.root, "le jeudi 10 avril", "le vendredi 11 avril")
    assert preview.get(letter).url.endswith("/letter")
    assert preview.get(f"{letter}.pdf").content != first
