"""Why a file cannot be shown in a letter."""

from collections.abc import Mapping
from gettext import gettext as _

from msgspec import Struct, field

from rtesmail.model.system_words import system_words


class Refusal(Struct, frozen=True):
    """What is wrong, with `{source}` for the file's name and a place for each of `values`, and what to do about it."""

    message: str
    hint: str
    values: Mapping[str, object] = field(default_factory=dict)

    def about(self, source: str) -> str:
        """Give the message with the file's name."""
        return self.message.format(source=source, **self.values)


class UnusableError(Exception):
    """Carries a refusal out of the depth of a file; it becomes a finding before it leaves the rendering."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def unread(error: OSError) -> Refusal:
    """Say that a file is there and cannot be read."""
    return Refusal(
        _("The picture {source} cannot be read: {reason}."),
        _("Check that the file is there and may be read."),
        {"reason": system_words(error)},
    )
