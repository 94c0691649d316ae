"""A named person's yes to one digest, kept with the very edition that it was given to."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rtesmail.delivery.links import keep_links, totals_of
from rtesmail.delivery.targets import approve_command, named
from rtesmail.model.conditions import Condition
from rtesmail.model.dates import moment_words
from rtesmail.model.edition import Approval, ApprovedAudience, Edition, EditionImage, Variant, Waiver
from rtesmail.model.errors import RefusedError, WorkspaceError
from rtesmail.model.links import CountedLink, mark_of
from rtesmail.model.publication import Sender
from rtesmail.store.moments import from_text, to_text
from rtesmail.store.transactions import reading, transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

_APPROVAL = "SELECT id, issue, digest, approved_by, approved_at FROM approvals "


def approve(
    store: "Database",
    edition: Edition,
    *,
    by: str,
    now: datetime,
    waivers: Sequence[Waiver] = (),
    audiences: Sequence[ApprovedAudience] | None = None,
) -> Approval:
    """Keep the edition, byte for byte, the name of who said yes to it, for whom, and the errors that they let pass.

    Empty `audiences` are every list, and so is None (nobody said), unless the issue's last yes was for some lists only.
    Approving the same digest again gives the approval back that it has, unless it is for others or lets other errors
    pass.

    Raises:
        RefusedError: the name has no letter; or nobody said for whom, and the last yes was for some lists only.
    """
    name = " ".join("".join(sign if sign.isprintable() else " " for sign in by).split())
    if not any(sign.isalpha() for sign in name):
        raise RefusedError(
            _("An approval needs the name of the person who gives it."),
            hint=_('Give it as --by "First name Last name".'),
        )
    with transaction(store) as connection:
        given = _find(connection, edition)
        if audiences is None:
            _refuse_to_widen(given or _latest(connection, edition.issue))
        audiences = audiences or ()
        if given and set(waivers) <= set(given.waivers) and set(audiences) == set(given.audiences):
            return given
        keep_edition(connection, edition)
        keep_links(connection, edition)
        number = connection.execute(
            "INSERT INTO approvals (issue, digest, approved_by, approved_at) VALUES (?, ?, ?, ?)",
            (edition.issue, edition.digest, name, to_text(now)),
        ).lastrowid
        connection.executemany(
            "INSERT INTO waivers (approval_id, check_name, place, message, reason) VALUES (?, ?, ?, ?, ?)",
            [(number, waiver.check, waiver.place, waiver.message, waiver.reason) for waiver in waivers],
        )
        connection.executemany(
            "INSERT INTO approval_audiences (approval_id, list_name, segment, condition) VALUES (?, ?, ?, ?)",
            [(number, one.list_name, one.segment, one.condition) for one in audiences],
        )
        return Approval(edition.issue, edition.digest, name, from_text(to_text(now)), tuple(waivers), tuple(audiences))


def find_approval(store: "Database", edition: Edition) -> Approval | None:
    """Give the approval of exactly this edition, None when it has none."""
    with reading(store) as connection:
        return _find(connection, edition)


def latest_approval(store: "Database", issue_id: str) -> Approval | None:
    """Give the last approval of any edition of an issue: what a changed edition is measured against."""
    with reading(store) as connection:
        return _latest(connection, issue_id)


def require_approval(store: "Database", edition: Edition, time_zone: str) -> Approval:
    """Give the approval of exactly this edition; times are told as the clocks of `time_zone` have them.

    Raises:
        RefusedError: it has none; says so if an earlier state of the issue had one, whose and when.
    """
    approval = find_approval(store, edition)
    if approval is not None:
        return approval
    latest = latest_approval(store, edition.issue)
    hint = _("Look at it, then run: {command}").format(
        command=approve_command(edition.issue, latest.audiences if latest else ())
    )
    if latest is None:
        raise RefusedError(_("{issue} is not approved.").format(issue=edition.issue), hint=hint)
    raise RefusedError(
        _("{issue} has changed since {name} approved it on {moment}.").format(
            issue=edition.issue, name=latest.approved_by, moment=moment_words(latest.approved_at, time_zone)
        ),
        hint=hint,
    )


def load_edition(store: "Database", digest: str) -> Edition:
    """Give a kept edition back.

    Raises:
        WorkspaceError: there is none, or what is kept is no longer what was approved.
    """
    with reading(store) as connection:
        row = connection.execute("SELECT * FROM editions WHERE digest = ?", (digest,)).fetchone()
        images = connection.execute(
            "SELECT content_id, media_type, content FROM edition_images WHERE digest = ? ORDER BY position", (digest,)
        ).fetchall()
        conditions = connection.execute(
            "SELECT levels, regions, roles FROM edition_conditions WHERE digest = ? ORDER BY position", (digest,)
        ).fetchall()
        variants = connection.execute(
            "SELECT key, html, text FROM edition_variants WHERE digest = ? ORDER BY position", (digest,)
        ).fetchall()
    if row is None:
        raise WorkspaceError(_("The database holds no edition {digest}.").format(digest=digest[:12]))
    edition = Edition(
        issue=row["issue"],
        publication=row["publication"],
        language=row["language"],
        sender=Sender(row["sender_name"], row["sender_address"], row["reply_to"]),
        subject=row["subject"],
        preheader=row["preheader"],
        html=row["html"],
        text=row["text"],
        images=tuple(EditionImage(image[0], image[1], bytes(image[2])) for image in images),
        conditions=tuple(Condition(*(tuple(json.loads(field)) for field in condition)) for condition in conditions),
        variants=tuple(Variant(*variant) for variant in variants),
        time_zone=row["time_zone"],
    )
    if edition.digest != digest:
        raise WorkspaceError(
            _("The approved edition {digest} of {issue} was altered in the database.").format(
                digest=digest[:12], issue=edition.issue
            ),
            hint=_("Nothing was sent. Put the database back from a backup, or approve the issue again."),
        )
    return edition


def kept_edition(store: "Database", digest: str) -> Edition:
    """Give a kept edition with where its counted links lead, so that it can be compared with another.

    Raises:
        WorkspaceError: as for `load_edition`.
    """
    edition = load_edition(store, digest)
    links = (CountedLink(mark_of(total.address), total.address) for total in totals_of(store, edition.issue))
    return replace(edition, links=tuple(links))


def _refuse_to_widen(earlier: Approval | None) -> None:
    """Stop before a yes that says nothing of whom it is for makes every list of the few that the last one named."""
    if earlier is None or not earlier.audiences:
        return
    raise RefusedError(
        _("{name} approved {issue} for {audience} only; this approval does not say for whom it is.").format(
            name=earlier.approved_by, issue=earlier.issue, audience=named(earlier.audiences)
        ),
        hint=_("For the same people: {command} (or --for-all, for every list and the web)").format(
            command=approve_command(earlier.issue, earlier.audiences)
        ),
    )


def _latest(connection: sqlite3.Connection, issue_id: str) -> Approval | None:
    row = connection.execute(_APPROVAL + "WHERE issue = ? ORDER BY id DESC LIMIT 1", (issue_id,)).fetchone()
    return None if row is None else _approval(connection, row)


def _find(connection: sqlite3.Connection, edition: Edition) -> Approval | None:
    row = connection.execute(
        _APPROVAL + "WHERE issue = ? AND digest = ? ORDER BY id DESC LIMIT 1", (edition.issue, edition.digest)
    ).fetchone()
    return None if row is None else _approval(connection, row)


def _approval(connection: sqlite3.Connection, row: sqlite3.Row) -> Approval:
    waivers = connection.execute(
        "SELECT check_name, place, message, reason FROM waivers WHERE approval_id = ?", (row["id"],)
    )
    audiences = connection.execute(
        "SELECT list_name, segment, condition FROM approval_audiences WHERE approval_id = ? ORDER BY 1, 2",
        (row["id"],),
    )
    return Approval(
        row["issue"],
        row["digest"],
        row["approved_by"],
        from_text(row["approved_at"]),
        tuple(sorted((Waiver(*waiver) for waiver in waivers), key=_by_line)),
        tuple(ApprovedAudience(*audience) for audience in audiences),
    )


def _by_line(waiver: Waiver) -> tuple[str, str, int, str]:
    """Give an order in which line 7 stands before line 10."""
    path, _colon, line = waiver.place.rpartition(":")
    is_line = line.isdecimal()
    return waiver.check, path if is_line else waiver.place, int(line) if is_line else 0, waiver.message


def keep_edition(connection: sqlite3.Connection, edition: Edition) -> None:
    """Keep an edition, byte for byte, under its digest, within a transaction; one kept already stays."""
    if connection.execute("SELECT 1 FROM editions WHERE digest = ?", (edition.digest,)).fetchone():
        return
    sender = edition.sender
    connection.execute(
        "INSERT INTO editions (digest, issue, publication, language, sender_name, sender_address, reply_to, subject, "
        "preheader, html, text, time_zone) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            edition.digest,
            edition.issue,
            edition.publication,
            edition.language,
            sender.name,
            sender.address,
            sender.reply_to,
            edition.subject,
            edition.preheader,
            edition.html,
            edition.text,
            edition.time_zone,
        ),
    )
    connection.executemany(
        "INSERT INTO edition_images (digest, position, content_id, media_type, content) VALUES (?, ?, ?, ?, ?)",
        [
            (edition.digest, position, image.content_id, image.media_type, image.content)
            for position, image in enumerate(edition.images)
        ],
    )
    connection.executemany(
        "INSERT INTO edition_conditions (digest, position, levels, regions, roles) VALUES (?, ?, ?, ?, ?)",
        [
            (
                edition.digest,
                position,
                *(json.dumps(field, ensure_ascii=False) for field in (c.levels, c.regions, c.roles)),
            )
            for position, c in enumerate(edition.conditions)
        ],
    )
    connection.executemany(
        "INSERT INTO edition_variants (digest, position, key, html, text) VALUES (?, ?, ?, ?, ?)",
        [
            (edition.digest, position, variant.key, variant.html, variant.text)
            for position, variant in enumerate(edition.variants)
        ],
    )


def forget_edition(connection: sqlite3.Connection, digest: str) -> None:
    """Let a kept edition go, within a transaction; one that was approved, sent or proofed stays."""
    used = """SELECT 1 FROM approvals WHERE digest = :digest UNION ALL SELECT 1 FROM mailings
    WHERE edition_digest = :digest UNION ALL SELECT 1 FROM proofs WHERE digest = :digest"""
    if connection.execute(used, {"digest": digest}).fetchone():
        return
    for table in ("edition_images", "edition_conditions", "edition_variants", "editions"):
        connection.execute(f"DELETE FROM {table} WHERE digest = ?", (digest,))
