"""Is this text an e-mail address, and which other spellings are the same one?"""

import re
import unicodedata
from functools import lru_cache
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

LONGEST_ADDRESS = 254
"""Octets of an address: RFC 5321 section 4.5.3.1.3, less the angle brackets of the path."""
LONGEST_LOCAL_PART = 64

# Left by spreadsheets and web pages at the ends of a cell; nobody sees them.
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"
# What needs no closer look: the letters, digits and signs of ordinary addresses, single dots between them.
_PLAIN_LOCAL_PART = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*")
_SPACE = re.compile(r"\s")


class Address(Struct, frozen=True):
    """`email` as typed, without spaces around it; `key` is the same for all spellings of one mailbox."""

    email: str
    key: str


class InvalidAddress(ValueError):  # noqa: N818 - reads as what it says: `except InvalidAddress`
    """A text that is no address mail can reach; `reason` says why in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_address(text: str) -> Address:
    """Read one address. No name server is asked, and reserved domains such as `.example` pass.

    The key is in Unicode form NFC with the domain in its A-label form. Its local part is in lower case: RFC 5321
    lets a server tell Marie@ from marie@, none in use does, and a person who unsubscribed with one spelling must
    not be written to under the other.

    Raises:
        InvalidAddress: it is not an address.
    """
    typed = unicodedata.normalize("NFC", text.strip().strip(_UNSEEN).strip())
    _refuse_common_slips(typed)
    local, domain = typed.split("@")
    ascii_domain, shown_domain = _read_domain(domain) or ("", "")
    valid_local = _read_local_part(local)
    if valid_local is None or "." not in ascii_domain:
        raise InvalidAddress(_what_is_wrong(typed))
    # Lower-casing can take a letter out of NFC.
    key = unicodedata.normalize("NFC", valid_local.lower()) + "@" + ascii_domain.lower()
    return Address(typed if typed.isascii() else f"{valid_local}@{shown_domain}", key)


def plain_key(text: str) -> str | None:
    """Give the key of an address of the commonest form, quickly; None for any other, be it an address or not."""
    local, _sign, domain = text.partition("@")
    if len(text) > LONGEST_ADDRESS or len(local) > LONGEST_LOCAL_PART or not _PLAIN_LOCAL_PART.fullmatch(local):
        return None
    known = _read_plain_domain(domain)
    return f"{local.lower()}@{known}" if known else None


@lru_cache(maxsize=40_000)
def _read_plain_domain(domain: str) -> str:
    """Give the key's form of a domain in ASCII; empty when it is none, or takes a closer look."""
    known = _read_domain(domain) if domain.isascii() and not _SPACE.search(domain) else None
    return known[0].lower() if known and "." in known[0] else ""


# A file of people holds the same domains over and over, and each costs email-validator's IDNA tables. There are some
# 35,000 communes in France: a smaller cache, read through in the order of a file, would miss every time.
@lru_cache(maxsize=40_000)
def _read_domain(domain: str) -> tuple[str, str] | None:
    """Give a domain's A-label form and its form for display; None when it is none."""
    valid = _validate(f"x@{domain}")
    return (valid.ascii_domain, valid.domain) if valid else None


def _read_local_part(local: str) -> str | None:
    if _PLAIN_LOCAL_PART.fullmatch(local):
        return local
    valid = _validate(f"{local}@example.org")
    return valid.local_part if valid else None


def _validate(email: str) -> "ValidatedEmail | None":
    from email_validator import EmailNotValidError, validate_email

    try:
        # `test_environment` lets `.test` pass, as `.example` does.
        return validate_email(email, check_deliverability=False, globally_deliverable=False, test_environment=True)
    except EmailNotValidError:
        return None


def _refuse_common_slips(typed: str) -> None:
    if not typed:
        raise InvalidAddress(_("there is no address"))
    if "@" not in typed:
        raise InvalidAddress(_("an address needs an @"))
    if typed.count("@") > 1:
        raise InvalidAddress(_("there is more than one @"))
    if _SPACE.search(typed):
        raise InvalidAddress(_("there is a space in the address"))
    local, domain = typed.split("@")
    if not local:
        raise InvalidAddress(_("nothing stands before the @"))
    if not domain:
        raise InvalidAddress(_("nothing stands after the @"))
    if len(typed.encode("utf-8", "replace")) > LONGEST_ADDRESS:
        raise InvalidAddress(_("it is longer than {n} characters").format(n=LONGEST_ADDRESS))
    if len(local.encode("utf-8", "replace")) > LONGEST_LOCAL_PART:
        raise InvalidAddress(_("the part before the @ is longer than {n} characters").format(n=LONGEST_LOCAL_PART))


def _what_is_wrong(typed: str) -> str:
    """Say in our words what the validator refused: its own are English and technical."""
    local, domain = typed.split("@")
    if ".." in typed:
        return _("there are two dots in a row")
    if local.startswith(".") or local.endswith("."):
        return _("the part before the @ begins or ends with a dot")
    if "," in typed:
        return _("there is a comma in the address")
    if domain.rpartition(".")[2].lower() in _unreachable_endings():
        return _("mail cannot reach “{domain}” from outside").format(domain=_visible(domain))
    if _is_plain_domain(domain):
        return _("“{part}” holds a character that cannot stand before the @").format(part=_visible(local))
    return _domain_trouble(typed)


def _domain_trouble(typed: str) -> str:
    domain = typed.split("@")[1]
    if domain.endswith("."):
        return _("the address ends with a dot")
    if "." not in domain:
        return _("“{domain}” has no ending such as .fr").format(domain=_visible(domain))
    return _("“{domain}” is not a domain name").format(domain=_visible(domain))


def _unreachable_endings() -> set[str]:
    from email_validator import SPECIAL_USE_DOMAIN_NAMES

    return {name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES} - {"test"}


def _is_plain_domain(domain: str) -> bool:
    label = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    return re.fullmatch(rf"{label}(\.{label})+", domain, re.IGNORECASE) is not None


def _visible(text: str) -> str:
    """Show unprintable characters as `\\x00`, so that the message can name them."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
