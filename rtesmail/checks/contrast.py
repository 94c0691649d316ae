"""Text stands out from its ground: WCAG 2.2, success criterion 1.4.3."""

import re
from collections.abc import Iterator, Mapping
from gettext import gettext as _

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Subject
from rtesmail.model.findings import Severity

LEAST = 4.5
TEXT_COLOURS = ("ink", "accent", "date", "meta")
GROUNDS = ("paper", "ground")
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@check("contrast", Severity.ERROR)
def measure_contrasts(subject: Subject) -> Iterator[Remark]:
    theme = subject.workspace.configuration.theme
    for mode, colours in (("light", theme.light), ("dark", theme.dark)):
        for text, ground, ratio in _pale_pairs(colours):
            # Cut, not rounded: 4.49 must not be shown as 4.5.
            yield Remark(
                _(
                    "In the {mode} theme, {text} on {ground} has a contrast of {ratio}:1; {least}:1 is the least."
                ).format(mode=mode, text=text, ground=ground, ratio=f"{int(ratio * 100) / 100:.2f}", least=LEAST),
                _("Make {text} darker or lighter.").format(text=text),
                subject.place_in_configuration(f"theme.{mode}.{text}"),
            )


def contrast_ratio(one: str, other: str) -> float:
    """The WCAG contrast of two `#rrggbb` colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _pale_pairs(colours: Mapping[str, str]) -> Iterator[tuple[str, str, float]]:
    for text in TEXT_COLOURS:
        for ground in GROUNDS:
            one, other = colours.get(text, ""), colours.get(ground, "")
            if not (_HEX.fullmatch(one) and _HEX.fullmatch(other)):
                continue
            ratio = contrast_ratio(one, other)
            if ratio < LEAST:
                yield text, ground, ratio


def _luminance(colour: str) -> float:
    """WCAG's relative luminance."""
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
