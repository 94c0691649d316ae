"""What is kept of a mailing in files: its certificate, and on demand every person's delivery as a CSV file."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from gettext import gettext as _
from pathlib import Path

from rtesmail.audience.spreadsheets import as_plain_cell
from rtesmail.delivery.accounts import DeliveryLine
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.mailing import DeliveryState
from rtesmail.model.system_words import system_words
from rtesmail.store.moments import to_text


def require_new_files(paths: Iterable[Path]) -> None:
    """Refuse, before any work, to write over what is kept, or into a folder that is not there.

    Raises:
        WorkspaceError: a file has the name already, or its folder is missing.
    """
    for path in paths:
        if path.exists() or path.is_symlink():
            raise WorkspaceError(
                _("{path} exists already and is left as it is.").format(path=path), hint=_("Give another name.")
            )
        if not path.parent.is_dir():
            raise WorkspaceError(
                _("There is no folder {path}.").format(path=path.parent), hint=_("Make it, or give another one.")
            )


def keep_files(contents: Mapping[Path, str]) -> None:
    """Write new files, all of them or none.

    Raises:
        WorkspaceError: one cannot be written; the others are gone again.
    """
    written: list[Path] = []
    try:
        for path, text in contents.items():
            with path.open("x", encoding="utf-8", errors="replace", newline="") as file:
                written.append(path)
                file.write(text)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise WorkspaceError(
            _("{path} cannot be written: {reason}.").format(path=path, reason=system_words(error)),
            hint=_("Check that the folder can be written to and that the disk is not full; no file was kept."),
        ) from error


def people_table(lines: Iterable[DeliveryLine], words: Mapping[DeliveryState, str]) -> str:
    """Give every delivery as CSV for a spreadsheet, semicolons between cells; `words` name the states, times are UTC.

    No cell is a formula to the program that opens it; the mark in front says which encoding the file has.
    """
    text = io.StringIO(newline="")
    text.write("\ufeff")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(
        (
            _("delivery"),
            _("address"),
            _("name"),
            _("organisation"),
            _("state"),
            _("attempts"),
            _("way out"),
            _("last sent (UTC)"),
            _("settled (UTC)"),
            _("decided by"),
            _("code"),
            _("what was answered"),
            "Message-ID",
        )
    )
    for line in lines:
        code = " ".join(part for part in (str(line.code or ""), line.enhanced) if part)
        cells = (line.email, line.name, line.organisation, words[line.state], str(line.attempts), line.transport)
        moments = (_moment(line.sending_at), _moment(line.settled_at))
        told = (line.settled_by, code, line.reply.removeprefix(f"{line.enhanced} "), line.message_id)
        writer.writerow((line.delivery, *map(as_plain_cell, (*cells, *moments, *told))))
    return text.getvalue()


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else to_text(moment)[:19].replace("T", " ")
