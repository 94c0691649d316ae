"""Feeds in rtesmail.toml: what cannot be a feed is told before anything is fetched."""

from pathlib import Path

import pytest

from rtesmail.content.workspace import load_workspace
from rtesmail.model.errors import ContentError
from rtesmail.model.feeds import FeedSettings, FeedText


def written(root: Path, *lines: str) -> Path:
    settings = root / "rtesmail.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\n".join(("", *lines, "")), encoding="utf-8")
    return root


def told(root: Path) -> str:
    with pytest.raises(ContentError) as caught:
        load_workspace(root)
    assert all(one.line for one in caught.value.findings)
    return " ".join(f"{one.message} {one.hint}" for one in caught.value.findings)


def test_what_is_written_is_read(root: Path) -> None:
    lines = (
        "[feeds.actus]",
        'url = "https://www.brumeval.example/feed"',
        'text = "summary"',
        "keep_days = 0",
        'set = { source = "Le site", regions = ["Bretagne"], levels = "commune, région" }',
        "[feeds.agenda]",
        'url = "webcal://www.brumeval.example/agenda.ics"',
        "[feeds.emplois]",
        'url = "flux/emplois.xml"',
        'kind = "job"',
    )
    feeds = load_workspace(written(root, *lines)).configuration.feeds
    assert feeds["actus"] == FeedSettings(
        "actus",
        "https://www.brumeval.example/feed",
        text=FeedText.SUMMARY,
        keep_days=0,
        defaults={"source": "Le site", "regions": ("Bretagne",), "levels": ("commune", "région")},
    )
    assert feeds["agenda"].url == "https://www.brumeval.example/agenda.ics"
    assert (feeds["emplois"].path, feeds["emplois"].kind) == (root / "flux/emplois.xml", "job")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('url = "https://"', "neither an https:// address nor a file"),
        ('url = "ftp://www.brumeval.example/feed"', "neither an https:// address nor a file"),
        ('url = "https://moi:secret@www.brumeval.example/feed"', "must not stand in this file"),
        ('kind = "artcle"', "cannot give snippets of the kind 'artcle'"),
        ('kind = "programme"', "cannot give snippets of the kind 'programme'"),
        ('text = "all"', "text cannot be 'all'"),
        ("keep_days = -1", "keep_days should be a whole number"),
        ('titel = "x"', "titel is not known here"),
        ('set = { sorce = "x" }', "sorce is not a field of article"),
        ('set = { start = "31/02/2025" }', "start"),
        ('set = { status = "reviewed" }', "status is written in the file itself"),
        ('set = { regions = ["Bretange"] }', "There is no region 'Bretange'"),
        ('set = "x"', "set should be a table"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line(root: Path, line: str, words: str) -> None:
    url = "" if line.startswith("url") else 'url = "https://www.brumeval.example/feed"'
    message = told(written(root, "[feeds.site]", url, line))
    assert words in message
    assert "moi:secret" not in message


def test_a_feed_without_an_address_is_told(root: Path) -> None:
    assert "url is missing" in told(written(root, "[feeds.site]", 'kind = "event"'))
