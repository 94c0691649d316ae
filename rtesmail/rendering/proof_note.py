"""What colleagues read above a proof: its remarks, what changed since the last one, how to say yes."""

import re
from collections.abc import Sequence
from html import escape

from msgspec import Struct
from msgspec.structs import replace

from rtesmail.model.edition import Edition, Variant
from rtesmail.model.findings import Finding, Severity
from rtesmail.rendering.change_words import describe_change, describe_passage
from rtesmail.rendering.comparing import Change
from rtesmail.rendering.slots import quiet_marks
from rtesmail.rendering.translations import translation

MOST_FINDINGS, MOST_CHANGES, MOST_PASSAGES = 10, 15, 3
_WIDTH = 72
# After the preheader, so that inboxes show of a proof what they will show of the letter.
_START = re.compile(r"<body\b[^>]*>\s*(?:<div style=\"display:none[^>]*>.*?</div>)?", re.DOTALL | re.IGNORECASE)


class ProofNote(Struct, frozen=True):
    """What is said above a proof; `changes` is None when no proof was sent before."""

    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] | None = None


def add_note(edition: Edition, note: ProofNote) -> Edition:
    """Give the edition with the note above it, not within its design: below, HTML and text are as they were."""
    groups = _groups(edition, note)
    html, text = _as_html(groups), _as_text(groups)

    def with_note(page: str) -> str:
        return _START.sub(lambda found: found[0] + html, page, count=1)

    return replace(
        edition,
        html=with_note(edition.html),
        text=text + edition.text,
        variants=tuple(Variant(one.key, with_note(one.html), text + one.text) for one in edition.variants),
    )


def _groups(edition: Edition, note: ProofNote) -> list[tuple[str, list[str]]]:
    """Give headings with their lines; the first is what this is."""
    _ = translation(edition.language).gettext
    changes = note.changes
    if changes is None:
        changed = [_("This is the first proof.")]
    elif not changes:
        changed = [_("Nothing has changed.")]
    else:
        changed = _changed(changes, edition.language)
    return [
        (_("Proof: readers have not got this letter"), []),
        (_("Remarks"), _remarks(note.findings, edition.language) or [_("The checks found nothing.")]),
        (_("Since the last proof"), changed),
        (
            _("To say yes"),
            [
                _("Answer this mail with your remarks, or: {command}").format(
                    command=f'rtesmail approve {edition.issue} --by "…"'
                )
            ],
        ),
    ]


def _changed(changes: Sequence[Change], language: str) -> list[str]:
    lines = []
    for change in changes[:MOST_CHANGES]:
        lines.append(describe_change(change, language))
        lines += [f"   {describe_passage(passage, language)}" for passage in change.details[:MOST_PASSAGES]]
    return lines + _more(len(changes) - MOST_CHANGES, language)


def _more(number: int, language: str) -> list[str]:
    return [translation(language).gettext("… and {n} more").format(n=number)] if number > 0 else []


def _remarks(findings: Sequence[Finding], language: str) -> list[str]:
    _ = translation(language).gettext
    names = {Severity.ERROR: _("error"), Severity.WARNING: _("warning"), Severity.NOTE: _("note")}
    lines = [
        f"{names[f.severity]} – {f.message}" + (f" ({f.place})" if f.place else "") for f in findings[:MOST_FINDINGS]
    ]
    return lines + _more(len(findings) - MOST_FINDINGS, language)


def _as_html(groups: Sequence[tuple[str, list[str]]]) -> str:
    """Give plain paragraphs in colours of their own, which no dark mode of the letter touches."""
    font = "font-family:Arial,Helvetica,sans-serif;color:#1a1a1a!important;"
    (title, _none), *rest = groups
    parts = [f'<p style="margin:0 0 12px;{font}font-size:16px;line-height:24px;font-weight:bold;">{_safe(title)}</p>']
    for heading, lines in rest:
        items = "".join(
            f'<p style="margin:0 0 4px;{font}font-size:14px;line-height:20px;">{_safe(line)}</p>' for line in lines
        )
        parts.append(
            f'<p style="margin:12px 0 4px;{font}font-size:14px;line-height:20px;font-weight:bold;">{_safe(heading)}</p>'
            f"{items}"
        )
    inner = f'<div style="max-width:552px;margin:0 auto;padding:20px 24px;">{"".join(parts)}</div>'
    return (
        '<div style="background-color:#fdf6d8!important;border-bottom:3px solid #1a1a1a;word-break:break-word;">'
        + inner
        + "</div>"
    )


def _as_text(groups: Sequence[tuple[str, list[str]]]) -> str:
    rule = "#" * _WIDTH
    lines = [rule]
    for heading, inner in groups:
        lines += [
            quiet_marks(heading),
            *(f"{'' if line.startswith(' ') else '- '}{quiet_marks(line)}" for line in inner),
            "",
        ]
    return "\n".join([*lines[:-1], rule, "", ""])


def _safe(text: str) -> str:
    return escape(quiet_marks(text))
