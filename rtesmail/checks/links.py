"""Links lead somewhere."""

import re
from collections.abc import Iterator
from gettext import gettext as _
from urllib.parse import unquote

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Place, Subject, bare
from rtesmail.checks.templates import template_place
from rtesmail.content.fields import is_url
from rtesmail.model.findings import Severity
from rtesmail.model.slots import SLOT_MARK

# What a mail program can open; a slot becomes a whole address.
_WHOLE = re.compile(r"(?:https?:|mailto:|tel:|sms:|webcal:|@@|#)", re.IGNORECASE)
_MAILBOX = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
# A Markdown link whose address is none stays as it was typed, brackets and all.
_UNREAD = re.compile(r"(?:\[(?P<words>[^\[\]\n]{1,200}))?\](?P<address>\([^()\n]{0,300}\)?)")


@check("dead-anchor", Severity.ERROR)
def find_dead_anchors(subject: Subject) -> Iterator[Remark]:
    elements = [element for element in subject.document.iter() if isinstance(element.tag, str)]
    targets = {element.get("id") for element in elements} | {link.get("name") for link in subject.document.iter("a")}
    for address in addresses_in(subject):
        if len(address) > 1 and address.startswith("#") and not {address[1:], unquote(address[1:])} & targets:
            yield Remark(
                _("The link {address} leads to no place in this message.").format(address=address),
                _("Link to a section's id, or take the link out."),
                subject.place_of(address) or template_place(subject, rf"""=\s*["']?{re.escape(address)}\b"""),
            )


@check("empty-link", Severity.ERROR)
def find_empty_links(subject: Subject) -> Iterator[Remark]:
    for link in subject.document.iter("a"):
        address = link.get("href")
        is_target = address is None and (link.get("id") is not None or link.get("name") is not None)
        if is_target or (address is not None and address.strip() not in ("", "#")):
            continue
        words = " ".join("".join(str(piece) for piece in link.itertext()).split())
        yield Remark(
            _("The link “{words}” leads nowhere.").format(words=words)
            if words
            else _("A link without words leads nowhere."),
            _("Give it an address, or leave the words without a link."),
            _place_of_words(subject, words),
        )
    yield from _find_half_addresses(subject)
    yield from _find_unread_links(subject)


@check("insecure-link", Severity.NOTE)
def find_insecure_links(subject: Subject) -> Iterator[Remark]:
    for address in dict.fromkeys(addresses_in(subject)):
        if address.lower().startswith("http://"):
            yield Remark(
                _("The link {address} is not protected (http).").format(address=address),
                _("Try the same address with https and write that when it answers."),
                subject.place_of(address),
            )


def _find_half_addresses(subject: Subject) -> Iterator[Remark]:
    """A page beside this one, a site without https://: there is no "beside" in a mail. Nor is https:// alone a page."""
    for address in dict.fromkeys(addresses_in(subject)):
        if not _WHOLE.match(address) or not _can_be_opened(address):
            is_mail = address.lower().startswith("mailto:")
            example = "mailto:contact@example.org" if is_mail else "https://www.example.org/page"
            yield _leads_nowhere(address, example, subject.place_of(address))


def _can_be_opened(address: str) -> bool:
    """Tell whether a web address has a site, a mailto: a mailbox; without it, `?` lets readers choose whom to tell."""
    if SLOT_MARK.search(address):
        return True
    scheme, _colon, rest = address.partition(":")
    if scheme.lower() in ("http", "https"):
        return is_url(f"{scheme.lower()}:{rest}")
    to, question, _fields = rest.partition("?")
    if scheme.lower() != "mailto" or (question and not to):
        return True
    return all(_MAILBOX.fullmatch(one.strip()) for one in unquote(to).split(","))


def _find_unread_links(subject: Subject) -> Iterator[Remark]:
    place_of: dict[str, Place] = {}
    for source in subject.sources:
        for written in _UNREAD.finditer(source.text):
            place_of.setdefault(bare(written[0]), source.place_at(written.start()))
    for found in _UNREAD.finditer(subject.visible_text):
        # Emphasis inside the brackets cuts the words off; the address is whole.
        place = place_of.get(bare(found[0])) or subject.place_of(f"]{found['address']}")
        yield _leads_nowhere(found[0], f"[{found['words'] or '…'}](https://www.example.org/page)", place)


def _leads_nowhere(shown: str, example: str, place: Place | None) -> Remark:
    message = _("The link “{words}” leads nowhere.").format(words=shown)
    return Remark(message, _("Write it whole: {example}").format(example=example), place)


def addresses_in(subject: Subject) -> Iterator[str]:
    """Give the address of each link, those of image maps too."""
    for link in subject.document.iter("a", "area"):
        address = (link.get("href") or "").strip()
        if address:
            yield address


def _place_of_words(subject: Subject, words: str) -> Place | None:
    # A Markdown link without an address stands so in the file, whatever else uses the same words.
    return subject.place_of(f"[{words}](") or subject.place_of(words)
