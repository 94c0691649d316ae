"""What is handed to a person who asks what is held on them, in words (GDPR articles 13 to 15)."""

from collections.abc import Mapping
from datetime import date
from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING

from rtesmail.cli import histories, setting
from rtesmail.model.dates import day_words
from rtesmail.model.numbers import grouped
from rtesmail.model.quoting import joined

if TYPE_CHECKING:
    from rtesmail.model.publication import Workspace
    from rtesmail.privacy.handover import Handover, Holding, Value
    from rtesmail.web.papers import Paper, PaperTable

CNIL = "https://www.cnil.fr/fr/plaintes"


def handover_paper(workspace: "Workspace", handover: "Handover") -> "Paper":
    """Put a handover on a page."""
    from rtesmail.web.papers import Paper, PaperTable

    why = PaperTable(
        _("What is held, and why"),
        (_("what"), _("rows"), _("why")),
        tuple((h.title, grouped(len(h.rows)), h.why) for h in handover.holdings),
        right=(1,),
    )
    return Paper(
        kicker=workspace.configuration.identity.full_name,
        title=_("What is held on {address}").format(address=handover.address),
        facts=about(workspace, handover),
        tables=(why, *(_table(workspace, holding) for holding in handover.holdings)),
        closing=(
            _("This page shows what matters; the .json file holds every value. Times are those of {zone}.").format(
                zone=workspace.configuration.identity.time_zone
            ),
        ),
    )


def about(workspace: "Workspace", handover: "Handover") -> tuple[tuple[str, str], ...]:
    """Say what the law wants said beside the data: who, why, to whom, how long, which rights (GDPR article 15(1))."""
    from rtesmail.privacy.register import recipients_of

    configuration = workspace.configuration
    identity, privacy = configuration.identity, configuration.privacy
    lists = [str(row["list_name"]) for h in handover.holdings if h.table == "memberships" for row in h.rows]
    return (
        (_("made on"), setting.local_words(workspace, handover.made_at)),
        (_("who answers for the data"), ", ".join(filter(None, (identity.full_name, identity.address)))),
        (_("whom to write to"), privacy.contact or identity.contact),
        *((_("list {name}").format(name=name), purpose_words(workspace, name)) for name in lists),
        (_("handed to, so that mail arrives"), ", ".join(recipients_of(workspace)) or "–"),
        (_("kept for"), duration_words(privacy.keep_months)),
        (
            _("your rights"),
            _(
                "To see your data, have it corrected, erased or handed to you, restrict its use, object to it, and "
                "take back a consent at any time (GDPR articles 15 to 21 and 7(3))."
            ),
        ),
        (_("complaints"), f"CNIL, {CNIL}"),
    )


def purpose_words(workspace: "Workspace", list_name: str) -> str:
    """Say what a list's people are written to for, and on which legal basis."""
    from rtesmail.model.consent import ListPurpose

    purpose = workspace.configuration.list_purposes.get(list_name, ListPurpose())
    basis = basis_words()[purpose.legal_basis.value if purpose.legal_basis else ""]
    return joined((purpose.purpose, basis))


def basis_words() -> dict[str, str]:
    """Name each legal basis."""
    return {
        "consent": _("consent (GDPR article 6(1)(a))"),
        "legitimate-interest": _("legitimate interest (GDPR article 6(1)(f)), with the right to object"),
        "": _("legal basis not stated"),
    }


def duration_words(months: int) -> str:
    """Say how long people are kept."""
    return ngettext(
        "{n} month after the last contact that came from the person",
        "{n} months after the last contact that came from the person",
        months,
    ).format(n=months)


def _table(workspace: "Workspace", holding: "Holding") -> "PaperTable":
    from rtesmail.web.papers import PaperTable

    words = _column_words()
    if holding.table == "subscribers":
        # One person, many columns: set upright.
        rows = [(words.get(name, name), _shown(workspace, name, row)) for row in holding.rows for name in row]
        return PaperTable(holding.title, (_("what"), _("value")), tuple(rows))
    return PaperTable(
        holding.title,
        tuple(words.get(name, name) for name in holding.readable),
        tuple(tuple(_shown(workspace, name, row) for name in holding.readable) for row in holding.rows),
    )


def _shown(workspace: "Workspace", name: str, row: Mapping[str, "Value"]) -> str:
    from rtesmail.feedback.reasons import words_of
    from rtesmail.store.moments import from_text

    value = str(row.get(name, ""))
    if not value:
        return ""
    if name.endswith("_at"):
        return setting.local_words(workspace, from_text(value))
    if name.endswith("_on"):
        return day_words(date.fromisoformat(value))
    if name == "reason":
        return histories.status_words().get(value) or " ".join(words_of(value).split())
    known = {
        "state": histories.delivery_words,
        "event": histories.consent_words,
        "status": histories.status_words,
        "kind": _kinds,
        "decision": _decisions,
    }
    return known[name]().get(value, value) if name in known else " ".join(value.split())


def _kinds() -> Mapping[str, str]:
    from rtesmail.cli.feedback_words import kind_words

    return {kind.value: words for kind, words in kind_words().items()}


def _decisions() -> Mapping[str, str]:
    from rtesmail.cli.feedback_words import decision_words

    return {decision.value: words for decision, words in decision_words().items()}


def _column_words() -> dict[str, str]:
    return {
        "id": _("number"),
        "email": _("address"),
        "email_key": _("address, as it is compared"),
        "name": _("name"),
        "organisation": _("organisation"),
        "role": _("role"),
        "level": _("level"),
        "region": _("region"),
        "status": _("status"),
        "created_at": _("known since"),
        "updated_at": _("last changed"),
        "added_at": _("on it since"),
        "list_name": _("list"),
        "happened_at": _("when"),
        "settled_at": _("when"),
        "sending_at": _("sent"),
        "made_at": _("when"),
        "suppressed_at": _("when"),
        "frequency": _("frequency"),
        "chosen_at": _("when"),
        "postal_address": _("postal address"),
        "asked_at": _("when"),
        "event": _("what"),
        "source": _("how"),
        "detail": _("what was changed"),
        "wording": _("the wording"),
        "ip": _("IP address"),
        "reason": _("reason"),
        "kind": _("kind"),
        "decision": _("what was done"),
        "diagnostic": _("what was answered"),
        "restored_at": _("when"),
        "issue": _("issue"),
        "subject": _("subject"),
        "state": _("state"),
        "code": _("code"),
        "reply": _("what was answered"),
        "transport": _("way out"),
    }
