"""Proofs (BAT, bon à tirer): the edition to colleagues, before its approval, outside the ledger."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rtesmail.delivery.approvals import forget_edition, keep_edition, kept_edition
from rtesmail.delivery.clock import Clock
from rtesmail.delivery.links import keep_links
from rtesmail.model.conditions import words_of
from rtesmail.model.edition import Edition, SentProof
from rtesmail.model.findings import Finding
from rtesmail.model.mailing import DeliveryState, Message, Outcome, Recipient
from rtesmail.model.publication import TransportSettings, Workspace
from rtesmail.rendering.comparing import compare_editions
from rtesmail.rendering.proof_note import ProofNote, add_note
from rtesmail.rendering.translations import translation
from rtesmail.store.moments import from_text, to_text
from rtesmail.store.transactions import reading, transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.delivery.transports.contract import Transport

SUBJECT_MARK = "[BAT]"


def send_proof(
    workspace: Workspace,
    edition: Edition,
    recipients: Sequence[str],
    transport: TransportSettings,
    now: Clock,
    *,
    variant: str | None = None,
    note: ProofNote | None = None,
    sandbox: bool = False,
) -> tuple[tuple[str, Outcome], ...]:
    """Send the edition to each address, its subject marked [BAT]; give what became of each, in order.

    With blocks for some readers only, it is what the readers of a `variant` get, or every block when that is None; the
    mark in the subject says which. A `note` stands above the letter.

    It is signed as the mailing will be, so that what colleagues' servers say of it holds for readers'. The links in it
    belong to nobody on the list: a colleague who tries them unsubscribes no one. In the `sandbox` a provider checks the
    proofs and delivers none.

    Raises:
        RefusedError: the way out has no sandbox.
        StoppedError: the server cannot be reached or refuses the login, the sender or the size.
        WorkspaceError: an address or a key cannot be used.
    """
    import asyncio

    from rtesmail.delivery.messages.composing import Composer, Heading
    from rtesmail.delivery.signing.signatures import load_signer
    from rtesmail.delivery.tokens import LinkMaker, load_secret
    from rtesmail.delivery.transports.registry import build_transport
    from rtesmail.rendering.slots import preview_values

    identity, sample = workspace.configuration.identity, preview_values(workspace)
    noted = add_note(edition, note) if note is not None else edition
    shown = noted.with_every_block if variant is None else noted.for_variant(variant)
    marked = replace(shown, subject=f"{_mark(edition, variant)} {edition.subject}")
    links = LinkMaker(
        secret=load_secret(workspace),
        public_url=identity.public_url,
        mailbox=identity.unsubscribe,
        list_name="",
    )
    heading = Heading(
        list_title="",
        list_name="",
        envelope_sender=transport.envelope_sender,
        seed=uuid.uuid4().hex,
        is_proof=True,
    )
    signer = load_signer(transport.dkim)
    composer = Composer(marked, heading, links, signer.sign if signer is not None else None)
    # No subscriber has the number 0, and no delivery a negative one.
    people = [
        Recipient(-number, 0, address, sample.name, sample.organisation)
        for number, address in enumerate(dict.fromkeys(recipients), start=1)
    ]
    composed = [composer.compose(person, now()) for person in people]
    outcomes = asyncio.run(_deliver_all(build_transport(transport, sandbox=sandbox), composed))
    return tuple((person.email, outcome) for person, outcome in zip(people, outcomes, strict=True))


def prove(
    store: "Database",
    workspace: Workspace,
    edition: Edition,
    findings: Sequence[Finding],
    recipients: Sequence[str],
    transport: TransportSettings,
    now: Clock,
    *,
    variant: str | None = None,
    sandbox: bool = False,
) -> tuple[tuple[str, Outcome], ...]:
    """Send a proof with what the checks found and what changed since the last one above it, and remember it.

    Raises:
        RefusedError, StoppedError, WorkspaceError: as for `send_proof`.
    """
    before = last_proof(store, edition.issue)
    public_url = workspace.configuration.identity.public_url
    changes = compare_editions(kept_edition(store, before.digest), edition, public_url).changes if before else None
    if edition.links:
        # Before it leaves: they must lead somewhere when a colleague opens one.
        with transaction(store) as connection:
            keep_links(connection, edition)
    note = ProofNote(tuple(findings), changes)
    results = send_proof(workspace, edition, recipients, transport, now, variant=variant, note=note, sandbox=sandbox)
    if all_accepted(results) and not sandbox:
        remember_proof(store, edition, now())
    return results


def last_proof(store: "Database", issue_id: str) -> SentProof | None:
    """Give the last proof of an issue; None when colleagues got none."""
    with reading(store) as connection:
        row = connection.execute("SELECT digest, sent_at FROM proofs WHERE issue = ?", (issue_id,)).fetchone()
    return None if row is None else SentProof(row["digest"], from_text(row["sent_at"]))


def remember_proof(store: "Database", edition: Edition, now: datetime) -> None:
    """Keep what colleagues got, in place of the proof before: that edition goes, unless it was approved or sent."""
    with transaction(store) as connection:
        before = connection.execute("SELECT digest FROM proofs WHERE issue = ?", (edition.issue,)).fetchone()
        keep_edition(connection, edition)
        keep_links(connection, edition)
        connection.execute(
            "INSERT INTO proofs (issue, digest, sent_at) VALUES (?, ?, ?) "
            "ON CONFLICT (issue) DO UPDATE SET digest = excluded.digest, sent_at = excluded.sent_at",
            (edition.issue, edition.digest, to_text(now)),
        )
        if before is not None and before["digest"] != edition.digest:
            forget_edition(connection, before["digest"])


def _mark(edition: Edition, variant: str | None) -> str:
    """Give the mark of a proof's subject, in the edition's language as the subject is."""
    if not edition.conditions:
        return SUBJECT_MARK
    words = translation(edition.language)
    if variant is None:
        return words.gettext("[BAT, every block]")
    readers = words_of(edition.conditions, variant)
    return (
        words.gettext("[BAT for: {readers}]").format(readers=readers)
        if readers
        else words.gettext("[BAT for the others]")
    )


async def _deliver_all(transport: "Transport", composed: Sequence[Message | Outcome]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    try:
        for made in composed:
            outcomes += [made] if isinstance(made, Outcome) else await transport.deliver([made])
    finally:
        await transport.close()
    return outcomes


def all_accepted(results: Sequence[tuple[str, Outcome]]) -> bool:
    """Tell whether every proof left."""
    return all(outcome.state is DeliveryState.ACCEPTED for _address, outcome in results)
