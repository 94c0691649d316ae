"""The record of processing in words, for the house's data protection officer (GDPR article 30)."""

from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.cli import setting, terminal
from rtesmail.cli.handovers import basis_words, duration_words
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from rtesmail.model.publication import Workspace
    from rtesmail.privacy.register import Register
    from rtesmail.web.papers import Paper


def register_paper(workspace: "Workspace", register: "Register") -> "Paper":
    """Put the record on a page."""
    from rtesmail.privacy.tables import personal_tables
    from rtesmail.web.papers import Paper, PaperTable

    identity, privacy = workspace.configuration.identity, workspace.configuration.privacy
    lists = PaperTable(
        _("Lists"),
        (_("list"), _("what for"), _("legal basis"), _("people"), _("agreement in the journal")),
        tuple(
            (
                line.list_name,
                line.purpose.purpose or "–",
                basis_words()[line.purpose.legal_basis.value if line.purpose.legal_basis else ""],
                grouped(line.people),
                grouped(line.proven),
            )
            for line in register.lists
        ),
        right=(3, 4),
    )
    held = PaperTable(
        _("What is held, and why"),
        (_("what"), _("why")),
        tuple((table.title, table.why) for table in reversed(personal_tables())),
    )
    return Paper(
        kicker=identity.full_name,
        title=_("Record of processing: newsletters"),
        facts=(
            (_("made on"), setting.local_words(workspace, setting.utc_now())),
            (_("who answers for the data"), ", ".join(filter(None, (identity.full_name, identity.address)))),
            (_("whom to write to"), privacy.contact or identity.contact),
            (_("people"), grouped(register.people)),
            (_("addresses not written to any more"), grouped(register.refusing)),
            (_("handed to, so that mail arrives"), ", ".join(register.recipients) or "–"),
            (_("kept for"), duration_words(register.keep_months)),
            (_("kept for longer than that"), grouped(register.overdue)),
            (_("erased at their request"), grouped(register.erasures.get("request", 0))),
            (_("erased when their time was over"), grouped(register.erasures.get("retention", 0))),
            (
                _("how it is protected"),
                _protection(register),
            ),
        ),
        tables=tuple(table for table in (lists, held) if table.rows),
        closing=tuple(_to_do(register)),
    )


def register_as_json(register: "Register") -> terminal.Json:
    """Give the record as `--json` shows it."""
    return {
        "lists": [
            {
                "name": line.list_name,
                "people": line.people,
                "proven": line.proven,
                "legal_basis": line.purpose.legal_basis.value if line.purpose.legal_basis else None,
                "purpose": line.purpose.purpose,
            }
            for line in register.lists
        ],
        "people": register.people,
        "refusing": register.refusing,
        "recipients": list(register.recipients),
        "keep_months": register.keep_months,
        "overdue": register.overdue,
        "erasures": dict(register.erasures),
        "counting_links": list(register.counting),
    }


def _protection(register: "Register") -> str:
    if not register.counting:
        return _(
            "Journals that only grow, no tracking of opening or clicking, erased addresses kept as a keyed hash only."
        )
    return _(
        "Journals that only grow, no tracking of opening, erased addresses kept as a keyed hash only. Of "
        "{publications}, how often each link was opened is counted, the same address for every reader: a "
        "total, never who or when."
    ).format(publications=", ".join(register.counting))


def _to_do(register: "Register") -> list[str]:
    from rtesmail.model.consent import LegalBasis

    said = []
    unstated = [line.list_name for line in register.lists if line.purpose.legal_basis is None]
    if unstated:
        said.append(
            _('Legal basis not stated: {lists}. Add to rtesmail.toml: [lists."NAME"] legal_basis = "consent"').format(
                lists=", ".join(unstated)
            )
        )
    unproven = [
        line.list_name
        for line in register.lists
        if line.purpose.legal_basis is LegalBasis.CONSENT and line.proven < line.people
    ]
    if unproven:
        said.append(
            _("Consent that the journal cannot prove: {lists}. Keep the proof elsewhere, or ask these people.").format(
                lists=", ".join(unproven)
            )
        )
    if register.overdue:
        said.append(_("People kept for too long: see rtesmail privacy purge --dry-run"))
    return said
