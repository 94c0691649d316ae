"""Header fields that cannot be broken out of: RFC 5322 lines, RFC 2047 words."""

import base64
import hashlib
import re
from contextlib import suppress
from gettext import gettext as _
from urllib.parse import quote

from rtesmail.model.errors import WorkspaceError
from rtesmail.model.quoting import quoted

# With halves of characters, which a foreign message can hold and nothing can write.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MOST_IN_LINE = 76
# 39 bytes give 52 characters: with its frame and the longest field name before it, a word stays within a line.
_MOST_IN_WORD = 39
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@\x00-\x1f\x7f-\x9f]{1,64}@[^\s<>()\[\]\\,;:\"@\x00-\x1f\x7f-\x9f]{1,253}")
_LABEL_WORD = re.compile(r"[^a-z0-9]+")
# RFC 1035 section 2.3.4; a List-Id has at most 255 characters (RFC 2919 section 2).
_MOST_IN_LABEL = 63
_HOST = re.compile(r"(?<=://)[^/?#:@]+")
# What RFC 3986 lets stand in an address; the rest, with whatever could end the field, is percent-encoded.
_URL_SIGNS = "!#$%&'()*+,/:;=?@[]~"


def one_line(text: str) -> str:
    """Give text without line ends and other controls, and without marks that turn the reading direction."""
    if not text.isprintable():
        text = _DIRECTIONS.sub("", _CONTROLS.sub(" ", text))
    return " ".join(text.split())


def text_field(name: str, text: str) -> bytes:
    """Write an unstructured field such as Subject, with its line end."""
    plain = one_line(text)
    if plain.isascii() and "=?" not in plain and len(name) + 2 + len(plain) <= _MOST_IN_LINE:
        return f"{name}: {plain}\r\n".encode()
    return f"{name}: {_encoded_words(plain)}\r\n".encode()


def address_field(name: str, display_name: str, address: str) -> bytes:
    """Write a field with one address, such as From or To, with its line end."""
    phrase = _phrase(one_line(display_name))
    if not phrase:
        return f"{name}: {address}\r\n".encode()
    return _phrase_field(name, phrase, f"<{address}>")


def list_id_field(title: str, list_id: str) -> bytes:
    """Write a List-Id (RFC 2919 section 3), with its line end: the identifier has its brackets without a title too."""
    return _phrase_field("List-Id", _phrase(one_line(title)), f"<{list_id}>")


def url_field(name: str, url: str) -> bytes:
    """Write a field that points somewhere (RFC 2369), with its line end; nothing without an address."""
    return f"{name}: <{wire_url(url)}>\r\n".encode() if url else b""


def feedback_id_field(issue: str, list_name: str, publication: str, domain: str) -> bytes:
    """Write a Feedback-ID, with its line end: under which names Gmail counts complaints, none of them a person's.

    From the smallest to the sender, as https://support.google.com/mail/answer/6254652 has it. No name may stand in two
    places, hence the words before the list's and the publication's; the sender's has 5 to 15 characters.
    """
    names = (label(issue), f"list-{label(list_name)}", f"pub-{label(publication)}", _sender_id(domain))
    return f"Feedback-ID: {':'.join(names)}\r\n".encode()


def is_address(text: str) -> bool:
    """Tell whether text is one bare address that can stand in an envelope and in a header."""
    return _ADDRESS.fullmatch(text) is not None


def domain_of(address: str) -> str:
    """Give the domain of an address as DNS has it (A-labels, RFC 5890).

    Raises:
        ValueError: there is no such domain name.
    """
    domain = address.rpartition("@")[2]
    if domain.isascii():
        return domain
    import idna

    # idna's errors are ValueErrors (UnicodeError).
    return idna.encode(domain, uts46=True).decode()


def wire_address(address: str) -> str:
    """Give an address with its domain as DNS has it; the part before the @ stays as it is."""
    return f"{address.rpartition('@')[0]}@{domain_of(address)}"


def wire_url(url: str) -> str:
    """Give a web or mail address in ASCII that cannot end its angle brackets, its host as DNS has it."""
    if not url.isascii():
        # Without such a host the field stays harmless, and the address leads nowhere as before.
        with suppress(ValueError):
            url = _HOST.sub(lambda host: domain_of(f"@{host[0]}"), url, count=1)
    return quote(url, safe=_URL_SIGNS, errors="replace")


def usable_address(email: str) -> str | None:
    """Give a person's address as envelope and header have it, None when it can stand in neither."""
    if not is_address(email):
        return None
    try:
        return wire_address(email)
    except ValueError:
        return None


def own_address(address: str) -> str:
    """Give an address of the house as envelope and header have it.

    Raises:
        WorkspaceError: it cannot be used.
    """
    usable = usable_address(address)
    if usable is None or not usable.isascii():
        raise WorkspaceError(
            _("The sender's address {address} cannot be used.").format(address=quoted(address)),
            hint=_("Write one plain address, such as letter@example.org, in rtesmail.toml."),
        )
    return usable


def label(text: str) -> str:
    """Give a name as a part of a List-Id (RFC 2919 section 2): letters, digits, hyphens, at most 63 characters.

    What is cut, and what has no such letters at all, ends in a few digits of its own, so that names stay apart.
    """
    import unicodedata

    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    word = _LABEL_WORD.sub("-", letters).strip("-")
    if word and len(word) <= _MOST_IN_LABEL:
        return word
    return _shortened(word or "list", text, _MOST_IN_LABEL)


def _shortened(word: str, text: str, most: int) -> str:
    digits = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{word[: most - 7].rstrip('-')}-{digits}"


def _sender_id(domain: str) -> str:
    if 5 <= len(domain) <= 15:
        return domain
    return _shortened(label(domain), domain, 15)


def _phrase_field(name: str, phrase: str, bracketed: str) -> bytes:
    if not phrase:
        return f"{name}: {bracketed}\r\n".encode()
    last_line = len(name) + 2 + len(phrase) if "\r\n" not in phrase else len(phrase.rpartition("\r\n")[2])
    gap = " " if last_line + 1 + len(bracketed) <= _MOST_IN_LINE else "\r\n "
    return f"{name}: {phrase}{gap}{bracketed}\r\n".encode()


def _phrase(name: str) -> str:
    if not name:
        return ""
    if name.isascii() and "=?" not in name and len(name) <= 60:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"'
    return _encoded_words(name)


def _encoded_words(text: str) -> str:
    """Write text as encoded words, cut between characters, one a line."""
    content = text.encode("utf-8", "replace")
    if len(content) <= _MOST_IN_WORD:
        return _encoded_word(content)
    words, current = [], b""
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(current) + len(encoded) > _MOST_IN_WORD:
            words.append(current)
            current = b""
        current += encoded
    words.append(current)
    return "\r\n ".join(_encoded_word(word) for word in words)


def _encoded_word(content: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(content).decode()}?="
