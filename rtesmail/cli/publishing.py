"""Commands for everybody's eyes: the archive of published issues, and what partners need to relay one."""

from collections.abc import Sequence
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.findings import Finding
from rtesmail.model.numbers import grouped

if TYPE_CHECKING:
    from rtesmail.model.publication import Workspace

UrlOption = Annotated[
    str,
    typer.Option(
        "--url",
        help=_("Where the archive answers (url under [publishing] when not given)."),
        metavar="https://…",
    ),
]


def register(application: typer.Typer) -> None:
    application.command(
        "publish",
        cls=wording.Command,
        help=_("Put an approved issue into the archive: a folder of pages, ready for any web server."),
    )(publish)
    application.command(
        "relay",
        cls=wording.Command,
        help=_("Make what partners need to relay an approved issue: texts, a picture, a page to paste."),
    )(relay)


def _show_remarks(findings: Sequence[Finding]) -> None:
    """Say what the files themselves have, before what was made of them."""
    if findings:
        terminal.show_findings(findings)
        terminal.say()


def publish(
    context: typer.Context,
    issue: setting.IssueArgument,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", help=_("The archive's folder (folder under [publishing] when not given)."), metavar=_("FOLDER")
        ),
    ] = None,
    url: UrlOption = "",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.checks.together import told_together
    from rtesmail.delivery.targets import named
    from rtesmail.publishing.archive import publish_issue

    workspace = setting.current_workspace(context)
    loaded, findings = setting.loaded_issue(workspace, issue)
    with setting.opened_store(workspace) as store, told_together(findings):
        published = publish_issue(workspace, store, loaded, folder=to, url=url)
    if as_json:
        terminal.emit(
            {
                "issue": loaded.id,
                "folder": str(published.folder),
                "page": str(published.page),
                "address": published.address,
                "editions": published.editions,
                "listed": not published.audiences,
                "foreign_hosts": list(published.foreign_hosts),
                "findings": [terminal.finding_as_json(finding) for finding in findings],
            }
        )
        return
    _show_remarks(findings)
    terminal.facts([(_("page"), terminal.shown_path(published.page)), (_("address"), published.address)])
    if published.audiences:
        terminal.say()
        terminal.say(
            _(
                "Approved for {audience} only: the page is for who has its address, and stands in no index or feed."
            ).format(audience=named(published.audiences))
        )
    if published.foreign_hosts:
        terminal.say()
        terminal.say(
            _("This page loads pictures from elsewhere, which can count its readers: {hosts}").format(
                hosts=", ".join(published.foreign_hosts)
            )
        )
    terminal.say()
    terminal.say(
        ngettext(
            "The archive holds {n} issue. Next: copy {folder} to the web server.",
            "The archive holds {n} issues. Next: copy {folder} to the web server.",
            published.editions,
        ).format(n=grouped(published.editions), folder=terminal.shown_path(published.folder))
    )


def relay(
    context: typer.Context,
    issue: setting.IssueArgument,
    to: Annotated[
        Path | None,
        typer.Option("--to", help=_("The kit's folder (out/ISSUE/relay when not given)."), metavar=_("FOLDER")),
    ] = None,
    url: UrlOption = "",
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.checks.together import told_together
    from rtesmail.publishing.relay import make_relay_kit

    workspace = setting.current_workspace(context)
    loaded, findings = setting.loaded_issue(workspace, issue)
    with setting.opened_store(workspace) as store, told_together(findings):
        kit = make_relay_kit(workspace, store, loaded, folder=to, url=url)
    if as_json:
        terminal.emit(
            {
                "issue": loaded.id,
                "folder": str(kit.folder),
                "page": str(kit.page),
                "address": kit.address,
                "files": list(kit.files),
                "findings": [terminal.finding_as_json(finding) for finding in findings],
            }
        )
        return
    _show_remarks(findings)
    terminal.facts(
        [
            (_("folder"), terminal.shown_path(kit.folder)),
            (_("files"), ", ".join(kit.files)),
            (_("link"), kit.address),
        ]
    )
    terminal.say()
    terminal.say(when_link_answers(workspace, loaded.id, kit.address, kit.digest))
    terminal.say(_("Next: open {page} in a browser.").format(page=terminal.shown_path(kit.page)))


def when_link_answers(workspace: "Workspace", issue_id: str, link: str, digest: str = "") -> str:
    """Say when the link to an issue's page answers; with `digest`, also that the page shows another edition.

    Whether a folder is on a web server cannot be known here.
    """
    from rtesmail.publishing.whereabouts import find_page, publish_command

    found = find_page(workspace, issue_id, link, digest)
    if found is None:
        return _("The link answers once the issue is published: {command}").format(
            command=publish_command(workspace, issue_id, link)
        )
    page, folder = found.page, terminal.shown_path(found.folder / issue_id)
    command = publish_command(workspace, issue_id, link, found.folder)
    if page is None:
        return _(
            "The page was put into {folder}, where it is not found now: the link answers if a web server has it. "
            "To make it again: {command}"
        ).format(folder=folder, command=command)
    if not page.leads_to(link):
        return _("The page in {folder} was made for {address}, where the link does not lead: {command}").format(
            folder=folder, address=page.address, command=command
        )
    if digest and digest != page.digest:
        return _("The link leads to an earlier state of the issue, in {folder}: {command}").format(
            folder=folder, command=command
        )
    return _("The link leads to the page in {folder}, and answers once that is on the web server.").format(
        folder=folder
    )
