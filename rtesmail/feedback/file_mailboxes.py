"""Mailboxes that are files of this machine: a Maildir, an mbox file, or files and folders that a person names."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from gettext import gettext as _
from itertools import islice
from pathlib import Path

from rtesmail.feedback.arrivals import MOST_FORWARDED, Arrival, Place, folder_of
from rtesmail.feedback.mailboxes import stored_messages
from rtesmail.feedback.parts import MOST_BYTES
from rtesmail.model.errors import StoppedError, WorkspaceError
from rtesmail.model.mailboxes import AfterReading, MailboxSettings
from rtesmail.model.system_words import system_words

_IN_GROUP = 20


class FilesMailbox:
    """Files of one message, mbox files and folders of these, which are read and left as they are."""

    def __init__(self, name: str, paths: Sequence[Path]) -> None:
        self._name, self._paths = name, tuple(paths)

    @property
    def name(self) -> str:
        return self._name

    def groups(self) -> Iterator[Sequence[Arrival]]:
        for path in self._paths:
            if not path.exists():
                raise WorkspaceError(
                    _("There is no file or folder {path}.").format(path=path), hint=_("Check the path.")
                )
        found = (message for path in self._paths for message in stored_messages(path))
        while group := list(islice(found, _IN_GROUP)):
            yield [
                Arrival(
                    where=f"{message.path}" + (f" ({message.number})" if message.number > 1 else ""),
                    mark=str(message.path),
                    content=message.content,
                    # What is cut cannot be forwarded whole.
                    size=len(message.content) if len(message.content) < MOST_BYTES else MOST_FORWARDED + 1,
                    trouble=message.trouble,
                )
                for message in group
            ]

    def whole(self, arrival: Arrival) -> bytes:
        return arrival.content

    def settle(self, settled: Sequence[tuple[Arrival, Place]]) -> None:
        """Leave them as they are: they belong to who named them. What was dealt with is known by its bytes."""

    def gives_again(self, place: Place) -> bool:
        return True

    def close(self) -> None:
        pass


class MaildirMailbox:
    """A Maildir; what is dealt with goes to folders below it, as Maildir++ has them, or is marked as seen."""

    def __init__(self, settings: MailboxSettings, *, is_trial: bool = False) -> None:
        self._settings, self._is_trial = settings, is_trial
        self._root = settings.path or Path()

    @property
    def name(self) -> str:
        return self._settings.name

    def groups(self) -> Iterator[Sequence[Arrival]]:
        if not ((self._root / "new").is_dir() and (self._root / "cur").is_dir()):
            raise WorkspaceError(
                _("Mailbox {name}: there is no Maildir at {path}.").format(name=self.name, path=self._root),
                hint=_("Correct path in [mailboxes.{name}]: the folder that holds cur, new and tmp.").format(
                    name=self.name
                ),
            )
        files = iter(sorted(file for part in ("cur", "new") for file in self._listed(part)))
        while group := list(islice(files, _IN_GROUP)):
            yield [arrival for file in group if (arrival := self._arrival(file)) is not None]

    def whole(self, arrival: Arrival) -> bytes:
        try:
            with Path(str(arrival.mark)).open("rb") as file:
                return file.read(MOST_FORWARDED)
        except OSError as error:
            raise self._unusable(error) from error

    def settle(self, settled: Sequence[tuple[Arrival, Place]]) -> None:
        if self._is_trial:
            return
        for arrival, place in settled:
            try:
                self._put(Path(str(arrival.mark)), place)
            except FileNotFoundError:
                # Another program has taken it away meanwhile.
                continue
            except OSError as error:
                raise self._unusable(error) from error

    def gives_again(self, place: Place) -> bool:
        return place is Place.STAYS or self._settings.after is not AfterReading.MOVE

    def close(self) -> None:
        pass

    def _listed(self, part: str) -> list[Path]:
        try:
            return [file for file in (self._root / part).iterdir() if not file.name.startswith(".") and file.is_file()]
        except OSError as error:
            raise self._unusable(error) from error

    def _arrival(self, file: Path) -> Arrival | None:
        try:
            with file.open("rb") as opened:
                content = opened.read(MOST_BYTES)
            about = file.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            return Arrival(str(file), str(file), b"", 0, trouble=system_words(error))
        return Arrival(str(file), str(file), content, about.st_size, datetime.fromtimestamp(about.st_mtime, UTC))

    def _put(self, file: Path, place: Place) -> None:
        after = self._settings.after
        if place is Place.STAYS or (place is Place.BLOCKED and after is not AfterReading.MOVE):
            return
        if after is AfterReading.DELETE:
            file.unlink()
            return
        name, _colon, flags = file.name.partition(":2,")
        seen = f"{name}:2,{''.join(sorted({*flags, 'S'}))}"
        file.rename((self._folder(place) if after is AfterReading.MOVE else self._root / "cur") / seen)

    def _folder(self, place: Place) -> Path:
        folder = self._root / f".rtesmail.{folder_of(place)}"
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        return folder / "cur"

    def _unusable(self, error: OSError) -> StoppedError:
        return StoppedError(
            _("Mailbox {name}: {path} cannot be used: {reason}").format(
                name=self.name, path=self._root, reason=system_words(error)
            ),
            hint=_("Check that this user may read and write there and that the disk is not full."),
        )
