"""Text can be read: it stands out from its ground (WCAG 2.2, success criterion 1.4.3), and is not tiny."""

from collections.abc import Iterable, Iterator, Mapping
from gettext import gettext as _

from rtesmail.checks.colours import WHITE, Colour, contrast, read_colour, shown
from rtesmail.checks.registry import Remark, check
from rtesmail.checks.rendered import ShownText, dark_overlay, shown_texts
from rtesmail.checks.subject import Place, Subject
from rtesmail.checks.templates import own_template, template_place_of_words
from rtesmail.model.findings import Severity
from rtesmail.model.numbers import decimal

LEAST = 4.5
TEXT_COLOURS = ("ink", "accent", "date", "meta")
GROUNDS = ("paper", "ground")
_MOST_WORDS = 40


@check("contrast", Severity.ERROR)
def measure_contrasts(subject: Subject) -> Iterator[Remark]:
    """The theme's colours first, at their lines; then every pair of the page that they do not explain."""
    theme = subject.workspace.configuration.theme
    called = {"light": _("light"), "dark": _("dark")}
    overlay = dark_overlay(subject.document)
    pages: list[tuple[str, Mapping[str, str], Iterable[ShownText]]] = [("light", theme.light, subject.shown_texts)]
    if overlay:
        pages.append(("dark", theme.dark, shown_texts(subject.document, overlay)))
    for mode, colours in (("light", theme.light), ("dark", theme.dark)):
        for text, ground, ratio in _pale_pairs(colours):
            yield Remark(
                _(
                    "In the {mode} theme, {text} on {ground} has a contrast of {ratio}:1; {least}:1 is the least."
                ).format(mode=called[mode], text=text, ground=ground, ratio=_cut(ratio), least=decimal(f"{LEAST}")),
                _("Make {text} darker or lighter.").format(text=text),
                subject.place_in_configuration(f"theme.{mode}.{text}"),
            )
    for mode, colours, texts in pages:
        told: set[tuple[Colour | None, Colour | None]] = {
            (_theme_colour(colours, text), _theme_colour(colours, ground)) for text, ground, _r in _pale_pairs(colours)
        }
        for seen in texts:
            pair = (seen.colour, seen.ground)
            if seen.ground is None or pair in told or contrast(seen.colour, seen.ground) >= LEAST:
                continue
            told.add(pair)
            yield Remark(
                _("In the {mode} theme, “{words}” ({colour} on {ground}) has a contrast of {ratio}:1.").format(
                    mode=called[mode],
                    words=_beginning(seen.words),
                    colour=shown(seen.colour),
                    ground=shown(seen.ground),
                    ratio=_cut(contrast(seen.colour, seen.ground)),
                ),
                _("{least}:1 is the least: make it darker or lighter in the template.").format(
                    least=decimal(f"{LEAST}")
                ),
                subject.place_of_words(seen.words) or _place_in_template(subject, seen.words),
            )


@check("text-size", Severity.WARNING)
def find_small_text(subject: Subject) -> Iterator[Remark]:
    """WCAG names no least size; the house's own templates never go below 14 pixels, so what does is a slip."""
    least = subject.workspace.configuration.checks.smallest_text
    told: set[float] = set()
    for text in subject.shown_texts:
        if text.size >= least or text.size in told:
            continue
        told.add(text.size)
        yield Remark(
            _("“{words}” is written in {size} pixels; {least} are the least.").format(
                words=_beginning(text.words), size=decimal(f"{text.size:g}"), least=least
            ),
            _("Make it larger in the template, or say it elsewhere."),
            subject.place_of_words(text.words) or _place_in_template(subject, text.words),
        )


def _pale_pairs(colours: Mapping[str, str]) -> Iterator[tuple[str, str, float]]:
    for text in TEXT_COLOURS:
        for ground in GROUNDS:
            one, other = _theme_colour(colours, text), _theme_colour(colours, ground)
            if one is not None and other is not None and contrast(one, other) < LEAST:
                yield text, ground, contrast(one, other)


def _theme_colour(colours: Mapping[str, str], name: str) -> Colour | None:
    return read_colour(colours.get(name, ""), WHITE)


def _place_in_template(subject: Subject, words: str) -> Place:
    return template_place_of_words(subject, words) or own_template(subject)


def _cut(ratio: float) -> str:
    """Cut, not rounded: 4.49 must not be shown as 4.5."""
    return decimal(f"{int(ratio * 100) / 100:.2f}")


def _beginning(words: str) -> str:
    return words if len(words) <= _MOST_WORDS else f"{words[:_MOST_WORDS].rstrip()}…"
