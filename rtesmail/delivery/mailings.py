"""Mailings: an approved edition for a list at a time, from the schedule to the end."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.delivery import audiences, ledger, targets
from rtesmail.delivery.targets import Part, as_one_word
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.mailing import Mailing, MailingState
from rtesmail.store.moments import from_text, optional_moment, optional_text, to_text
from rtesmail.store.transactions import reading, transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.model.publication import Workspace


def find(store: "Database", issue_id: str, list_name: str, segment: str = "") -> Mailing | None:
    """Give the mailing of an issue to a list or to a segment of it, unless it was cancelled."""
    with reading(store) as connection:
        return _find(connection, issue_id, list_name, segment)


def of_issue(store: "Database", issue_id: str) -> tuple[Mailing, ...]:
    """Give all mailings of an issue, cancelled ones too, oldest first."""
    with reading(store) as connection:
        rows = connection.execute("SELECT * FROM mailings WHERE issue = ? ORDER BY id", (issue_id,)).fetchall()
    return tuple(_mailing(row) for row in rows)


def get(store: "Database", mailing: int) -> Mailing:
    """Give a mailing by its number."""
    with reading(store) as connection:
        return _get(connection, mailing)


def due(store: "Database", now: datetime) -> tuple[Mailing, ...]:
    """Give what cron must look at: scheduled mailings whose time has come, begun or not, in the order of time.

    A mailing that a person began by hand is theirs to go on with (`--limit` makes a trial of it), unless its pace ended
    the run: it goes on when that allows. Once nobody waits for a first attempt, those whom a server asked to try again
    later are among what is due.
    """
    with reading(store) as connection:
        rows = connection.execute(
            "SELECT * FROM mailings WHERE state IN ('scheduled', 'sending') "
            "AND (resume_at IS NULL OR resume_at <= :now OR not_after <= :now) "
            "AND (scheduled_at <= :now OR resume_at <= :now OR (scheduled_at IS NULL AND "
            "EXISTS (SELECT 1 FROM deliveries WHERE mailing_id = mailings.id AND state = 'deferred' "
            "AND next_attempt_at <= :now) AND "
            "NOT EXISTS (SELECT 1 FROM deliveries WHERE mailing_id = mailings.id AND state = 'pending'))) "
            "ORDER BY COALESCE(scheduled_at, started_at), id",
            {"now": to_text(now)},
        ).fetchall()
    return tuple(_mailing(row) for row in rows)


def schedule(
    store: "Database",
    issue_id: str,
    list_name: str,
    *,
    at: datetime,
    not_after: datetime | None,
    now: datetime,
    part: Part | None = None,
) -> Mailing:
    """Plan an issue for a list or a part of it, or move the plan to another time. Nobody is frozen yet.

    The plan keeps the condition of the part as it is now.

    Raises:
        RefusedError: it is already begun or over, or the deadline lies before the time.
    """
    if not_after is not None and not_after <= at:
        raise RefusedError(
            _("The deadline lies before the sending time."), hint=_("Give a later --not-after, or none at all.")
        )
    if not_after is not None and not_after <= now:
        if at <= now:
            raise RefusedError(
                _("The sending time is past, and so is the deadline."), hint=_("Give a later time: --at")
            )
        raise RefusedError(_("The deadline is already past."), hint=_("Give a later --not-after, or none at all."))
    with transaction(store) as connection:
        segment, condition = ("", "") if part is None else (part.segment, part.condition)
        known = _find(connection, issue_id, list_name, segment)
        if known is not None and (known.edition_digest is not None or known.state is MailingState.FINISHED):
            raise RefusedError(
                _("{issue} to {list} is already {state} and cannot be scheduled again.").format(
                    issue=issue_id, list=targets.words(list_name, segment), state=state_word(known.state)
                ),
                hint=_("Look at it with: rtesmail status {issue}").format(issue=issue_id),
            )
        times = (to_text(at), None if not_after is None else to_text(not_after))
        if known is not None:
            connection.execute(
                "UPDATE mailings SET state = 'scheduled', scheduled_at = ?, not_after = ?, finished_at = NULL, "
                "condition = ? WHERE id = ?",
                (*times, condition, known.id),
            )
            return _get(connection, known.id)
        number = _insert(connection, issue_id, list_name, part, now)
        connection.execute("UPDATE mailings SET scheduled_at = ?, not_after = ? WHERE id = ?", (*times, number))
        return _get(connection, number)


def begin(
    store: "Database",
    *,
    issue_id: str,
    list_name: str,
    digest: str,
    now: datetime,
    part: Part | None = None,
    group_of: Callable[[str], str] = lambda _address: "",
    variant_of: audiences.VariantOf = audiences.same_for_all,
    frequency: str = "",
) -> Mailing:
    """Freeze the audience and bind the edition, in one transaction; one already begun is given as it stands.

    Raises:
        RefusedError: the list, or the part of it, holds nobody who can be written to.
    """
    with transaction(store) as connection:
        segment = "" if part is None else part.segment
        known = _find(connection, issue_id, list_name, segment)
        if known is not None and known.state is not MailingState.SCHEDULED:
            return known
        number = known.id if known is not None else _insert(connection, issue_id, list_name, part, now)
        audience = audiences.freeze(
            connection,
            number,
            issue=issue_id,
            list_name=list_name,
            group_of=group_of,
            variant_of=variant_of,
            part=part,
            frequency=frequency,
            now=now,
        )
        if audience == 0:
            raise _nobody(list_name, segment)
        connection.execute(
            "UPDATE mailings SET state = 'sending', edition_digest = ?, audience = ?, condition = ?, frequency = ?, "
            "started_at = ? WHERE id = ?",
            (digest, audience, "" if part is None else part.condition, frequency, to_text(now), number),
        )
        return _get(connection, number)


def finish(store: "Database", mailing: int, *, now: datetime, resume_at: datetime | None = None) -> Mailing:
    """Call a mailing finished when nobody waits any more; give it as it then stands.

    `resume_at` is when a run that its pace ended is to go on.
    """
    with transaction(store) as connection:
        connection.execute("UPDATE mailings SET resume_at = ? WHERE id = ?", (optional_text(resume_at), mailing))
        is_begun = _get(connection, mailing).state is MailingState.SENDING
        if is_begun and not ledger.has_live_rows(connection, mailing):
            _end(connection, mailing, MailingState.FINISHED, now)
        return _get(connection, mailing)


def reopen(connection: sqlite3.Connection, mailing: int) -> None:
    """Let a finished mailing go on, for those whom a person has put back."""
    connection.execute("UPDATE mailings SET state = 'sending', finished_at = NULL WHERE id = ?", (mailing,))


def expire(store: "Database", mailing: int, *, now: datetime) -> int:
    """End a mailing whose deadline is past; give how many waiting people are skipped, with that reason."""
    with transaction(store) as connection:
        skipped = ledger.skip_remaining(connection, mailing, reason=_("the deadline was past"), now=now)
        _end(connection, mailing, MailingState.EXPIRED, now)
        return skipped


def cancel(store: "Database", mailing: int, *, now: datetime) -> int:
    """End a mailing because a person says so; give how many waiting people are skipped, with that reason.

    A cancelled mailing leaves room for a new one, which leaves out everybody this one reached.

    Raises:
        RefusedError: it is finished or cancelled already.
    """
    with transaction(store) as connection:
        known = _get(connection, mailing)
        if known.state in (MailingState.FINISHED, MailingState.CANCELLED):
            raise RefusedError(
                _("{issue} to {list} is {state}: there is nothing to cancel.").format(
                    issue=known.issue,
                    list=targets.words(known.list_name, known.segment),
                    state=state_word(known.state),
                )
            )
        skipped = ledger.skip_remaining(connection, mailing, reason=_("the mailing was cancelled"), now=now)
        _end(connection, mailing, MailingState.CANCELLED, now)
        return skipped


def require_list(store: "Database", workspace: "Workspace", list_name: str) -> None:
    """Refuse a name that no list has; one that `rtesmail.toml` knows may be empty.

    Raises:
        WorkspaceError: there is no such list; the known names come with it.
    """
    with reading(store) as connection:
        kept = [row["name"] for row in connection.execute("SELECT name FROM lists")]
    names = sorted({*kept, *workspace.configuration.lists})
    if list_name in names:
        return
    known = _("Known lists: {names}.").format(names=", ".join(names))
    raise WorkspaceError(
        _("There is no list {list}.").format(list=list_name),
        hint=known
        if names
        else _("Make one with: rtesmail import FILE.csv --list {list}").format(list=as_one_word(list_name)),
    )


def state_word(state: MailingState) -> str:
    """Name a state for a person."""
    words = {
        MailingState.SCHEDULED: _("scheduled"),
        MailingState.SENDING: _("begun"),
        MailingState.FINISHED: _("finished"),
        MailingState.EXPIRED: _("expired"),
        MailingState.CANCELLED: _("cancelled"),
    }
    return words[state]


def _nobody(list_name: str, segment: str) -> RefusedError:
    if not segment:
        return RefusedError(
            _("Nobody on the list {list} can be written to.").format(list=list_name),
            hint=_("Look at it with: rtesmail people --list {list}").format(list=as_one_word(list_name)),
        )
    return RefusedError(
        _("Nobody on the list {list} whom the segment {segment} asks for can be written to.").format(
            list=list_name, segment=segment
        ),
        hint=_("Look at it with: rtesmail segments explain {segment} --list {list}").format(
            list=as_one_word(list_name), segment=as_one_word(segment)
        ),
    )


def _find(connection: sqlite3.Connection, issue_id: str, list_name: str, segment: str) -> Mailing | None:
    row = connection.execute(
        "SELECT * FROM mailings WHERE issue = ? AND list_name = ? AND segment = ? AND state <> 'cancelled'",
        (issue_id, list_name, segment),
    ).fetchone()
    return None if row is None else _mailing(row)


def _get(connection: sqlite3.Connection, mailing: int) -> Mailing:
    row = connection.execute("SELECT * FROM mailings WHERE id = ?", (mailing,)).fetchone()
    if row is None:
        raise WorkspaceError(_("There is no mailing {number}.").format(number=mailing))
    return _mailing(row)


def _insert(connection: sqlite3.Connection, issue_id: str, list_name: str, part: Part | None, now: datetime) -> int:
    segment, condition = ("", "") if part is None else (part.segment, part.condition)
    row = connection.execute(
        "INSERT INTO mailings (issue, list_name, segment, condition, state, created_at) "
        "VALUES (?, ?, ?, ?, 'scheduled', ?) RETURNING id",
        (issue_id, list_name, segment, condition, to_text(now)),
    ).fetchone()
    return int(row[0])


def _end(connection: sqlite3.Connection, mailing: int, state: MailingState, now: datetime) -> None:
    connection.execute(
        "UPDATE mailings SET state = ?, finished_at = ? WHERE id = ?", (state.value, to_text(now), mailing)
    )


def _mailing(row: sqlite3.Row) -> Mailing:
    return Mailing(
        id=row["id"],
        issue=row["issue"],
        list_name=row["list_name"],
        state=MailingState(row["state"]),
        created_at=from_text(row["created_at"]),
        edition_digest=row["edition_digest"],
        audience=row["audience"],
        scheduled_at=optional_moment(row["scheduled_at"]),
        not_after=optional_moment(row["not_after"]),
        started_at=optional_moment(row["started_at"]),
        finished_at=optional_moment(row["finished_at"]),
        resume_at=optional_moment(row["resume_at"]),
        segment=row["segment"],
        condition=row["condition"],
    )
