"""Where links lead: to the page itself, without a detour that counts readers, and to where readers can go."""

import re
from collections.abc import Iterable, Iterator
from gettext import gettext as _
from urllib.parse import urlsplit

from rtesmail.checks.links import addresses_in
from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Subject
from rtesmail.checks.templates import own_template, template_place
from rtesmail.content.hosts import is_private_host
from rtesmail.content.link_cleaning import without_counters
from rtesmail.model.findings import Severity
from rtesmail.model.slots import SLOT_MARK

# Hosts that only pass on who clicks: of mail filters, of senders' providers, of shorteners.
_PASSING = re.compile(
    r"(?:.+\.)?(?:safelinks\.protection\.outlook\.com|urldefense(?:\.proofpoint)?\.com|list-manage\.com|ct\.sendgrid\.net"
    r"|mjt\.lu|sendib[a-z]+\d*\.com|hubspotlinks\.com|mlsend\.com|l\.facebook\.com|lnkd\.in|t\.co|bit\.ly|tinyurl\.com"
    r"|goo\.gl|ow\.ly)",
    re.IGNORECASE,
)
# Words that name no page: "cliquez ici", "pour en savoir plus, suivez ce lien".
_TELLING = frozenset(
    {
        *("ici", "là", "clic", "cliquez", "cliquer", "cliquant", "lien", "lire", "voir", "savoir"),
        *("infos", "informations", "here", "click", "link", "read", "learn", "more"),
    }
)
# Those that may stand beside them; alone they are somebody's name, such as "La Suite".
_BESIDE = frozenset(
    {
        *("a", "au", "ce", "d", "de", "en", "la", "le", "les", "même", "par", "pour", "plus", "suite", "sur", "via"),
        *("information", "suivant", "suivez", "suivre"),
        *("follow", "find", "for", "on", "out", "see", "the", "this", "to"),
    }
)
_WORD = re.compile(r"[^\W_]+")


@check("tracked-link", Severity.WARNING)
def find_tracked_links(subject: Subject) -> Iterator[Remark]:
    """What is pasted from a mail or a social network still counts, and for somebody else than this house."""
    for address in _web_addresses(subject):
        bare_address = without_counters(address)
        host = _host(address)
        if bare_address != address:
            yield Remark(
                _("The link {address} tells its site who sent the reader.").format(address=address),
                _("Write it without what counts clicks: {address}").format(address=bare_address),
                subject.place_of(address),
            )
        elif _PASSING.fullmatch(host):
            yield Remark(
                _("The link {address} goes through {host}, which counts who clicks.").format(
                    address=address, host=host
                ),
                _("Open it, and write the address of the page where it ends."),
                subject.place_of(address),
            )

    for address in dict.fromkeys(addresses_in(subject)):
        if SLOT_MARK.search(address) and address.lower().startswith(("http://", "https://")):
            yield Remark(
                _("The link {address} is another for each reader, and tells its site who clicks.").format(
                    address=address
                ),
                _("Write the same address for everybody."),
                subject.place_of(address) or template_place(subject, re.escape(address)) or own_template(subject),
                Severity.ERROR,
            )


@check("private-link", Severity.ERROR)
def find_private_links(subject: Subject) -> Iterator[Remark]:
    allowed = subject.workspace.configuration.checks.private_hosts
    shown = [(picture.get("src") or "").strip() for picture in subject.document.iter("img")]
    for address in (*_web_addresses(subject), *_web(shown)):
        host = _host(address)
        if host and is_private_host(host) and host not in allowed:
            yield Remark(
                _("The link {address} leads into a network of your own: readers elsewhere cannot open it.").format(
                    address=address
                ),
                _("Write the page's public address."),
                subject.place_of(address),
            )
    for address in addresses_in(subject):
        if _carries_a_login(address):
            yield Remark(
                _("A link to {host} holds a user name or a password: every reader would get it.").format(
                    host=_host(address)
                ),
                _("Write the address without what stands before the @."),
                subject.place_of(address),
            )


@check("link-words", Severity.WARNING)
def find_wordless_links(subject: Subject) -> Iterator[Remark]:
    """WCAG 2.2, success criterion 2.4.9: who jumps from link to link hears their words alone."""
    for link in subject.document.iter("a"):
        words = " ".join("".join(str(piece) for piece in link.itertext()).split())
        said = set(_WORD.findall(words.casefold()))
        if link.get("href") and not link.get("aria-label") and said <= _TELLING | _BESIDE and said & _TELLING:
            yield Remark(
                _("The words of the link “{words}” do not say where it leads.").format(words=words),
                _("Make a link of the words that name the page."),
                subject.place_of(f"[{words}](") or subject.place_of_words(words),
            )


def counts_readers(address: str) -> bool:
    """Does this web address count who asks for it: by what it carries, or by whose it is?"""
    return without_counters(address) != address or bool(_PASSING.fullmatch(_host(address)))


def _web_addresses(subject: Subject) -> Iterator[str]:
    """Each http(s) address of a link once; what is no address is for other checks, what holds a slot is ours."""
    yield from _web(addresses_in(subject))


def _web(addresses: Iterable[str]) -> Iterator[str]:
    for address in dict.fromkeys(addresses):
        if address.lower().startswith(("http://", "https://")) and not SLOT_MARK.search(address):
            try:
                urlsplit(address)
            except ValueError:
                continue
            yield address


def _carries_a_login(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "@" in parts.netloc


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").lower()
