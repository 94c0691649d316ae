"""What stands beside the subject in a mailbox's list, before the row's width cuts it.

Gmail takes "a short part of the message text" (developers.google.com/gmail/api/reference/rest/v1/users.messages),
Outlook the first 255 characters of the body (`bodyPreview` of learn.microsoft.com/graph/api/resources/message): the
hidden preheader first, then whatever follows it. Neither says how many are shown: that is the width of the row.
"""

import re
import unicodedata
from html import unescape

TAKEN = 255

_UNREAD = re.compile(r"<!--.*?-->|<(style|script|title|head)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_NOTHING_TO_SEE = "\u034f"
"""The combining grapheme joiner, with which templates keep the body's words away from the preheader."""


def row_words(html: str) -> str:
    """Give the words of a mail's HTML that a mailbox's list can show; no-break spaces keep their room in it."""
    text = unescape(_TAG.sub(" ", _UNREAD.sub(" ", html)))
    taken = _SPACES.sub(" ", text).strip(" ")[:TAKEN]
    return "".join(c for c in taken if c != _NOTHING_TO_SEE and unicodedata.category(c) != "Cf")
