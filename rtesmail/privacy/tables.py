"""Where the database holds something on a person: each table, whose rows, what each column is, what erasing does to it.

Everything that is asked, handed over or erased follows this map. A table or a column that is not in it fails a test.
"""

from collections.abc import Mapping
from enum import Enum, auto
from gettext import gettext as _

from msgspec import Struct, field


class Fate(Enum):
    """What erasing does to a column, and whether the person is handed its value.

    `KEPT` tells nothing of who it was; `GONE` becomes empty; `KEY` becomes a number that leads to nobody, `OWN_KEY` one
    that no other row of the table has, where keys must differ; `WORDS` loses what names the person in it. `HIDDEN` is
    kept and not handed over, since it names colleagues or numbers of ours; `OTHERS` becomes empty and is not handed
    over, since it holds other people's data too.
    """

    KEPT = auto()
    GONE = auto()
    KEY = auto()
    OWN_KEY = auto()
    WORDS = auto()
    HIDDEN = auto()
    OTHERS = auto()


class PersonalTable(Struct, frozen=True):
    """One table: `whose` is the condition for a person's rows, with the parameters `:keys` (a JSON list of their
    addresses in the form for comparison) and `:subscriber`. `rows_go` tells that erasing takes the rows away. `joined`
    are values of other tables that make a row understandable: name → SQL expression. `readable` are the columns of the
    page that a person reads, all of them when empty; a file for machines always has all.
    """

    name: str
    title: str
    why: str
    whose: str
    columns: Mapping[str, Fate]
    rows_go: bool = False
    joined: Mapping[str, str] = field(default_factory=dict)
    readable: tuple[str, ...] = ()


_BY_KEY = "email_key IN (SELECT value FROM json_each(:keys))"
_THEIR_DELIVERIES = f"(SELECT id FROM deliveries WHERE {_BY_KEY})"

IMPERSONAL = frozenset(
    {
        "lists",
        "organisations",
        "wordings",
        "editions",
        "edition_images",
        "edition_conditions",
        "edition_variants",
        "mailings",
        # Totals by link.
        "counted_links",
        # Digests of messages that were handed on.
        "forwards",
        # Names of colleagues, who answer for what leaves.
        "approvals",
        "waivers",
        "approval_audiences",
        "proofs",
        "published",
        "erasures",
        "erasure_subjects",
    }
)
"""Tables that hold nothing on a person who is written to."""


