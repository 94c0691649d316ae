"""What a reader sees in the inbox before opening: subject and preheader."""

from collections.abc import Iterator
from gettext import gettext as _

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Place, Subject, bare
from rtesmail.content.key_labels import key_named
from rtesmail.model.findings import Severity

LONGEST_SUBJECT = 70
"""Characters. A telephone shows about 40, a wide screen 70; the rest is cut."""


@check("subject", Severity.ERROR)
def look_at_the_subject(subject: Subject) -> Iterator[Remark]:
    line = subject.edition.subject.strip()
    place = subject.place_in_issue("subject")
    if not line:
        yield Remark(_("The subject is empty."), _('Write one in issue.toml: subject = "…"'), place)
    elif len(line) > LONGEST_SUBJECT:
        yield Remark(
            _("The subject has {n} characters; inboxes cut it after {most}.").format(n=len(line), most=LONGEST_SUBJECT),
            _("Say the main thing first, and in fewer words."),
            place,
            Severity.WARNING,
        )


@check("preheader", Severity.WARNING)
def look_at_the_preheader(subject: Subject) -> Iterator[Remark]:
    line = subject.edition.preheader.strip()
    place = subject.place_in_issue("preheader")
    if not line:
        yield Remark(
            _("The preheader is empty: inboxes would show the first words of the message instead."),
            _("Write one in issue.toml: it follows the subject in the inbox."),
            place,
        )
    elif _fold(line) == _fold(subject.edition.subject):
        yield Remark(_("The preheader says the same as the subject."), _("Use it to say one more thing."), place)


@check("announced-to-all", Severity.WARNING)
def find_what_not_everybody_gets(subject: Subject) -> Iterator[Remark]:
    """Subject and preheader are the same for everybody; a block for some readers only is a broken promise there."""
    for field, line in (("subject", subject.edition.subject), ("preheader", subject.edition.preheader)):
        for snippet in subject.issue.snippets:
            title = bare(snippet.title)
            if snippet.only_for is not None and title and title in bare(line):
                yield Remark(
                    _("The {field} announces “{title}”, which is only for: {readers}.").format(
                        field=key_named(field), title=snippet.title, readers=snippet.only_for.words
                    ),
                    _("Announce what everybody gets."),
                    subject.place_in_issue(field),
                )


@check("nothing-for-some", Severity.ERROR)
def find_readers_without_content(subject: Subject) -> Iterator[Remark]:
    if subject.variant and not subject.issue.for_variant(subject.variant).sections:
        yield Remark(
            _("Readers whom no only_for names would get an issue without any content."),
            _("Leave at least one snippet for everybody."),
            Place(subject.issue.path),
        )


def _fold(text: str) -> str:
    """Drop what changes no word; of signs alone nothing would be left."""
    return bare(text) or text
