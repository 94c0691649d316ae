"""A mailing's account signed, kept in a file, and held against the ledger again.

The fingerprint is an HMAC-SHA256 with the workspace's secret over the file's content: who has not the secret can
neither alter a certificate nor make one. It covers what stands in the file, not its spaces and line ends.
"""

import hmac
import json
from datetime import datetime
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from rtesmail import __version__
from rtesmail.delivery import mailings, targets
from rtesmail.delivery.certificates.certificate import MailingAccount, erased_since, read_account
from rtesmail.delivery.tokens import load_secret, load_secrets
from rtesmail.model.errors import RefusedError, RtesmailError, WorkspaceError
from rtesmail.model.mailing import DeliveryState
from rtesmail.model.quoting import joined, labelled
from rtesmail.store.moments import from_text, optional_text, to_text

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.model.publication import Workspace

_FORM = 1
"""The number of the files' form; another one when a field changes its meaning."""

_DIGESTS = ("ledger_sha256", "steps_sha256")

Facts = dict[str, Any]
"""A JSON object."""


class Certificate(Struct, frozen=True):
    """An account and who vouches for it. `fingerprint` has 64 hexadecimal digits."""

    account: MailingAccount
    house: str
    signed_by: str
    signed_at: datetime
    fingerprint: str


def sign_account(workspace: "Workspace", account: MailingAccount, *, by: str, now: datetime) -> Certificate:
    """Sign an account in somebody's name.

    Raises:
        RefusedError: the name is empty.
        WorkspaceError: the workspace's secret cannot be used.
    """
    name = " ".join(by.split())
    if not name:
        raise RefusedError(
            _("A certificate needs the name of the person who signs it."),
            hint=_('Give it as --by "First name Last name".'),
        )
    unsigned = Certificate(account, workspace.configuration.identity.full_name, name, from_text(to_text(now)), "")
    facts = certificate_facts(unsigned)
    return Certificate(account, unsigned.house, name, unsigned.signed_at, _fingerprint(load_secret(workspace), facts))


def account_facts(account: MailingAccount) -> Facts:
    """Give an account as its file has it; times are UTC."""
    mailing, edition, approval = account.mailing, account.edition, account.approval
    return {
        "issue": edition.issue,
        "publication": edition.publication,
        "subject": edition.subject,
        "sender": {"name": edition.sender.name, "address": edition.sender.address},
        "edition_sha256": edition.digest,
        "approved_by": approval.approved_by,
        "approved_at": to_text(approval.approved_at),
        "mailing": mailing.id,
        "list": mailing.list_name,
        "segment": mailing.segment,
        "condition": mailing.condition,
        "state": mailing.state.value,
        "scheduled_at": optional_text(mailing.scheduled_at),
        "not_after": optional_text(mailing.not_after),
        "frozen_at": optional_text(mailing.started_at),
        "finished_at": optional_text(mailing.finished_at),
        "audience": account.totals.audience,
        "states": {state.value: account.totals.of(state) for state in DeliveryState},
        "transports": {
            name: {state.value: people for state, people in by_state.items()}
            for name, by_state in account.transports.items()
        },
        "refusals": [
            {"group": r.group, "code": r.code, "enhanced": r.enhanced, "reply": r.words, "people": r.people}
            for r in account.refusals
        ],
        "skipped": [{"reason": omission.reason, "people": omission.people} for omission in account.omissions],
        "decisions": [
            {"by": d.by, "at": to_text(d.at), "from": d.before.value, "to": d.after.value, "people": d.people}
            for d in account.decisions
        ],
        "ledger_sha256": account.ledger,
        "steps_sha256": account.steps,
    }


def certificate_facts(certificate: Certificate) -> Facts:
    """Give a certificate as its file has it."""
    facts: Facts = {
        "rtesmail_certificate": _FORM,
        "made_with": f"rtesmail {__version__}",
        "house": certificate.house,
        "account": account_facts(certificate.account),
        "signed_by": certificate.signed_by,
        "signed_at": to_text(certificate.signed_at),
    }
    return {**facts, "fingerprint": certificate.fingerprint} if certificate.fingerprint else facts


def certificate_text(certificate: Certificate) -> str:
    """Give a certificate's file: JSON that a person can read too."""
    return json.dumps(certificate_facts(certificate), ensure_ascii=False, indent=2) + "\n"


