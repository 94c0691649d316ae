"""What the law asks of every edition: a way out, who writes, and what becomes of people's data."""

import re
from collections.abc import Iterator
from gettext import gettext as _

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.rendered import is_seen
from rtesmail.checks.subject import Subject, bare
from rtesmail.checks.templates import HTML, TEXT, own_template
from rtesmail.model.findings import Severity
from rtesmail.model.slots import Slot

_DEAF = re.compile(r"(?:no|donot|dont)reply|noanswer|nepasrepondre|sansreponse|pasdereponse")


@check("unsubscribe", Severity.ERROR, is_promise=True)
def find_the_way_out(subject: Subject) -> Iterator[Remark]:
    """GDPR article 21 and article L34-5 of the French code of postal and electronic communications."""
    mark = Slot.UNSUBSCRIBE_URL.mark
    hint = _("Put {call} into the template's footer.").format(call='{{ slot("unsubscribe_url") }}')
    # The slot is a whole address: with anything around it the link leads nowhere.
    links = [link for link in subject.document.iter("a") if (link.get("href") or "").strip() == mark]
    if not links:
        yield Remark(_("The HTML has no link to unsubscribe."), hint, own_template(subject))
    elif not any(is_seen(link) for link in links):
        yield Remark(
            _("Readers cannot see the link to unsubscribe."), _("Give it words, and show them."), own_template(subject)
        )
    if mark not in subject.edition.text:
        yield Remark(_("The plain text has no address to unsubscribe."), hint, own_template(subject, TEXT))


@check("legal-notice", Severity.ERROR, is_promise=True)
def find_the_legal_notice(subject: Subject) -> Iterator[Remark]:
    """GDPR article 13: readers are told of their rights, and by whom they are written to."""
    identity = subject.workspace.configuration.identity
    shown = " ".join(text.words for text in subject.shown_texts)
    for key, value, empty, absent in (
        ("legal", identity.legal, _("No legal notice is set."), _("The legal notice is not in the {part}.")),
        ("contact", identity.contact, _("No contact address is set."), _("The contact address is not in the {part}.")),
    ):
        if not value.strip():
            hint = _('Write it in rtesmail.toml: [identity] {key} = "…"').format(key=key)
            yield Remark(empty, hint, subject.place_in_configuration(f"identity.{key}"))
            continue
        for part, text, ending in (
            ("HTML", shown, HTML),
            (_("plain text"), subject.edition.text, TEXT),
        ):
            if bare(value) not in bare(text):
                place = own_template(subject, ending)
                yield Remark(absent.format(part=part), _("Put it back into the template's footer."), place)


@check("reply-address", Severity.WARNING)
def find_a_sender_that_hears_nobody(subject: Subject) -> Iterator[Remark]:
    """Article L34-5 wants an address that a request to stop can usefully be sent to; most readers just answer."""
    sender = subject.edition.sender
    address = sender.reply_to or sender.address
    if not _DEAF.match(re.sub(r"[^a-z]", "", address.partition("@")[0].lower())):
        return
    senders = subject.workspace.configuration.senders
    name = next((name for name, one in senders.items() if one == sender), "")
    field = "reply_to" if sender.reply_to else "address"
    yield Remark(
        _(
            "Answers go to {address}, where nobody reads them: readers who answer that they want no more stay on."
        ).format(address=address),
        _('Name a mailbox that somebody reads: reply_to = "{contact}"').format(
            contact=subject.workspace.configuration.identity.contact
        ),
        subject.place_in_configuration(f"senders.{name}.{field}" if name else "senders"),
    )
