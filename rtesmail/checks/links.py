"""Links lead somewhere."""

from collections.abc import Iterator
from gettext import gettext as _
from urllib.parse import unquote

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Place, Subject
from rtesmail.model.findings import Severity


@check("dead-anchor", Severity.ERROR)
def find_dead_anchors(subject: Subject) -> Iterator[Remark]:
    elements = [element for element in subject.document.iter() if isinstance(element.tag, str)]
    targets = {element.get("id") for element in elements} | {link.get("name") for link in subject.document.iter("a")}
    for address in _addresses(subject):
        if len(address) > 1 and address.startswith("#") and not {address[1:], unquote(address[1:])} & targets:
            yield Remark(
                _("The link {address} leads to no place in this message.").format(address=address),
                _("Link to a section's id, or take the link out."),
                subject.place_of(address),
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


@check("insecure-link", Severity.NOTE)
def find_insecure_links(subject: Subject) -> Iterator[Remark]:
    for address in dict.fromkeys(_addresses(subject)):
        if address.lower().startswith("http://"):
            yield Remark(
                _("The link {address} is not protected (http).").format(address=address),
                _("Try the same address with https and write that when it answers."),
                subject.place_of(address),
            )


def _addresses(subject: Subject) -> Iterator[str]:
    for link in subject.document.iter("a", "area"):
        address = (link.get("href") or "").strip()
        if address:
            yield address


def _place_of_words(subject: Subject, words: str) -> Place | None:
    # A Markdown link without an address stands so in the file, whatever else uses the same words.
    return subject.place_of(f"[{words}](") or subject.place_of(words)
