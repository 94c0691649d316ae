"""The words of a message: what its writer says, without the message that it answers or returns."""

import html
import re

from rtesmail.feedback.parts import Parts, read_fields

_MOST_CHARACTERS = 60_000
_MOST_IN_LINE = 2_000

# Where programs say that the returned message begins, and mail programs that the answered one does.
_COPY_BEGINS = re.compile(
    r"""^[ >*|=_-]{0,80}(?:
        (?:below|after)\s(?:this|the\snext)\sline\sis\sa\scopy | below\sthis\sline\sis\sthe
      | (?:this|here|included)\sis\sa\scopy\sof | a\scopy\sof\sthe\soriginal\smessage
      | (?:start\sof\s)?(?:returned|unsent)\s(?:mail|message)\s?(?:below|follows)?:?\s?[-=]{0,80}\s?$
      | (?:the\sheader\sof\sthe\s)?original\smessage(?:\s(?:headers?|details|follows|attached|is))?\b
      | (?:the\sheader\sand|the\sfirst\s\d+\slines|message\sheaders?\sfollow|message\stext\sfollows)
      | header\sof\sthe\ssource | the\s(?:following|original)\smail\s(?:has|follows)
      | your\smessage\sreads | forwarded\smessage | a\ssummary\sof\sthe\sundelivered
      | the\soriginal\smessage\sfollows | mensaje\soriginal
      | (?:en-t[êe]tes\sdu\s)?message\s(?:d['’]origine|original|transf[ée]r[ée]) | copie\sdu\smessage
      )""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_ANSWER_BEGINS = re.compile(
    r"""^[ ]?(?:
        >                                                        # a quoted line
      | (?:le|on|am|el)\s.{5,200}(?:a\s[ée]crit|wrote|schrieb|escribi[óo])\s?:$
      | -{1,80}\s?(?:message\sd['’]origine|original\smessage|message\stransf[ée]r[ée]|forwarded\smessage)
      | _{20,80}$
      | (?:de|from)\s?:\s.{0,200}\n[ ]?(?:envoy[ée]|sent|date|[àa]|to)\s?:
      )""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_GREETING = re.compile(
    r"""^(?:bonjour|bonsoir|madame|monsieur|hello|hi|dear|cher|ch[èe]re|salut)\b[^\n]{0,60}$
    | ^[^\n]{0,20}\b(?:cordialement|merci|salutations|cdlt|bien\s[àa]\svous)\b[^\n]{0,40}$
    | ^[^\n]{0,20}\b(?:regards|thanks?|thank\syou)\b[^\n]{0,40}$""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_UNSEEN = re.compile(r"<(style|script|head|title)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_NEW_LINE = re.compile(r"<(?:br|p|div|tr|li|h\d|td|/p|/div|/tr)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[/!a-z][^<>]*>", re.IGNORECASE)
_ADDRESS_TAG = re.compile(r"<([^<>@\s]+@[^<>@\s]+)>")
_BLANKS = re.compile(r"[ \t\u00a0\u202f]+")
_MESSAGE_ID = re.compile(r"^[ >]*Message-ID:\s*(<[^<>\s]{3,250}>)", re.IGNORECASE | re.MULTILINE)


def whole_text(parts: Parts) -> str:
    """Give all words outside enclosed messages: plain text, or what HTML shows when there is none."""
    texts = [part.text for part in parts.parts if not part.is_enclosed and part.fields.type == "text/plain"]
    if not any(text.strip() for text in texts):
        texts = [_shown(part.text) for part in parts.parts if not part.is_enclosed and part.fields.type == "text/html"]
    return _tidied("\n".join(texts)[:_MOST_CHARACTERS])


def _tidied(text: str) -> str:
    """Give text with single blanks and single blank lines, so that no expression goes over long runs of them."""
    tidied: list[str] = []
    for line in text.splitlines():
        plain = _BLANKS.sub(" ", line).rstrip()[:_MOST_IN_LINE]
        if plain or (tidied and tidied[-1]):
            tidied.append(plain)
    return "\n".join(tidied)


def report_words(text: str) -> str:
    """Give what a program says itself, without the copy of the message behind it."""
    found = _COPY_BEGINS.search(text)
    # Some programs have the copy first; then everything is looked at.
    return text[: found.start()] if found and text[: found.start()].strip() else text


def own_words(text: str) -> str:
    """Give what a person has written, without the message they answer and without their signature."""
    for mark in (_ANSWER_BEGINS, _SIGNATURE):
        found = mark.search(text)
        if found and text[: found.start()].strip():
            text = text[: found.start()]
    return text.strip()


def has_greeting(text: str) -> bool:
    """Tell whether a text greets or takes its leave, as people do."""
    return _GREETING.search(text) is not None


def without_greeting(text: str) -> str:
    """Give a text without the lines that greet or take leave."""
    return _GREETING.sub("", text)


def one_line(text: str) -> str:
    """Give text in one line, without controls."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def quoted_message_id(parts: Parts, text: str) -> str:
    """Give the Message-ID of the message that is returned or answered, empty when it is not there."""
    for fields in parts.enclosed:
        if found := fields.get("message-id"):
            return one_line(found)
    if found_in_text := _MESSAGE_ID.search(text):
        return found_in_text[1]
    return one_line(parts.fields.get("in-reply-to"))


def quoted_field(parts: Parts, text: str, name: str) -> str:
    """Give a field of the returned message, from its enclosed head or from the copy in the text."""
    for fields in parts.enclosed:
        if value := fields.get(name):
            return value
    begins = _COPY_BEGINS.search(text)
    return read_fields(text[begins.start() :]).get(name) if begins else ""


def _shown(source: str) -> str:
    """Give what HTML shows, as lines; `<a@b>` written without care is an address, not a tag."""
    text = _ADDRESS_TAG.sub(r"&lt;\1&gt;", _UNSEEN.sub(" ", source[: 4 * _MOST_CHARACTERS]))
    text = html.unescape(_TAG.sub("", _NEW_LINE.sub("\n", text)))
    return "\n".join(_BLANKS.sub(" ", line).strip() for line in text.splitlines())
