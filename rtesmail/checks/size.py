"""Gmail cuts a message off at 102 KB of HTML, and the end holds the way to unsubscribe.

Google publishes no rule: 102 KB is what senders have measured. A test of 2022 was cut at about 105,000 bytes, which is
102 KB of 1024, and saw the way it was encoded matter
(https://www.spamresource.com/2022/01/what-is-gmail-clipping-and-what-to-do.html); others hold that the source counts as
it travels (https://github.com/hteumeuleu/email-bugs/issues/41). So the HTML is counted before it is encoded, without
the plain text and the pictures, and the warning leaves room for what quoted-printable and a provider add.
"""

from collections.abc import Iterator
from gettext import gettext as _

from rtesmail.checks.registry import Remark, check
from rtesmail.checks.subject import Subject
from rtesmail.model.findings import Severity
from rtesmail.model.numbers import decimal, grouped
from rtesmail.rendering.slots import fill_html, longest_values

KILOBYTE = 1024
MOST = 102 * KILOBYTE
"""Bytes that Gmail shows."""
NEARLY = 90 * KILOBYTE
"""From here what is added on the way may reach `MOST`: a tenth by encoding, or a provider's own links."""


@check("size", Severity.ERROR, measures=True)
def weigh(subject: Subject) -> Iterator[Remark]:
    html = fill_html(subject.sent_html, longest_values(subject.workspace))
    size = len(html.encode("utf-8", "replace"))
    if size <= NEARLY:
        return
    figures = {"size": decimal(f"{size / KILOBYTE:.1f}"), "bytes": grouped(size), "most": MOST // KILOBYTE}
    if size > MOST:
        yield Remark(
            _("The HTML weighs {size} KB ({bytes} bytes), more than {most} KB: Gmail would cut it off.").format(
                **figures
            ),
            _("Take snippets out, or shorten the longest and link to the rest."),
        )
        return
    yield Remark(
        _(
            "The HTML weighs {size} KB ({bytes} bytes); Gmail cuts off at {most} KB, and the way there adds some."
        ).format(**figures),
        _("Think of taking a snippet out."),
        severity=Severity.WARNING,
    )
