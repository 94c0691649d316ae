"""How often a person wants to be written to, and whether they want the letter on paper.

Both are the person's own wishes: no import touches them, and each change stands in the consent journal.
"""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from gettext import gettext
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.audience import consent
from rtesmail.audience.storable import storable
from rtesmail.model.consent import ConsentKind
from rtesmail.model.wishes import Frequency, Wishes
from rtesmail.store.moments import to_text
from rtesmail.store.transactions import transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

MOST_LINES, MOST_CHARACTERS = 7, 50
"""A window envelope shows about so much. La Poste asks for 6 lines of 38 characters; other countries need more."""


def wishes_of(store: "Database", subscriber: int) -> Wishes:
    """Give what a person asked for; everything by mail and nothing on paper when they never said."""
    chosen = store.execute("SELECT frequency FROM frequency_wishes WHERE subscriber_id = ?", (subscriber,)).fetchone()
    paper = store.execute("SELECT postal_address FROM paper_letters WHERE subscriber_id = ?", (subscriber,)).fetchone()
    return Wishes(Frequency(chosen[0]) if chosen else None, tuple(paper[0].split("\n")) if paper else ())


def is_reader(store: "Database", subscriber: int) -> bool:
    """May this person be written to at all? Only then there is something to wish for."""
    found = store.execute(
        """SELECT 1 FROM subscribers AS person WHERE id = ? AND status = 'active'
        AND NOT EXISTS (SELECT 1 FROM suppressions WHERE suppressions.email_key = person.email_key)""",
        (subscriber,),
    )
    return found.fetchone() is not None


def choose_frequency(
    store: "Database", subscriber: int, frequency: Frequency | None, *, source: str, now: datetime
) -> bool:
    """Write to a known person only so often, None for everything; give False when that was so already."""
    with transaction(store) as connection:
        before = wishes_of(store, subscriber).frequency
        if before is frequency:
            return False
        if frequency is None:
            connection.execute("DELETE FROM frequency_wishes WHERE subscriber_id = ?", (subscriber,))
        else:
            connection.execute(
                """INSERT INTO frequency_wishes (subscriber_id, frequency, chosen_at) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET frequency = excluded.frequency, chosen_at = excluded.chosen_at""",
                (subscriber, frequency.value, to_text(now)),
            )
        detail = _("frequency: {before} → {after}").format(
            before=frequency_words(before), after=frequency_words(frequency)
        )
        _write_down(store, subscriber, detail, source, now)
    return True


def ask_for_paper(store: "Database", subscriber: int, lines: Sequence[str], *, source: str, now: datetime) -> bool:
    """Send a known person the letter on paper, to these lines; none of them ends it. Give False when it was so already.

    The journal tells that it was asked for, not where the person lives: it only grows.
    """
    with transaction(store) as connection:
        before, after = wishes_of(store, subscriber).postal_address, tuple(lines)
        if before == after:
            return False
        if not after:
            connection.execute("DELETE FROM paper_letters WHERE subscriber_id = ?", (subscriber,))
            detail = _("letter on paper: no longer")
        else:
            connection.execute(
                """INSERT INTO paper_letters (subscriber_id, postal_address, asked_at) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET postal_address = excluded.postal_address, asked_at = excluded.asked_at""",
                (subscriber, "\n".join(after), to_text(now)),
            )
            detail = _("letter on paper: another postal address") if before else _("letter on paper: asked for")
        _write_down(store, subscriber, detail, source, now)
    return True


def read_postal_address(text: str) -> tuple[str, ...]:
    """Give the lines of a postal address as typed, without empty ones; nothing in it is guessed or put right."""
    plain = storable(unicodedata.normalize("NFC", text)).replace("\r\n", "\n").replace("\r", "\n")
    shown = "".join(sign if sign == "\n" or unicodedata.category(sign)[0] != "C" else " " for sign in plain)
    return tuple(filter(None, (" ".join(line.split()) for line in shown.split("\n"))))


def postal_trouble(lines: Sequence[str], gettext: Callable[[str], str] = gettext) -> str:
    """Say why a letter with these lines would not arrive, in the language of `gettext`; empty when it would."""
    if len(lines) < 2:
        return gettext("Write at least two lines: the name, then the street and the town.")
    if len(lines) > MOST_LINES:
        return gettext("An envelope has room for {n} lines: leave out what the letter does not need.").format(
            n=MOST_LINES
        )
    for line in lines:
        if len(line) > MOST_CHARACTERS:
            return gettext("A line has room for {n} characters: make two of “{line}”.").format(
                n=MOST_CHARACTERS, line=line[:MOST_CHARACTERS] + "…"
            )
    return ""


def paper_letters(store: "Database") -> Iterator[tuple[str, ...]]:
    """Give the postal addresses to which a letter goes now, by person.

    Who left, complained or was erased is out; an e-mail address that bounced is no reason against paper.
    """
    for (address,) in store.execute(
        """SELECT postal_address FROM paper_letters AS paper JOIN subscribers AS person ON person.id = subscriber_id
        WHERE person.status IN ('active', 'bounced') AND NOT EXISTS (SELECT 1 FROM suppressions AS held
          WHERE held.email_key = person.email_key AND held.reason <> 'bounced')
        ORDER BY person.id"""
    ):
        yield tuple(address.split("\n"))


def frequency_words(frequency: Frequency | None) -> str:
    """Name a frequency for a person."""
    match frequency:
        case Frequency.MONTHLY:
            return _("the monthly only")
        case Frequency.QUARTERLY:
            return _("the quarterly only")
    return _("everything")


def _write_down(store: "Database", subscriber: int, detail: str, source: str, now: datetime) -> None:
    (key,) = store.execute("SELECT email_key FROM subscribers WHERE id = ?", (subscriber,)).fetchone()
    consent.record(store, str(key), ConsentKind.PREFERENCES, source=source, now=now, detail=detail)
