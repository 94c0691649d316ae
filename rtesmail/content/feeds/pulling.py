"""Feeds become drafts: each entry once, kept up to date until a person touches its draft."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date
from gettext import gettext as _
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.content.answers import BODY, draft_of
from rtesmail.content.drafts import Draft, Written, draft_text, folder_of, no_place, places_for, write_new
from rtesmail.content.feeds.calendars import is_calendar, read_calendar
from rtesmail.content.feeds.entries import FeedEntry, ReadFeed
from rtesmail.content.feeds.fetching import LARGEST, Fetched, fetch
from rtesmail.content.feeds.memory import Memory, Row, Visit, digest_of, one_at_a_time, read_memory, write_memory
from rtesmail.content.feeds.shelf import Shelf, Shelved, shelve
from rtesmail.content.feeds.syndication import read_syndication
from rtesmail.content.link_cleaning import page_key
from rtesmail.content.replacing import replace_file
from rtesmail.content.snippets import Pool, read_pool
from rtesmail.model.errors import RtesmailError, WorkspaceError
from rtesmail.model.feeds import FeedSettings, PulledEntry, PulledFeed, PullResult
from rtesmail.model.publication import Workspace
from rtesmail.model.system_words import system_words


class _Step(Struct):
    """What is to be done with one entry; `text` is the file to be written, None when none is."""

    told: PulledEntry
    row: Row | None = None
    text: str | None = None
    is_new: bool = False


def pull_feeds(
    workspace: Workspace, feeds: Iterable[FeedSettings], *, today: date, is_trial: bool = False
) -> Iterator[PulledFeed]:
    """Pull feeds one after another; one that cannot be read says so and does not hold up the others.

    Raises:
        StoppedError: another process is pulling.
        WorkspaceError: the memory of earlier runs cannot be read, or a draft cannot be written.
    """
    with one_at_a_time(workspace.issues):
        pulling = _Pulling(workspace, today, is_trial=is_trial)
        for feed in feeds:
            yield pulling.pull(feed)


class _Pulling:
    """One run: what is remembered, and every snippet file, so that nothing comes in twice."""

    def __init__(self, workspace: Workspace, today: date, *, is_trial: bool) -> None:
        self.workspace = workspace
        self.today = today
        self.is_trial = is_trial
        self.zone = ZoneInfo(workspace.configuration.identity.time_zone)
        self.memory: Memory = read_memory(workspace)
        self.shelf = Shelf(workspace)
        self.pool: Pool = read_pool(workspace)
        # Also the ids of drafts that were deleted: another draft under one would be taken for theirs.
        self.reserved = {row.draft for row in self.memory.rows if row.made}

    def pull(self, feed: FeedSettings) -> PulledFeed:
        """Read one feed and do what its entries ask for."""
        told = PulledFeed(feed.name, feed.place)
        visit = self.memory.visits.get(feed.name, Visit())
        settings = self._settings(feed)
        if visit.settings != settings:
            visit = Visit()
        try:
            fetched = self._fetched(feed, visit)
            if fetched.content is None:
                return replace(told, is_unmodified=True)
            read = self._read(feed, fetched, fetched.content)
        except RtesmailError as error:
            return replace(told, error=str(error), hint=error.hint)
        steps = self._steps(feed, read)
        if not self.is_trial:
            # New dates come out of the same calendar when days pass: it is read each time.
            done = Visit() if read.is_repeating else Visit(fetched.etag, fetched.modified, settings)
            self._carry_out(feed, steps, done)
        brought = [entry for entry, step in zip(read.entries, steps, strict=True) if step.text is not None]
        entries = [step.told for step in steps]
        if read.beyond:
            reason = _("beyond the first entries, which alone are read ({n} more)").format(n=read.beyond)
            entries.append(PulledEntry(PullResult.SKIPPED, "…", reason=reason))
        return replace(told, entries=tuple(entries), left_out=sum(entry.pictures for entry in brought))

    def _settings(self, feed: FeedSettings) -> str:
        told = [feed.place, feed.kind, feed.text, feed.keep_days, sorted(feed.defaults.items())]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]

    def _fetched(self, feed: FeedSettings, visit: Visit) -> Fetched:
        if feed.path is None:
            site = self.workspace.configuration.identity.site
            return fetch(feed.url, site=site, etag=visit.etag, modified=visit.modified)
        try:
            with feed.path.open("rb") as opened:
                content = opened.read(LARGEST + 1)
        except OSError as error:
            raise WorkspaceError(
                _("{name} cannot be read: {reason}.").format(name=feed.path, reason=system_words(error)),
                hint=_("Check its name and its permissions."),
            ) from error
        if len(content) > LARGEST:
            raise WorkspaceError(
                _("{name} is too large: more than {n} MB.").format(name=feed.path, n=LARGEST // 1_000_000)
            )
        return Fetched(feed.path.name, content)

    def _read(self, feed: FeedSettings, fetched: Fetched, content: bytes) -> ReadFeed:
        if is_calendar(content):
            return read_calendar(content, fetched.address, self.zone, self.today)
        return read_syndication(content, fetched.address, self.zone, media_type=fetched.media_type, text=feed.text)

    def _steps(self, feed: FeedSettings, read: ReadFeed) -> list[_Step]:
        seen: set[str] = set()
        steps = []
        for entry in read.entries:
            is_again = not seen.isdisjoint(entry.keys)
            seen.update(entry.keys)
            twice = _skipped(entry, _("it stands in the feed twice"))
            steps.append(twice if is_again else self._step(feed, read, entry))
        return steps

    def _step(self, feed: FeedSettings, read: ReadFeed, entry: FeedEntry) -> _Step:
        if entry.problem or not entry.keys:
            return _skipped(entry, entry.problem)
        draft = _draft_of(feed, read, entry)
        row = self.memory.find(entry.keys)
        if row is None:
            reason = self._reason_against(feed, read, entry)
            return reason or self._new(feed, entry, draft, None)
        if row.feed != feed.name and row.feed in self.workspace.configuration.feeds:
            return _skipped(entry, _("it came in through the feed {name}").format(name=row.feed), is_quiet=True)
        return self._known(feed, entry, draft, row)

    def _reason_against(self, feed: FeedSettings, read: ReadFeed, entry: FeedEntry) -> _Step | None:
        """Say why what is seen for the first time is no draft."""
        if entry.is_cancelled:
            return _skipped(entry, _("it is cancelled"), is_quiet=True)
        is_event = read.kind == "event"
        days_ago = (self.today - entry.day).days if entry.day else 0
        if is_event and days_ago > 0:
            return _skipped(entry, _("it is over"), is_quiet=True)
        if not is_event and feed.keep_days and days_ago > feed.keep_days:
            return _skipped(entry, _("it is older than {n} days").format(n=feed.keep_days), is_quiet=True)
        other = self._on_shelf(entry)
        if other is not None:
            path = other.path.relative_to(self.workspace.root)
            return _skipped(entry, _("it is here already: {path}").format(path=path), is_quiet=True)
        return None

    def _on_shelf(self, entry: FeedEntry) -> Shelved | None:
        """Give a snippet that leads to the same page, and for an event has the same day."""
        return self.shelf.of_page(page_key(entry.url), entry.fields.get("start", "").partition(" ")[0])

    def _new(self, feed: FeedSettings, entry: FeedEntry, draft: Draft, row: Row | None) -> _Step:
        folder = folder_of(self.workspace, draft.kind, self.pool)
        taken = {*self.pool.snippets, *self.pool.mistakes, *self.shelf.ids, *self.reserved}
        for place in places_for(draft, folder, taken):
            if place.path.exists():
                continue
            self.reserved.add(place.id)
            text = draft_text(draft, place.id)
            made = digest_of(text)
            row = row or Row(entry.keys, feed.name, place.id, "", entry.digest)
            row.feed, row.draft, row.made, row.source, row.next = feed.name, place.id, "", entry.digest, made
            return _Step(_told(PullResult.NEW, entry, place.path, place.id), row, text, is_new=True)
        raise no_place(draft)

    def _known(self, feed: FeedSettings, entry: FeedEntry, draft: Draft, row: Row) -> _Step:
        found = self.shelf.of_id(row.draft, row.made, row.next) or self._on_shelf(entry)
        if found is None:
            if row.made:
                return _skipped(entry, _("its draft was deleted here"), is_quiet=True)
            # A run died before it wrote the file.
            return _skipped(entry, _("it is cancelled")) if entry.is_cancelled else self._new(feed, entry, draft, row)
        is_touched = found.digest not in (row.made, row.next)
        has_changed = row.source != entry.digest
        row.feed, row.source = feed.name, entry.digest
        self.memory.also_called(row, entry.keys)
        if entry.is_cancelled:
            reason = _("cancelled at the source: delete the draft, or tell readers")
            return _Step(_told(PullResult.SKIPPED, entry, found.path, found.id, reason), row)
        if is_touched:
            reason = _("changed at the source, edited here: left alone") if has_changed else ""
            return _Step(_told(PullResult.EDITED, entry, found.path, found.id, reason, is_quiet=not has_changed), row)
        text = draft_text(draft, found.id)
        if digest_of(text) == found.digest:
            row.made, row.next = found.digest, ""
            return _Step(_told(PullResult.UNCHANGED, entry, found.path, found.id, is_quiet=True), row)
        row.made, row.next = found.digest, digest_of(text)
        return _Step(_told(PullResult.UPDATED, entry, found.path, found.id), row, text)

    def _carry_out(self, feed: FeedSettings, steps: list[_Step], visit: Visit) -> None:
        """Write what is to be written; a run that dies anywhere is gone on with by the next one."""
        for step in steps:
            if step.is_new and step.row is not None and self.memory.find(step.row.keys) is None:
                self.memory.add(step.row)
        # Until all of it is dealt with, the site is asked for the whole feed again.
        self.memory.visits.pop(feed.name, None)
        if any(step.text is not None for step in steps):
            write_memory(self.workspace, self.memory)
        for step in steps:
            if step.text is not None and step.row is not None and step.told.path is not None:
                step.told = self._write(step.told, step.told.path, step.row, step.text, is_new=step.is_new)
        is_whole = all(step.row is None or not step.row.next for step in steps)
        if is_whole and (visit.etag or visit.modified):
            self.memory.visits[feed.name] = visit
        write_memory(self.workspace, self.memory)

    def _write(self, told: PulledEntry, path: Path, row: Row, text: str, *, is_new: bool) -> PulledEntry:
        if is_new:
            if not write_new(path, text):
                reason = _("somebody has just taken its name: pull again")
                return replace(told, result=PullResult.SKIPPED, path=None, reason=reason)
        else:
            # Somebody may have saved it while the feed was read.
            now = shelve(path)
            if now is None or now.digest != row.made:
                row.next = ""
                reason = _("changed at the source, edited here: left alone")
                return replace(told, result=PullResult.EDITED, reason=reason)
            replace_file(path, text)
        row.made, row.next = row.next, ""
        if is_new and (written := shelve(path)) is not None:
            self.shelf.add(written)
        return told


def _draft_of(feed: FeedSettings, read: ReadFeed, entry: FeedEntry) -> Draft:
    """Give the draft of an entry; what the feed does not say comes from the configuration."""
    defaults: dict[str, Written] = dict(feed.defaults)
    told = {"title": entry.title, "url": entry.url, **entry.fields, BODY: entry.body}
    # A calendar of calls or jobs tells when they fall due; what its kind does not have is left out.
    told["deadline"] = told.get("start", "")
    return draft_of(feed.kind or read.kind, {**defaults, **{name: text for name, text in told.items() if text}})


def _told(
    result: PullResult, entry: FeedEntry, path: Path, identity: str, reason: str = "", *, is_quiet: bool = False
) -> PulledEntry:
    return PulledEntry(result, entry.title, entry.url, path, identity, reason, is_worth_saying=not is_quiet)


def _skipped(entry: FeedEntry, reason: str, *, is_quiet: bool = False) -> _Step:
    return _Step(PulledEntry(PullResult.SKIPPED, entry.title, entry.url, reason=reason, is_worth_saying=not is_quiet))