def verify_certificate(store: "Database", workspace: "Workspace", path: Path) -> Facts:
    """Give what a certificate's file says if neither the file nor the ledger has changed since it was signed.

    Erasing a person is no such change: `erased_since` is added, how many of the mailing were erased since. Then every
    number and every step is still as it was signed; addresses, names and servers' words cannot be compared any more.

    Raises:
        RefusedError: one of them has; says which, and what of the ledger.
        WorkspaceError: there is no such file, it is no certificate, or its mailing is not in this database.
    """
    facts = _read(path)
    given = facts.pop("fingerprint", "")
    # A certificate outlives the secret that it was signed with, as letters do.
    signed = [_fingerprint(secret, facts).encode() for secret in load_secrets(workspace)]
    if not any(hmac.compare_digest(str(given).encode(), one) for one in signed):
        raise RefusedError(
            _("{path} is not what was signed here: it was altered, or signed with another secret.").format(path=path),
            hint=_("Look for the file as it was written, and verify it in the workspace where it was made."),
        )
    # One of before there were mailings to segments does not say that it is for the whole list.
    kept: Facts = {"segment": "", "condition": "", **facts["account"]}
    now = _now_in_ledger(store, kept)
    erased = erased_since(store, kept["mailing"], from_text(facts["signed_at"]))
    if erased and now["steps_sha256"] == kept.get("steps_sha256"):
        # The steps vouch for codes and counts.
        now["ledger_sha256"], now["refusals"] = kept["ledger_sha256"], kept["refusals"]
    differences = _differences(kept, now)
    if differences:
        raise RefusedError(
            _("The ledger has changed since {path} was signed: {differences}.").format(
                path=path, differences=joined(differences)
            ),
            hint=_("If that is right, make a new one: rtesmail certificate {issue} --list {list}").format(
                issue=kept["issue"], list=targets.options(kept["list"], kept["segment"])
            ),
        )
    return {**facts, "fingerprint": given, "erased_since": erased}


def _now_in_ledger(store: "Database", kept: Facts) -> Facts:
    mailing = mailings.get(store, kept["mailing"])
    target = (mailing.issue, mailing.list_name, mailing.segment)
    if mailing.audience is None or target != (kept["issue"], kept["list"], kept["segment"]):
        raise WorkspaceError(
            _("This database does not hold the mailing {number} of {issue} to {list}.").format(
                number=kept["mailing"], issue=kept["issue"], list=targets.words(kept["list"], kept["segment"])
            ),
            hint=_("Verify a certificate in the workspace where it was made."),
        )
    return account_facts(read_account(store, mailing))


def _differences(kept: Facts, now: Facts) -> list[str]:
    """Say what of an account is no longer so: single values first, then states, then whatever else."""
    if kept == now:
        return []
    told = [
        labelled(name, f"{kept.get(name)} → {value}")
        for name, value in now.items()
        if value != kept.get(name) and not isinstance(value, dict | list) and name not in _DIGESTS
    ]
    told += [
        labelled(state, f"{kept['states'].get(state, 0)} → {people}")
        for state, people in now["states"].items()
        if people != kept["states"].get(state, 0)
    ]
    return told or [_("what single deliveries say")]


def _fingerprint(secret: bytes, facts: Facts) -> str:
    canonical = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    content = b"rtesmail\0certificate\0" + canonical.encode("utf-8", "surrogatepass")
    return hmac.digest(secret, content, "sha256").hex()


def _read(path: Path) -> Facts:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_only_once)
    except (OSError, ValueError, RecursionError) as error:
        is_missing = isinstance(error, FileNotFoundError)
        raise (
            WorkspaceError(
                _("There is no file {path}.").format(path=path), hint=_("Check the spelling and the folder.")
            )
            if is_missing
            else _no_certificate(path)
        ) from error
    if not isinstance(facts, dict) or facts.get("rtesmail_certificate") != _FORM:
        raise _no_certificate(path)
    return facts


def _no_certificate(path: Path) -> RtesmailError:
    return WorkspaceError(
        _("{path} is no certificate that this rtesmail can read.").format(path=path),
        hint=_("Give the .json file that `rtesmail certificate --output` wrote; the .html page is for reading."),
    )


def _only_once(pairs: list[tuple[str, Any]]) -> Facts:
    """Refuse a name that stands twice: programs and people would each read another one."""
    facts = dict(pairs)
    if len(facts) < len(pairs):
        raise ValueError("a name stands twice")
    return facts
