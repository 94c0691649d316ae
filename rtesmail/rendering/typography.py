"""French typography on running text: spaces, quotation marks, apostrophes.

The rules are those of the Imprimerie nationale's *Lexique*: a narrow no-break space before ; ! ? and between thousands,
a no-break space before : and inside « », a number kept with its unit, a day with its month, "à" with the hour that ends
a range. Applying them twice changes nothing more.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from rtesmail.model.calendar_names import MONTHS

NARROW = "\u202f"
NO_BREAK = "\u00a0"

_NARROW_BUT_IN_OUTLOOK = f"<!--[if mso]>{NO_BREAK}<![endif]--><!--[if !mso]><!-->{NARROW}<!--<![endif]-->"
APART = "\u200c"
_TEXT_NODE = re.compile(
    r"<!--.*?-->|<(?:style|title|pre|code)\b.*?</(?:style|title|pre|code)>|<[^>]*>|([^<]+)", re.DOTALL | re.IGNORECASE
)
_ENDINGS = "e|ne|le|te|se|fe|ve|ère|rice|trice|euse|ive"
_FORM = (
    rf"(?:(?:[^\W\d_]+-)*(?:[^\W\d_]{{2,}}\.(?:{_ENDINGS})(?:s|\.s)?"
    rf"|[A-ZÀ-ÖØ-Þ]{{2,}}\.(?:{_ENDINGS.upper()})(?:S|\.S)?)|le\.la|du\.de)"
)
INCLUSIVE_FORM = re.compile(rf"(?<![\w./@-]){_FORM}(?:/{_FORM})*(?![\w/@-])(?!\.\w)")
"""Élue.e.s, technicien.nes, vice-président.es, élu.es/agent.es: a full stop and an ending.

