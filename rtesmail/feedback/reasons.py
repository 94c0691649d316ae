"""Why something was done: kept as a code, read in the language of whoever looks, not of the machine that wrote it."""

from enum import StrEnum
from gettext import gettext as _
from gettext import ngettext

_FAILURES = "failures"


class Reason(StrEnum):
    """Why; a count of failures that may pass is `failures:COUNT:LIMIT:DAYS` instead."""

    ADDRESS_FAILS = "address-fails"
    SPAM = "spam"
    LEFT_AT_PROVIDER = "left-at-provider"
    LEFT_BY_LETTER = "left-by-letter"
    ASKED_BY_MAIL = "asked-by-mail"
    STRANGER_LEAVES = "stranger-leaves"
    ABOUT_US = "about-us"
    NOTHING_TO_DO = "nothing-to-do"
    NOBODY = "nobody"
    HISTORY = "history"
    UNPROVEN = "unproven"
    UNCLEAR = "unclear"
    ANSWER = "answer"


def counted(count: int, most: int, days: int) -> str:
    """Give the code of so many failures of those that end the writing within so many days."""
    return f"{_FAILURES}:{count}:{most}:{days}"


def words_of(code: str) -> str:
    """Say a reason for a person; what is no code is a text already."""
    if code.startswith(f"{_FAILURES}:"):
        count, most, days = (int(number) for number in code.split(":")[1:])
        return ngettext(
            "{n} failure of {most} that may pass, within {days} days",
            "{n} failures of {most} that may pass, within {days} days",
            count,
        ).format(n=count, most=most, days=days)
    return _words()[Reason(code)] if code in set(Reason) else code


def _words() -> dict[Reason, str]:
    return {
        Reason.ADDRESS_FAILS: _("the address does not work"),
        Reason.SPAM: _("reported a letter as spam"),
        Reason.LEFT_AT_PROVIDER: _("left at the provider's"),
        Reason.LEFT_BY_LETTER: _("asked to leave, by the unsubscribe address of a letter"),
        Reason.ASKED_BY_MAIL: _("asked to leave by a mail from their address"),
        Reason.STRANGER_LEAVES: _("asks to leave, from an address that is on no list"),
        Reason.ABOUT_US: _("about us, our message or a policy, not about this address"),
        Reason.NOTHING_TO_DO: _("nothing to do"),
        Reason.NOBODY: _("its person was erased, or is nobody of ours"),
        Reason.HISTORY: _("older than the person's own yes, or than the word that the address works again"),
        Reason.UNPROVEN: _("nothing in it proves that it answers a letter of ours"),
        Reason.UNCLEAR: _("only a person can tell what it is"),
        Reason.ANSWER: _("a person's words"),
    }
