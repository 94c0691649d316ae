"""The changes between two editions in words, in the terminal's language or in that of a letter."""

import gettext
from collections.abc import Callable

from rtesmail.rendering.comparing import Aspect, Change, Passage, Turn
from rtesmail.rendering.translations import translation

LONGEST = 90
"""Characters of a passage that are shown; of a longer one the beginning and the end."""


def describe_change(change: Change, language: str = "") -> str:
    """Say one change in a sentence; its passages are said by `describe_passage`.

    `language` is the letter's when the sentence goes into one, empty for the terminal's.
    """
    _ = _translator(language)
    sentences = {
        (Aspect.SENDER, Turn.CHANGED): _("The sender was {before}, is {after}."),
        (Aspect.SUBJECT, Turn.CHANGED): _("The subject was “{before}”, is “{after}”."),
        (Aspect.PREHEADER, Turn.CHANGED): _("The preheader was “{before}”, is “{after}”."),
        (Aspect.SECTION, Turn.ADDED): _("New section “{name}”."),
        (Aspect.SECTION, Turn.REMOVED): _("The section “{name}” is gone."),
        (Aspect.SECTION, Turn.MOVED): _("The section “{name}” stands in another place."),
        (Aspect.SNIPPET, Turn.ADDED): _("New in “{after}”: “{name}”."),
        (Aspect.SNIPPET, Turn.REMOVED): _("Gone from “{before}”: “{name}”."),
        (Aspect.SNIPPET, Turn.MOVED): _("“{name}” stands in “{after}”, no longer in “{before}”."),
        (Aspect.SNIPPET, Turn.RENAMED): _("The title “{before}” is now “{after}”."),
        (Aspect.SNIPPET, Turn.CHANGED): _("The text of “{name}” has changed."),
        (Aspect.READERS, Turn.CHANGED): _("“{name}” was for {before}, is for {after}."),
        (Aspect.SURROUNDINGS, Turn.CHANGED): _("The words around the contents have changed."),
        (Aspect.LINK, Turn.ADDED): _("New link “{name}”, to {after}"),
        (Aspect.LINK, Turn.REMOVED): _("The link “{name}” is gone; it led to {before}"),
        (Aspect.LINK, Turn.CHANGED): _("The link “{name}” led to {before} and leads to {after}"),
        (Aspect.PICTURE, Turn.ADDED): _("New picture “{name}”."),
        (Aspect.PICTURE, Turn.REMOVED): _("The picture “{name}” is gone."),
        (Aspect.PICTURE, Turn.CHANGED): _("The picture “{name}” is another one."),
        (Aspect.PICTURE, Turn.RENAMED): _("The description of a picture was “{before}”, is “{after}”."),
        (Aspect.TIME_ZONE, Turn.CHANGED): _("The hours of calendar entries went by {before} and go by {after}."),
        (Aspect.LOOK, Turn.CHANGED): _(
            "The look has changed: the template, its style or what stands behind the words."
        ),
    }
    sentence = sentences[change.aspect, change.turn]
    if (change.aspect, change.turn) == (Aspect.SNIPPET, Turn.MOVED) and not change.before:
        sentence = _("“{name}” stands in another place of “{after}”.")
    before, after = shortened(change.before), shortened(change.after)
    if change.aspect is Aspect.READERS:
        before, after = before or _("everybody"), after or _("everybody")
    return sentence.format(name=shortened(change.name), before=before, after=after)


def describe_passage(
    passage: Passage, language: str = "", mark: Callable[[str, Turn], str] = lambda text, _turn: text
) -> str:
    """Say what replaced what, clear without any colour; `mark` may dress the words removed and those added."""
    _ = _translator(language)
    if not passage.before:
        sentence = _("added: “{after}”")
    elif not passage.after:
        sentence = _("taken out: “{before}”")
    else:
        sentence = _("“{before}” → “{after}”")
    said = sentence.format(
        before=mark(shortened(passage.before), Turn.REMOVED), after=mark(shortened(passage.after), Turn.ADDED)
    )
    return f"… {passage.lead} … {said}" if passage.lead else said


def shortened(text: str) -> str:
    """Give a text short enough for a line: its beginning and its end."""
    if len(text) <= LONGEST:
        return text
    half = LONGEST // 2
    return f"{text[:half].rstrip()} […] {text[-half:].lstrip()}"


def _translator(language: str) -> Callable[[str], str]:
    return translation(language).gettext if language else gettext.gettext
