"""What a person sees when a command stops: what is wrong, where, what to do, and an exit code."""

import sys
from gettext import gettext as _
from gettext import ngettext

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.errors import ContentError, RefusedError, RtesmailError, StoppedError
from rtesmail.model.numbers import grouped
from rtesmail.model.quoting import quoted

MOST_ISSUES = 8
"""Issues named to whoever named none: what is worked on is among the newest."""


def show(error: Exception, *, is_debug: bool) -> int:
    """Print `error` on standard error and give the exit code; as JSON on standard output too with `--json`."""
    if is_debug:
        import traceback

        traceback.print_exception(error)
    if not isinstance(error, RtesmailError):
        terminal.complain(_("Something unexpected happened: {error}").format(error=f"{type(error).__name__}: {error}"))
        terminal.complain(_("→ Run the same command with --debug and send what it prints to whoever keeps rtesmail."))
        return 1
    findings = error.findings if isinstance(error, ContentError | RefusedError) else ()
    # Not inside the f-string: texts are not collected from there.
    stopped = _("Stopped:")
    terminal.complain(f"{terminal.paint(stopped, 'error', file=sys.stderr)} {error}")
    if findings:
        terminal.show_findings(findings, file=sys.stderr)
    if error.hint:
        terminal.complain(f"→ {error.hint}")
    if "--json" in sys.argv:
        terminal.emit(
            {
                "error": str(error),
                "hint": error.hint,
                "exit_code": error.exit_code,
                "findings": [terminal.finding_as_json(f) for f in findings],
            }
        )
    return error.exit_code


def show_interruption() -> int:
    """Say that Ctrl-C was heard."""
    terminal.complain(_("Interrupted. Nothing is lost: run the same command again to go on."))
    return StoppedError.exit_code


def show_usage_error(error: typer.TyperException) -> int:
    """Say what was typed wrong, with the usage line; help that was asked for by typing nothing is no error."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        terminal.say(error.format_message())
        return 2
    if context is not None:
        terminal.complain(wording.usage_line(context))
    terminal.complain(wording.usage_error(error))
    if context is not None and wording.misses(error, "issue"):
        _show_issues(context)
    if context is not None and (option := wording.left_open(error, context)):
        terminal.complain(f"→ {option}")
    if context is not None:
        terminal.complain(_("→ {command} --help shows what can be typed.").format(command=context.command_path))
    return error.exit_code


def _show_issues(context: typer.Context) -> None:
    """Name the newest issues to whoever named none, and what to type for the first; nothing outside of a workspace."""
    from rtesmail.content.issues import list_issues

    try:
        known = list_issues(setting.current_workspace(context))
    except RtesmailError:
        return
    if not known:
        terminal.complain(_("There is no issue yet."))
        terminal.complain("→ " + _("Make one: rtesmail assemble PUBLICATION NUMBER"))
        return
    for value, option in wording.values_of(context):
        if value in known:
            # `check --sarif 2025-04-mensuelle`: what follows an option is the option's.
            message = _("{value} stands after {option} and is taken for its value; name the issue too.")
            terminal.complain(message.format(value=quoted(value), option=quoted(option)))
            terminal.complain(_("→ For example: {command}").format(command=f"{context.command_path} {value}"))
            return
    terminal.complain(_("The issues, newest first:"))
    for issue_id in known[:MOST_ISSUES]:
        terminal.complain(f"  {issue_id}")
    more = len(known) - MOST_ISSUES
    if more > 0:
        words = ngettext("and {n} more: rtesmail issues", "and {n} more: rtesmail issues", more)
        terminal.complain("  " + words.format(n=grouped(more)))
    example = " ".join((context.command_path, known[0], *wording.required_options(context)))
    terminal.complain(_("→ For example: {command}").format(command=example))
