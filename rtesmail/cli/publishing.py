"""Commands for everybody's eyes: the archive of published issues, and what partners need to relay one."""

from collections.abc import Sequence
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.findings import Finding

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
    from rtesmail.delivery.targets import named
    from rtesmail.publishing.archive import publish_issue

    workspace = setting.current_workspace(context)
    loaded, findings = setting.loaded_issue(workspace, issue)
    with setting.opened_store(workspace) as store:
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
        ).format(n=terminal.number(published.editions), folder=terminal.shown_path(published.folder))
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
    from rtesmail.publishing.relay import make_relay_kit

    workspace = setting.current_workspace(context)
    loaded, findings = setting.loaded_issue(workspace, issue)
    with setting.opened_store(workspace) as store:
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
    terminal.say(_("The link answers once the issue is published: rtesmail publish {issue}").format(issue=loaded.id))
    terminal.say(_("Next: open {page} in a browser.").format(page=terminal.shown_path(kit.page)))
