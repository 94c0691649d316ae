"""An issue becomes a letter on paper: an A4 PDF made for print, the same bytes for the same files.

It holds every block, also those for some readers only, as the web version does: paper lies on a desk for whoever comes
by.
"""

from gettext import gettext as _

from msgspec import Struct

from rtesmail.model.content import Issue
from rtesmail.model.errors import ContentError
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.publication import Workspace
from rtesmail.model.slots import SLOT_MARK
from rtesmail.rendering.addresses import web_address
from rtesmail.rendering.context import make_context
from rtesmail.rendering.environment import open_templates
from rtesmail.rendering.paper.pictures import PrintGallery
from rtesmail.rendering.paper.press import print_pdf, square_code
from rtesmail.rendering.paper.words import Paper

TEMPLATE = "letter.html.j2"
STYLE_SHEET = "letter.css.j2"


class Letter(Struct, frozen=True):
    """The PDF, how many pages it has, and what it leaves out or what its style sheet says wrong, as findings."""

    content: bytes
    pages: int
    findings: tuple[Finding, ...]


def render_letter(workspace: Workspace, issue: Issue) -> Letter:
    """Print an issue as a PDF. Nothing is fetched from the web.

    Paper has two sides: a letter that leaves a back blank, or fills no more than one of them, is set tighter if that
    saves its last page.

    Raises:
        ContentError: a template or a picture has mistakes, each a finding with its path and line.
        RtesmailError: what prints is not installed; the hint says what to install.
    """
    gallery = PrintGallery(workspace.root)
    printed = print_pdf(_render_html(workspace, issue, gallery), gallery.printed, workspace.root)
    if printed.pages == 2 or (printed.pages > 2 and printed.pages % 2):
        again = PrintGallery(workspace.root)
        tighter = print_pdf(_render_html(workspace, issue, again, is_tight=True), again.printed, workspace.root)
        printed = tighter if tighter.pages < printed.pages else printed
    path = open_templates(workspace, issue.publication.language).locate(STYLE_SHEET)
    remarks = (
        Finding("letter", Severity.WARNING, _("The press remarks: {words}").format(words=words), "", path)
        for words in printed.remarks
    )
    return Letter(printed.content, printed.pages, (*gallery.findings, *remarks))


def _render_html(workspace: Workspace, issue: Issue, gallery: PrintGallery, *, is_tight: bool = False) -> str:
    language = issue.publication.language
    templates = open_templates(workspace, language)
    address = web_address(workspace, issue)
    context = {
        **make_context(workspace, issue, gallery.take, is_web=True),
        "paper": Paper(language),
        "issued_on": issue.date.isoformat(),
        "layout": issue.publication.template,
        "is_tight": is_tight,
        "code": gallery.add(square_code(address)) if address else "",
    }
    refused = [finding for finding in gallery.findings if finding.severity is Severity.ERROR]
    if refused:
        raise ContentError(
            _("Some pictures cannot be used; nothing was built."), refused, hint=_("Mend them and build again.")
        )
    css = templates.render(STYLE_SHEET, context)
    html = templates.render(TEMPLATE, {**context, "css": css})
    left = SLOT_MARK.search(html)
    if left or templates.slot_key in html:
        finding = Finding(
            "slot",
            Severity.ERROR,
            _("The letter holds a slot, but paper is for nobody in particular."),
            _("Take {call} out of the template.").format(call="slot(…)"),
            templates.locate(TEMPLATE),
        )
        raise ContentError(_("The template has mistakes; nothing was built."), [finding], hint=finding.hint)
    return html