def personal_tables() -> tuple[PersonalTable, ...]:
    """Give the map, in words of the terminal's language; the order is that in which a person is erased."""
    kept, gone, key, hidden = Fate.KEPT, Fate.GONE, Fate.KEY, Fate.HIDDEN
    return (
        PersonalTable(
            "delivery_history",
            _("Earlier attempts at delivery"),
            _("To prove that each mailing went to each person once, and to find out why a message did not arrive."),
            f"delivery_id IN {_THEIR_DELIVERIES}",
            {
                "id": hidden,
                "delivery_id": kept,
                "state": kept,
                "attempts": kept,
                "message_id": kept,
                "transport": kept,
                "code": kept,
                "enhanced": kept,
                "reply": Fate.WORDS,
                "sending_at": kept,
                "settled_at": kept,
                "settled_by": hidden,
            },
            readable=("settled_at", "state", "code", "reply"),
        ),
        PersonalTable(
            "feedback_events",
            _("What came back"),
            _("To write no more to addresses that do not work or to people who complained, and to show why."),
            _BY_KEY,
            {
                "id": hidden,
                "identity": hidden,
                "email_key": Fate.OWN_KEY,
                "kind": kept,
                "decision": kept,
                "reason": kept,
                "status": kept,
                "diagnostic": gone,
                "source": kept,
                "delivery_id": kept,
                "happened_at": kept,
                "treated_at": kept,
            },
            readable=("happened_at", "kind", "decision", "reason", "diagnostic", "source"),
        ),
        PersonalTable(
            "restorations",
            _("When a colleague said that the address works again"),
            _("To show why mail goes again to an address that had bounced."),
            _BY_KEY,
            {"id": hidden, "email_key": key, "reason": gone, "restored_by": hidden, "restored_at": kept},
            readable=("restored_at", "reason"),
        ),
        PersonalTable(
            "provider_calls",
            _("Calls to a mail provider that were not answered"),
            _("For some minutes, to ask again without sending twice. The letter in it goes once it was answered."),
            # An answered call has lost its letter, and holds numbers only.
            "payload <> x'' AND EXISTS (SELECT 1 FROM json_each(provider_calls.deliveries) AS one "
            f"WHERE one.value IN {_THEIR_DELIVERIES})",
            {
                "id": hidden,
                "mailing_id": kept,
                "transport": kept,
                "idempotency_key": hidden,
                "payload": Fate.OTHERS,
                "deliveries": hidden,
                "made_at": kept,
                "expires_at": kept,
                "answered_at": kept,
            },
            readable=("transport", "made_at"),
        ),
        PersonalTable(
            "deliveries",
            _("What was sent"),
            _("To prove that each mailing went to each person once, and to find out why a message did not arrive."),
            _BY_KEY,
            {
                "id": kept,
                "mailing_id": kept,
                "subscriber_id": hidden,
                "email": gone,
                "email_key": Fate.OWN_KEY,
                "name": gone,
                "organisation": gone,
                "pace_group": hidden,
                "state": kept,
                "attempts": kept,
                "message_id": kept,
                "transport": kept,
                "code": kept,
                "enhanced": kept,
                "reply": Fate.WORDS,
                "next_attempt_at": kept,
                "first_attempt_at": kept,
                "sending_at": kept,
                "settled_at": kept,
                "settled_by": hidden,
                "variant": hidden,
            },
            joined={
                "issue": "(SELECT issue FROM mailings WHERE mailings.id = mailing_id)",
                "list_name": "(SELECT list_name FROM mailings WHERE mailings.id = mailing_id)",
                "subject": "(SELECT subject FROM mailings JOIN editions ON digest = edition_digest "
                "WHERE mailings.id = mailing_id)",
            },
            readable=("sending_at", "issue", "subject", "email", "state", "reply"),
        ),
        PersonalTable(
            "memberships",
            _("The lists"),
            _("To know who gets which publication."),
            "subscriber_id = :subscriber",
            {"list_id": hidden, "subscriber_id": hidden, "added_at": kept},
            rows_go=True,
            joined={"list_name": "(SELECT name FROM lists WHERE lists.id = list_id)"},
            readable=("list_name", "added_at"),
        ),
        PersonalTable(
            "departures",
            _("The lists that the person left"),
            _("So that no import puts them back on a list that they left."),
            "subscriber_id = :subscriber",
            {"subscriber_id": hidden, "list_name": kept, "left_at": kept},
            rows_go=True,
            readable=("list_name", "left_at"),
        ),
        PersonalTable(
            "frequency_wishes",
            _("How often the person wants to be written to"),
            _("To write to them only as often as they want."),
            "subscriber_id = :subscriber",
            {"subscriber_id": hidden, "frequency": kept, "chosen_at": kept},
            rows_go=True,
            readable=("frequency", "chosen_at"),
        ),
        PersonalTable(
            "paper_letters",
            _("Where the letter on paper goes"),
            _("To send the printed letter to those who asked for it."),
            "subscriber_id = :subscriber",
            {"subscriber_id": hidden, "postal_address": kept, "asked_at": kept},
            rows_go=True,
            readable=("postal_address", "asked_at"),
        ),
        PersonalTable(
            "subscriber_attributes",
            _("What else is known"),
            _("To write to the right person about what concerns them."),
            "subscriber_id = :subscriber",
            {"subscriber_id": hidden, "name": kept, "value": kept},
            rows_go=True,
            readable=("name", "value"),
        ),
        PersonalTable(
            "consent_events",
            _("What was agreed to, refused and asked for"),
            _("To prove consent (GDPR article 7(1)) and to respect every no (article 21)."),
            _BY_KEY,
            {
                "id": hidden,
                "email_key": key,
                "event": kept,
                "list_name": kept,
                "source": gone,
                "detail": gone,
                "wording": kept,
                "ip": gone,
                "happened_at": kept,
            },
            joined={"wording_text": "(SELECT text FROM wordings WHERE sha256 = wording)"},
            readable=("happened_at", "event", "list_name", "source", "detail", "wording", "ip"),
        ),
        PersonalTable(
            "suppressions",
            _("Why nothing is sent any more"),
            _("So that no import writes again to somebody who said no (GDPR article 21)."),
            _BY_KEY,
            {"email_key": kept, "reason": kept, "source": kept, "suppressed_at": kept},
            rows_go=True,
            readable=("suppressed_at", "reason", "source"),
        ),
        PersonalTable(
            "subscribers",
            _("The person"),
            _("To write to the right person about what concerns them."),
            _BY_KEY,
            {
                "id": kept,
                "email": gone,
                "email_key": key,
                "name": gone,
                "organisation": gone,
                "role": gone,
                "level": gone,
                "region": gone,
                "status": kept,
                "created_at": kept,
                "updated_at": kept,
                "organisation_id": gone,
                "departement": gone,
                "other_roles": gone,
                "language": gone,
                "mandate_ends_on": gone,
            },
        ),
    )
