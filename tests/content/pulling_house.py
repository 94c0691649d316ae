"""A house with one feed, and feeds of both kinds to write into it."""

from datetime import date
from pathlib import Path

from rtesmail.content.feeds.pulling import pull_feeds
from rtesmail.content.workspace import load_workspace
from rtesmail.model.feeds import FeedSettings, PulledFeed
from rtesmail.model.publication import Workspace

TODAY = date(2025, 4, 1)
EDITED = "changed at the source, edited here: left alone"


def item(number: int, title: str = "", text: str = "Un texte.", **more: str) -> str:
    elements = {
        "title": title or f"Actu {number}",
        "link": f"https://www.brumeval.example/actu-{number}/",
        "guid": f"https://www.brumeval.example/?p={number}",
        "description": f"<![CDATA[<p>{text}</p>]]>",
        **more,
    }
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in elements.items() if value) + "</item>"


def rss(*items: str) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{"".join(items)}</channel></rss>'


def ics(*events: str) -> str:
    blocks = "".join(f"BEGIN:VEVENT\nUID:{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{blocks}END:VCALENDAR\n".replace("\n", "\r\n")


EVENT = "1@brumeval.example\nSUMMARY:Rencontre\nDTSTART:20250410T090000Z\nLOCATION:Mairie"


class House:
    """A workspace with one feed, a file that the test writes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.feed = root / "feed"
        self.settings = FeedSettings("site", path=self.feed)

    @property
    def workspace(self) -> Workspace:
        return load_workspace(self.root)

    def pull(self, text: str | bytes | None = None, *, today: date = TODAY, is_trial: bool = False) -> PulledFeed:
        if text is not None:
            self.feed.write_bytes(text.encode() if isinstance(text, str) else text)
        (found,) = pull_feeds(self.workspace, [self.settings], today=today, is_trial=is_trial)
        assert not found.error
        return found

    def results(self, text: str | None = None, **how: date) -> list[str]:
        return [entry.result.value for entry in self.pull(text, **how).entries]

    @property
    def drafts(self) -> list[Path]:
        """Every snippet file; what a killed run was about to write is hidden."""
        found = self.workspace.issues.rglob("*.md")
        return sorted(
            path for path in found if not any(part.startswith(".") for part in path.relative_to(self.root).parts)
        )


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
