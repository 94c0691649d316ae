"""The closed set of places in an edition that are filled per person.

A slot stands as `@@name@@` in the rendered HTML and text: ASCII marks that neither MJML, the CSS inliner nor
URL encoding alters. Everything else in an edition is the same for everybody.
"""

import re
from enum import StrEnum


class Slot(StrEnum):
    """One place filled per person."""

    EMAIL = "email"
    NAME = "name"
    ORGANISATION = "organisation"
    UNSUBSCRIBE_URL = "unsubscribe_url"
    PREFERENCES_URL = "preferences_url"

    @property
    def mark(self) -> str:
        """The slot as it stands in an edition: `@@name@@`."""
        return f"@@{self.value}@@"


SLOT_MARK = re.compile(r"@@([A-Za-z0-9_]+)@@")
"""Anything that looks like a slot, known or not; group 1 is its name."""