A domain such as rtes.example goes on with other letters.
"""

_SPACES = "[ \t\r\n\u00a0\u202f]"
_PROTECTED = re.compile(
    r"""(?:https?://|www\.|mailto:)[^\s<>"«»]*[^\s<>"«».,;:!?)\]]   # addresses, without the stop that ends a sentence
      # E-mail addresses, and names such as @rtes@social.example. They begin where a word does: tried from each letter
      # of a word without end, they would take for ever.
      | (?<![^\s<>"«»()\[\],;:])@?[^\s<>"«»()\[\],;:@]+@[^\s<>"«»()\[\],;:@]+\.\w+
      | @@\w+@@                                                     # what looks like a slot is never reworked
    """,
    re.VERBOSE,
)
_LETTER = r"[^\W\d_]"
_APOSTROPHE = re.compile(rf"(?<={_LETTER})'(?=[\w«])")
_NUMBER_SIGN = re.compile(rf"\b([nN][°º]s?){_SPACES}*(?=\d)")
_BEFORE_HIGH = re.compile(rf"(?<=\S){_SPACES}+(?=[;!?])")
_MISSING_HIGH = re.compile(r"(?<=[\w»)%€])(?=[;!?]+(?:\s|$))")
_BEFORE_COLON = re.compile(rf"(?<=\S){_SPACES}+(?=:(?:\s|$|«))")
_MISSING_COLON = re.compile(r"(?<=[^\W_]|[»)%€])(?=:(?:\s|$))")
_INSIDE_OPENING = re.compile(rf"«{_SPACES}*(?=\S)")
_INSIDE_CLOSING = re.compile(rf"(?<=\S){_SPACES}*»")
_UNIT = re.compile(rf"(?<=\d){_SPACES}(?=[%€])|(?<=\d)(?=[%€](?!\w))")
# Groups of three digits make one number; the first has three at most, which keeps years and telephones as they are.
_THOUSANDS = re.compile(rf"(?<![\w.,/-])\d{{1,3}}(?:{_SPACES}\d{{3}})+(?![\w/-]|{_SPACES}\d)")
_MEASURE = re.compile(
    rf"(?<=\d){_SPACES}(?=(?:k€|M€|Md€|km²?|m²|m³|cm|mm|kg|ha|kWh|MWh|GWh|kW|MW|°C|h|min|millions?|milliards?)(?!\w))"
)
_CENTURY = re.compile(rf"\b((?:[IVX]+|\d{{1,2}})(?:er|e|ème)){_SPACES}(?=siècles?\b)")
_DAY = re.compile(rf"\b(\d{{1,2}}|1er){_SPACES}(?=(?:{'|'.join(names[0] for names in MONTHS)})\b)")
# "de 11h à 12h30", "de 9 à 17 h": the first may leave the h to the second.
_HOUR = rf"\d{{1,2}}(?:{_SPACES}?h(?:{_SPACES}?\d\d)?|:\d\d)"
_HOURS = re.compile(rf"(?<![\w.,/:-])((?:{_HOUR}|\d{{1,2}}){_SPACES}à){_SPACES}(?={_HOUR}(?!\w))")
_QUOTE = re.compile(r'"')
# Where emphasis and links begin and end (`markdown.py`): nothing that a reader sees.
_UNSEEN = "\ue000"
_BEFORE_OPENING = frozenset("([{«'’-–—/")


# A letter and its page on the web have nearly all texts in common, and a save changes one of them.
@lru_cache(maxsize=1024)
def set_french(text: str) -> str:
    """Give text with French typography; addresses, e-mail addresses and hours such as 13:00 stay as they are."""
    # Over the whole text: an address may stand between two of them.
    text = _pair_quotes(text)
    pieces = []
    position = 0
    for protected in _PROTECTED.finditer(text):
        pieces += [text[position : protected.start()], protected[0]]
        position = protected.end()
    pieces.append(text[position:])
    return "".join(
        _set_plain(piece, is_first=i == 0, is_last=i == len(pieces) - 1) if i % 2 == 0 else piece
        for i, piece in enumerate(pieces)
    )


def hold_inclusive_forms(html: str) -> str:
    """Keep mail programs from making links of élue.e.s or technicien.nes: .ne and .es are countries' domains.

    An invisible sign (U+200C) follows the full stop in running text. Lines break at neither full stop nor middle dot
    between letters (Unicode's UAX 14), so that nothing else is needed.
    """
    return _TEXT_NODE.sub(lambda node: node[0] if node[1] is None else INCLUSIVE_FORM.sub(_held_apart, node[0]), html)


def give_outlook_plain_spaces(html: str) -> str:
    """Let Outlook on Windows draw a plain no-break space where others draw the narrow one.

    Word, which draws its letters, has the narrow one in few of its fonts. It alone reads conditional comments; in
    attributes and titles, where there are none, everybody gets the plain one.
    """
    return _TEXT_NODE.sub(_with_fallback, html)


def _with_fallback(node: re.Match[str]) -> str:
    if node[1] is None:
        return node[0].replace(NARROW, NO_BREAK)
    return node[0].replace(NARROW, _NARROW_BUT_IN_OUTLOOK)


def _held_apart(form: re.Match[str]) -> str:
    return form[0].replace(".", f".{APART}")


def leave_as_is(text: str) -> str:
    """Give the text itself: for languages whose typography is left to the writer."""
    return text


def typographer(language: str) -> Callable[[str], str]:
    """Give the function that sets text in a language such as `fr` or `en`."""
    return set_french if language.split("-")[0].lower() == "fr" else leave_as_is


def _pair_quotes(text: str) -> str:
    """Make "…" into «…», also one inside another, when each mark has its partner.

    A mark opens before a word and closes behind one; where none is open, one behind a number is an inch. One alone
    leaves all of them as they are.
    """
    seen = text.replace(_UNSEEN, "")
    if '"' not in seen:
        return text
    turned: list[str] = []
    depth = 0
    for mark in _QUOTE.finditer(seen):
        before, after = seen[mark.start() - 1 : mark.start()], seen[mark.end() : mark.end() + 1]
        if turned and before == '"':
            opens = turned[-1] == "«"
        elif not before.strip() or before in _BEFORE_OPENING:
            # Before » a space will stand.
            opens = (bool(after.strip()) and after != "»") or not depth
        else:
            opens = not depth and not before.isalnum() and after.isalnum()
        if not (opens or depth) and before.isdigit():
            turned.append('"')
            continue
        depth += 1 if opens else -1
        if depth < 0:
            return text
        turned.append("«" if opens else "»")
    if depth:
        return text
    marks = iter(turned)
    return _QUOTE.sub(lambda _mark: next(marks), text)


def _set_plain(text: str, *, is_first: bool, is_last: bool) -> str:
    """Apply the rules to a stretch without addresses; a neighbouring address counts as a word."""
    if not text:
        return text
    before, after = "" if is_first else "x", "" if is_last else "x"
    held = f"{before}{text}{after}"
    held = _INSIDE_OPENING.sub(f"«{NO_BREAK}", held)
    held = _INSIDE_CLOSING.sub(f"{NO_BREAK}»", held)
    held = _APOSTROPHE.sub("’", held)
    held = _NUMBER_SIGN.sub(rf"\1{NO_BREAK}", held)
    held = _BEFORE_HIGH.sub(NARROW, held)
    held = _MISSING_HIGH.sub(NARROW, held)
    held = _BEFORE_COLON.sub(NO_BREAK, held)
    held = _MISSING_COLON.sub(NO_BREAK, held)
    held = _UNIT.sub(NO_BREAK, held)
    held = _MEASURE.sub(NO_BREAK, held)
    held = _THOUSANDS.sub(lambda found: re.sub(_SPACES, NARROW, found[0]), held)
    held = _CENTURY.sub(rf"\1{NO_BREAK}", held)
    held = _DAY.sub(rf"\1{NO_BREAK}", held)
    held = _HOURS.sub(rf"\1{NO_BREAK}", held)
    return held[len(before) : len(held) - len(after)]
