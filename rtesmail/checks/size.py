"""Gmail cuts a message off at 102 KB of HTML, and the end holds the way to unsubscribe."""

from collections.abc import Iterator
from gettext import gettext as _

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Subject
from rtesmail.model.findings import Severity
from rtesmail.rendering.slots import fill_html, preview_values

KILOBYTE = 1024
MOST = 90 * KILOBYTE
"""Bytes. Room is left for what providers add: link rewriting, an open counter."""
NEARLY = 80 * KILOBYTE


@check("size", Severity.ERROR, measures=True)
def weigh(subject: Subject) -> Iterator[Remark]:
    # As one reader gets it, and as Gmail counts: the bytes of the HTML before it is encoded for the way.
    html = fill_html(subject.edition.html, preview_values(subject.workspace))
    size = len(html.encode("utf-8", "replace"))
    if size <= NEARLY:
        return
    figures = {"size": f"{size / KILOBYTE:.1f}", "bytes": size, "most": MOST // KILOBYTE}
    if size > MOST:
        yield Remark(
            _("The HTML weighs {size} KB ({bytes} bytes), more than {most} KB: Gmail would cut it off.").format(
                **figures
            ),
            _("Take snippets out, or shorten the longest and link to the rest."),
        )
        return
    yield Remark(
        _("The HTML weighs {size} KB ({bytes} bytes); beyond {most} KB it cannot be sent.").format(**figures),
        _("Think of taking a snippet out."),
        severity=Severity.WARNING,
    )
