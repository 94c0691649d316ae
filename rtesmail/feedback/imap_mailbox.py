"""A mailbox read by IMAP (RFC 3501): messages by UID, within bounds, and put where they belong once dealt with.

No UID outlives the session that it was asked in, so a server may number its messages anew (UIDVALIDITY) whenever it
likes: what was dealt with is known by its bytes, in the database.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.feedback.arrivals import MOST_FORWARDED, Arrival, Place, folder_of
from rtesmail.feedback.imap_login import open_session, told
from rtesmail.feedback.parts import MOST_BYTES
from rtesmail.model.errors import StoppedError, WorkspaceError
from rtesmail.model.mailboxes import AfterReading, MailboxSettings
from rtesmail.model.quoting import quoted

if TYPE_CHECKING:
    from imapclient import IMAPClient

KEYWORD = "rtesmail"
"""The keyword of what was looked at and stays (RFC 3501 section 2.3.2); mail programs show it as a label, or not."""

_MOST_IN_GROUP = 50
_MOST_ASKED = 200
_MOST_SEARCHED = 50_000


class ImapMailbox:
    """One folder of an IMAP server. With `is_trial` it is opened read-only: the server itself then changes nothing."""

    def __init__(self, settings: MailboxSettings, *, is_trial: bool = False) -> None:
        self._settings, self._is_trial = settings, is_trial
        self._session: IMAPClient | None = None
        self._takes_keywords = False
        self._count = 0
        self._folders: dict[Place, str] = {}

    @property
    def name(self) -> str:
        return self._settings.name

    def groups(self) -> Iterator[Sequence[Arrival]]:
        client = self._open()
        numbers = self._waiting()
        for start in range(0, len(numbers), _MOST_ASKED):
            asked = numbers[start : start + _MOST_ASKED]
            with self._talking():
                found = client.fetch(asked, ["RFC822.SIZE", "INTERNALDATE"])
            # Servers tell news of other messages in between, and nothing of one that is gone.
            sizes = {number: found[number] for number in asked if b"RFC822.SIZE" in found.get(number, ())}
            for group in _grouped({number: int(facts[b"RFC822.SIZE"]) for number, facts in sizes.items()}):
                yield [
                    Arrival(
                        where=f"{self._settings.folder} ({number})",
                        mark=number,
                        content=content,
                        size=int(sizes[number][b"RFC822.SIZE"]),
                        arrived_at=_aware(sizes[number].get(b"INTERNALDATE")),
                    )
                    for number, content in self._contents(group, MOST_BYTES)
                ]

    def whole(self, arrival: Arrival) -> bytes:
        if arrival.size <= len(arrival.content) or arrival.size <= MOST_BYTES:
            return arrival.content
        return next((content for _number, content in self._contents([int(arrival.mark)], MOST_FORWARDED)), b"")

    def settle(self, settled: Sequence[tuple[Arrival, Place]]) -> None:
        if self._is_trial:
            return
        for place in Place:
            numbers = [int(arrival.mark) for arrival, wanted in settled if wanted is place]
            if numbers:
                with self._talking():
                    self._put(numbers, place)

    def gives_again(self, place: Place) -> bool:
        return not self._takes_keywords and (place is Place.STAYS or self._settings.after is not AfterReading.MOVE)

    def close(self) -> None:
        if self._session is not None:
            # The server may be gone; nothing more is wanted of it.
            with suppress(Exception):
                self._session.logout()
            self._session = None

    def _open(self) -> "IMAPClient":
        if self._session is not None:
            return self._session
        self._session = client = open_session(self._settings)
        from imapclient.exceptions import IMAPClientError

        with self._talking():
            try:
                opened = client.select_folder(self._settings.folder, readonly=self._is_trial)
            except client.AbortError:
                raise
            except IMAPClientError as error:
                raise WorkspaceError(
                    _("Mailbox {name} has no folder {folder} that can be opened: {reason}").format(
                        name=self.name, folder=quoted(self._settings.folder), reason=told(error)
                    ),
                    hint=_("Correct folder in [mailboxes.{name}] of rtesmail.toml; the usual one is INBOX.").format(
                        name=self.name
                    ),
                ) from None
        self._count = int(opened.get(b"EXISTS", 0))
        allowed = {flag.lower() for flag in opened.get(b"PERMANENTFLAGS", ())}
        self._takes_keywords = b"\\*" in allowed or KEYWORD.encode() in allowed
        return client

    def _waiting(self) -> list[int]:
        """Give the messages that were not dealt with, asked for in pieces: an answer's line has its limits too."""
        numbers: list[int] = []
        for start in range(1, self._count + 1, _MOST_SEARCHED):
            piece = f"{start}:{min(start + _MOST_SEARCHED - 1, self._count)}"
            with self._talking():
                # Whatever a person has opened meanwhile: \Seen says nothing of what was dealt with.
                numbers += self._open().search([piece, "UNDELETED", "UNKEYWORD", KEYWORD])
        return sorted(numbers)

    def _contents(self, numbers: Sequence[int], most: int) -> list[tuple[int, bytes]]:
        client = self._open()
        with self._talking():
            # PEEK: reading here marks nothing as read for people.
            found = client.fetch(numbers, [f"BODY.PEEK[]<0.{most}>"])
        read = {number: facts.get(b"BODY[]<0>") for number, facts in found.items()}
        # Somebody may have deleted one in between.
        return [(number, read[number]) for number in numbers if read.get(number) is not None]

    def _put(self, numbers: list[int], place: Place) -> None:
        client, after = self._open(), self._settings.after
        if place is Place.STAYS or (place is Place.BLOCKED and after is not AfterReading.MOVE):
            self._mark(numbers, [])
        elif after is AfterReading.MARK:
            self._mark(numbers, [b"\\Seen"])
        elif after is AfterReading.DELETE:
            self._delete(numbers)
        elif client.has_capability("MOVE"):
            client.move(numbers, self._folder(place))
        elif client.has_capability("UIDPLUS"):
            # What MOVE does, in steps (RFC 6851 section 3.3); EXPUNGE alone would take away what others have deleted.
            client.copy(numbers, self._folder(place))
            self._delete(numbers)
        else:
            self._mark(numbers, [b"\\Seen"])

    def _mark(self, numbers: list[int], flags: list[bytes]) -> None:
        if self._takes_keywords:
            flags = [*flags, KEYWORD.encode()]
        if flags:
            self._open().add_flags(numbers, flags, silent=True)

    def _delete(self, numbers: list[int]) -> None:
        client = self._open()
        client.delete_messages(numbers, silent=True)
        if client.has_capability("UIDPLUS"):
            client.uid_expunge(numbers)

    def _folder(self, place: Place) -> str:
        """Give the folder's name as this server writes names (RFC 2342), made when it is not there."""
        if place not in self._folders:
            client = self._open()
            prefix, separator = "", "/"
            if client.has_capability("NAMESPACE"):
                personal = client.namespace().personal or (("", "/"),)
                prefix, separator = personal[0][0], personal[0][1] or "/"
            name = f"{prefix}rtesmail{separator}{folder_of(place)}"
            if not client.folder_exists(name):
                client.create_folder(name)
                # Some mail programs show only the folders that are subscribed to.
                client.subscribe_folder(name)
            self._folders[place] = name
        return self._folders[place]

    @contextmanager
    def _talking(self) -> Iterator[None]:
        """Say in plain words what went wrong between the server and us."""
        from imapclient.exceptions import IMAPClientError

        try:
            yield
        except (IMAPClientError, OSError, EOFError, AssertionError, ValueError) as error:
            raise StoppedError(
                _("The conversation with mailbox {name} broke off: {reason}").format(
                    name=self.name, reason=told(error)
                ),
                hint=_("Nothing is lost or done twice: the next run goes on."),
            ) from error


def _grouped(sizes: dict[int, int]) -> Iterator[list[int]]:
    """Put messages together that are asked for at once: not many, and no more bytes than the longest one may have."""
    group: list[int] = []
    total = 0
    for number, size in sizes.items():
        part = min(size, MOST_BYTES)
        if group and (len(group) == _MOST_IN_GROUP or total + part > MOST_BYTES):
            yield group
            group, total = [], 0
        group.append(number)
        total += part
    if group:
        yield group


def _aware(moment: object) -> datetime | None:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else None
