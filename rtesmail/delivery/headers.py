"""Header fields that cannot be broken out of: RFC 5322 lines, RFC 2047 words."""

import base64
import re

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MOST_IN_LINE = 76
# 39 bytes give 52 characters: with its frame and the longest field name before it, a word stays within a line.
_MOST_IN_WORD = 39
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@\x00-\x1f\x7f-\x9f]{1,64}@[^\s<>()\[\]\\,;:\"@\x00-\x1f\x7f-\x9f]{1,253}")
_LABEL_WORD = re.compile(r"[^a-z0-9]+")


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
    last_line = len(name) + 2 + len(phrase) if "\r\n" not in phrase else len(phrase.rpartition("\r\n")[2])
    gap = " " if last_line + 3 + len(address) <= _MOST_IN_LINE else "\r\n "
    return f"{name}: {phrase}{gap}<{address}>\r\n".encode()


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


def label(text: str) -> str:
    """Give a name as a part of a List-Id (RFC 2919 section 2): letters, digits, hyphens."""
    import unicodedata

    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _LABEL_WORD.sub("-", letters).strip("-") or "list"


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
