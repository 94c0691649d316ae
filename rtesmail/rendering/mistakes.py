"""What keeps an edition from being made, told once for all that is wrong: templates, pictures, slots."""

from collections.abc import Callable, Iterable, Sequence
from gettext import gettext as _
from pathlib import Path

from rtesmail.model.errors import ContentError
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.slots import SLOT_MARK, Slot
from rtesmail.rendering.environment import TemplateSet


def make_all(*makers: Callable[[], str], beside: Iterable[Finding] = ()) -> list[str]:
    """Make several texts, also the later ones when an earlier one cannot be made.

    Raises:
        ContentError: some have mistakes; it is the first one's, with the findings of all and with those `beside` them.
    """
    made: list[str] = []
    mistakes: list[ContentError] = []
    for make in makers:
        try:
            made.append(make())
        except ContentError as error:
            mistakes.append(error)
    if mistakes:
        first = mistakes[0]
        found = [finding for error in mistakes for finding in error.findings]
        raise ContentError(str(first), tuple(dict.fromkeys((*found, *beside))), hint=first.hint) from first
    return made


def refuse_pictures(findings: Sequence[Finding]) -> None:
    """Stop where pictures cannot be shown.

    Raises:
        ContentError: there are such findings.
    """
    if findings:
        raise ContentError(
            _("Some pictures cannot be used; nothing was built."), findings, hint=_("Mend them and build again.")
        )


def refuse_leftovers(templates: TemplateSet, template: str, html: str, text: str) -> None:
    """Refuse an edition where a slot was altered on its way, so that it could not be filled.

    Raises:
        ContentError: there is one.
    """
    known = {slot.value for slot in Slot}
    for body, ending in ((html, "mjml"), (text, "txt")):
        unknown = [found[1] for found in SLOT_MARK.finditer(body) if found[1] not in known]
        if not unknown and templates.slot_key not in body:
            continue
        message = _("A slot did not survive in the template: {name}.").format(name=", ".join(unknown) or "slot()")
        path = templates.locate(f"{template}.{ending}.j2")
        hint = _("Write {call} alone, without filters around it.").format(call='{{ slot("email") }}')
        raise slot_mistake(message, hint, path)


def slot_mistake(message: str, hint: str, path: Path) -> ContentError:
    """Give the error of a template whose slot cannot stand where it is."""
    finding = Finding("slot", Severity.ERROR, message, hint, path)
    return ContentError(
        _("The template has mistakes; nothing was built."), [finding], hint=_("Mend it and build again.")
    )
