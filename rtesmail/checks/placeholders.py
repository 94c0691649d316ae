"""What was meant to be filled in before sending."""

import re
from collections.abc import Iterator
from gettext import gettext as _

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Subject
from rtesmail.checks.templates import own_template, template_place
from rtesmail.content.key_labels import key_named
from rtesmail.model.calendar_names import MONTHS
from rtesmail.model.findings import Severity
from rtesmail.model.slots import SLOT_MARK, Slot

_LEFTOVER = re.compile(
    r"\{\{[^{}\n]{0,60}(?:\}\})?|\{%[^%\n]{0,60}(?:%\})?"
    r"|(?i:\blorem\s+ipsum\b)"
    r"|\b(?:TODO|FIXME|XXX+)\b"
    # "le XX mars", "XX/XX", "à XXh30"; XX and XXe are numbers.
    rf"|\bXX(?:\s?h(?:\d\d|XX)?\b|/XX\b|\s(?i:{'|'.join(names[0] for names in MONTHS)})\b)"
    # What other programs fill in: Mailchimp's merge tags, Mailjet's variables.
    r"|\*\|[\w:]{1,60}\|\*|\[\[(?:data|var):[^\[\]\n]{1,60}\]\]"
    r"|\[[^\[\]\n]{0,40}(?i:à\s+compléter|a\s+completer|à\s+préciser|à\s+confirmer|to\s+be\s+(?:completed|confirmed)"
    r"|\bTBC\b|\bTBD\b)[^\[\]\n]{0,40}\]"
)
_KNOWN = frozenset(slot.value for slot in Slot)
# The typographer and `quiet_marks` put these into rendered text.
_UNSEEN = re.compile("[\u2060\u200b]")


@check("placeholder", Severity.ERROR, is_promise=True)
def find_placeholders(subject: Subject) -> Iterator[Remark]:
    hint = _("Write what belongs there, or take it out.")
    seen: set[str] = set()
    for source in subject.sources:
        for found in (*_LEFTOVER.finditer(source.text), *SLOT_MARK.finditer(source.text)):
            seen.add(_fold(found[0]))
            yield Remark(_message(found[0]), hint, source.place_at(found.start()))
    for text in _rendered_texts(subject):
        for found in _LEFTOVER.finditer(text):
            if _fold(found[0]) not in seen:
                seen.add(_fold(found[0]))
                yield Remark(_message(found[0]), hint, template_place(subject, re.escape(found[0])))


@check("unknown-slot", Severity.ERROR, is_promise=True)
def find_unknown_slots(subject: Subject) -> Iterator[Remark]:
    edition = subject.edition
    bodies = (edition.html, edition.text, edition.subject, edition.preheader)
    unknown = {found[1] for body in bodies for found in SLOT_MARK.finditer(body)} - _KNOWN
    for name in sorted(unknown):
        yield Remark(
            _("Nothing fills the slot {mark}: readers would see it as it is.").format(mark=f"@@{name}@@"),
            _("The slots are: {names}.").format(names=", ".join(sorted(_KNOWN))),
            subject.place_of(f"@@{name}@@") or template_place(subject, f"@@{name}@@") or own_template(subject),
        )


@check("slot-in-subject", Severity.ERROR, is_promise=True)
def find_slots_in_the_subject(subject: Subject) -> Iterator[Remark]:
    for field, text in (("subject", subject.edition.subject), ("preheader", subject.edition.preheader)):
        for found in SLOT_MARK.finditer(text):
            if found[1] in _KNOWN:
                yield Remark(
                    _("{field} holds {mark}, and slots are filled in the text only.").format(
                        field=key_named(field), mark=found[0]
                    ),
                    _("Take it out."),
                    subject.place_in_issue(field),
                )


def _rendered_texts(subject: Subject) -> Iterator[str]:
    """What a reader sees, and the addresses and words of links and pictures."""
    yield subject.visible_text
    for element in subject.document.iter("a", "img"):
        yield from (str(element.get(name) or "") for name in ("href", "src", "alt", "title"))
    yield subject.edition.text
    yield subject.edition.subject
    yield subject.edition.preheader


def _message(found: str) -> str:
    return _("“{text}” is still to be filled in.").format(text=" ".join(found.split()))


def _fold(text: str) -> str:
    return "".join(_UNSEEN.sub("", text).casefold().split())
