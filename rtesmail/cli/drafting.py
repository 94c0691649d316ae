"""`new`: a draft snippet, asked for field by field on a terminal or given whole by a script."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from gettext import gettext as _
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.quoting import quoted

if TYPE_CHECKING:
    from typing import Protocol

    from rtesmail.content.answers import Question
    from rtesmail.content.date_answers import Answer
    from rtesmail.content.drafts import Written
    from rtesmail.model.publication import Workspace

    class Asking(Protocol):
        """Ask one question until the answer fits; say whether there is more to read."""

        def __call__(self, question: Question, *, is_needed: bool) -> bool: ...


def register(application: typer.Typer) -> None:
    application.command(
        "new",
        cls=wording.Command,
        help=_("Write a draft snippet. On a terminal it asks field by field; an empty answer skips one."),
    )(new)


def new(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=_("The kind: event, article, call, publication…"), metavar=_("KIND"))],
    title: Annotated[str, typer.Option("--title", help=_("The title as readers see it."), metavar=_("TEXT"))] = "",
    start: Annotated[
        str, typer.Option("--start", help=_("When an event begins, such as 15/05/2025 9h30."), metavar=_("DATE"))
    ] = "",
    text: Annotated[str, typer.Option("--text", help=_("The text, in Markdown."), metavar=_("TEXT"))] = "",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help=_("Any other field, such as place=Brumeval; can be repeated."), metavar=_("FIELD=VALUE")
        ),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask/--no-ask", help=_("Ask for the other fields, when there is a terminal."))
    ] = True,
    edit: Annotated[bool, typer.Option("--edit", help=_("Open the draft in $VISUAL or $EDITOR."))] = False,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.content import answers
    from rtesmail.content.drafts import write_draft

    require_kind(kind)
    editor = _editor() if edit else []
    workspace = setting.current_workspace(context)
    first = [("title", title), ("start", start), (answers.BODY, text)]
    values = given(
        kind,
        [(name, typed) for name, typed in first if typed] + [pair(setting_text) for setting_text in settings or ()],
        workspace,
    )
    if ask and not as_json and sys.stdin.isatty():
        _ask_all(kind, values, workspace)
    _require_all(kind, values)
    written = write_draft(workspace, answers.draft_of(kind, values))
    if editor:
        subprocess.run([*editor, str(written.path)], check=False)
    if as_json:
        terminal.emit({"kind": kind, "id": written.id, "path": str(written.path)})
        return
    show_written(workspace, written.path)


def show_written(workspace: "Workspace", path: Path) -> None:
    """Say where a draft is, what is still to be mended in it, and what comes next."""
    from rtesmail.content.snippets import read_snippet

    terminal.say(_("Draft written: {path}").format(path=terminal.shown_path(path)))
    found = read_snippet(path, workspace.root, regions=workspace.configuration.regions).findings
    if found:
        terminal.show_findings(found)
    terminal.say(
        _("Next: rtesmail preview shows it while you edit; when a colleague has read it over, write status: reviewed.")
    )


def require_kind(kind: str) -> None:
    """Stop at a kind that there is not, and name the nearest."""
    from rtesmail.content.kinds import KINDS
    from rtesmail.model.errors import RtesmailError
    from rtesmail.model.suggestions import one_of

    if kind not in KINDS:
        raise RtesmailError(_("There is no kind {name}.").format(name=quoted(kind)), hint=one_of(kind, KINDS))


def _editor() -> list[str]:
    """Give the person's editor as words of a command."""
    import shutil

    from rtesmail.model.errors import RtesmailError

    wish = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        words = shlex.split(wish)
    except ValueError:
        words = []
    if not words or not shutil.which(words[0]):
        raise RtesmailError(
            _("There is no editor to open the draft with."),
            hint=_("Set EDITOR to the name of yours, or leave --edit out and open the file yourself."),
        )
    return words


def pair(text: str) -> tuple[str, str]:
    """Part what was typed after --set into field and value."""
    from rtesmail.model.errors import RtesmailError

    name, sign, value = text.partition("=")
    if not sign:
        raise RtesmailError(
            _("--set {text} has no value.").format(text=text), hint=_("Write it as {example}").format(example="place=…")
        )
    return name.strip(), value


def given(kind: str, pairs: list[tuple[str, str]], workspace: "Workspace") -> dict[str, "Written"]:
    """Check the fields given on the command line; the first that cannot be read stops."""
    from rtesmail.content.answers import read_answer
    from rtesmail.model.errors import RtesmailError

    values: dict[str, Written] = {}
    told = ""
    today = setting.local_now(workspace).date()
    # The end last: an hour alone is one of the day on which it starts.
    for name, typed in sorted(pairs, key=lambda pair: pair[0] == "end"):
        start = values.get("start", "")
        answer = read_answer(kind, name, typed, workspace.configuration.regions, today=today, start=start)
        if answer.message:
            raise RtesmailError(answer.message, hint=answer.hint)
        if name == "end" and told not in ("", answer.value):
            raise RtesmailError(
                _("start tells the end {one}, and end another one: {other}.").format(one=told, other=answer.value),
                hint=_("Write the end at one place."),
            )
        if answer.hint:
            terminal.complain(f"→ {answer.hint}")
        values[name] = answer.value
        if answer.end:
            told = values["end"] = answer.end
    return values


def _require_all(kind: str, values: Mapping[str, "Written"]) -> None:
    from rtesmail.content.answers import missing
    from rtesmail.model.errors import RtesmailError

    lacking = missing(kind, values)
    if lacking:
        raise RtesmailError(
            _lacking(kind, lacking),
            hint=_("Give what is missing with --set FIELD=VALUE. Nothing was written."),
        )


def _lacking(kind: str, groups: Iterable[tuple[str, ...]]) -> str:
    from rtesmail.content.labels import field_named

    fields = ", ".join(_(" or ").join(map(field_named, group)) for group in groups)
    return _("This {kind} needs {fields}.").format(kind=kind, fields=fields)


def _ask_all(kind: str, values: dict[str, "Written"], workspace: "Workspace") -> None:
    """Ask for what was not given; interrupted, say how to go on from the answers so far."""
    from rtesmail.content.answers import questions
    from rtesmail.model.errors import StoppedError

    def ask(question: "Question", *, is_needed: bool) -> bool:
        return _ask_one(kind, question, values, workspace, is_needed=is_needed)

    terminal.say(
        _(
            "* is needed, brackets show an example, Enter leaves a field out. "
            "Ctrl-C writes nothing and shows how to go on later."
        )
    )
    try:
        for needs, group in groupby(
            questions(kind, workspace.configuration.regions), key=lambda question: question.needs
        ):
            asked = list(group)
            if not (_ask_for_one(kind, needs, asked, values, ask) if needs else _ask_rest(asked, values, ask)):
                return
    except KeyboardInterrupt:
        terminal.complain("")
        terminal.complain(_("To go on from there: {command}").format(command=_command(kind, values)))
        # Not passed on: "run the same command again" would be said too, and that one begins from nothing.
        raise typer.Exit(StoppedError.exit_code) from None


def _ask_for_one(
    kind: str, needs: tuple[str, ...], asked: list["Question"], values: Mapping[str, "Written"], ask: "Asking"
) -> bool:
    """Ask for fields of which one is needed until one is given; say whether there is more to read."""
    from rtesmail.content.answers import missing

    if len(needs) > 1 and needs in missing(kind, values):
        labels = ", ".join(question.label for question in asked)
        terminal.say(_("One of these is needed: {fields}.").format(fields=labels))
    # What the command line gave is asked for only when nothing else is left to ask.
    turn = [question for question in asked if question.name not in values] or asked
    while needs in missing(kind, values):
        for question in turn:
            if needs in missing(kind, values) and not ask(question, is_needed=len(needs) == 1):
                return False
        if needs in missing(kind, values):
            terminal.complain(_lacking(kind, [needs]))
        turn = asked
    return True


def _ask_rest(asked: list["Question"], values: Mapping[str, "Written"], ask: "Asking") -> bool:
    """Ask for fields that may stay empty; say whether there is more to read."""
    for question in asked:
        if question.name in values:
            continue
        is_alt = question.name.endswith(".alt")
        if is_alt and not values.get(question.name.removesuffix("alt") + "src"):
            continue
        if not ask(question, is_needed=is_alt):
            return False
    return True


def _ask_one(
    kind: str, question: "Question", values: dict[str, "Written"], workspace: "Workspace", *, is_needed: bool
) -> bool:
    """Ask until the answer fits; say whether there is more to read."""
    from rtesmail.content.answers import read_answer
    from rtesmail.content.labels import field_named

    today = setting.local_now(workspace).date()
    mark = "*" if question.needs or is_needed else ""
    pattern = _("{label} ({name}){mark} [e.g. {example}]: ") if question.example else _("{label} ({name}){mark}: ")
    prompt = pattern.format(label=question.label, name=question.name, mark=mark, example=question.example)
    while True:
        sys.stdout.write(prompt)
        sys.stdout.flush()
        line = sys.stdin.readline()
        start = values.get("start", "")
        answer = read_answer(kind, question.name, line, workspace.configuration.regions, today=today, start=start)
        if answer.message:
            _show_wrong(answer)
        elif answer.value or not is_needed:
            # "= true" says nothing to who typed yes.
            is_told = isinstance(answer.value, str) and answer.value not in ("", "true", "false", line.strip())
            if is_told:
                terminal.say(f"  = {answer.value} – {answer.end}" if answer.end else f"  = {answer.value}")
            if answer.hint:
                terminal.say(f"→ {answer.hint}")
            values[question.name] = answer.value
            if answer.end:
                values["end"] = answer.end
            return bool(line)
        else:
            terminal.complain(_("{name} is needed.").format(name=field_named(question.name)))
        if not line:
            # The input has ended: what is missing is said once, by who checks the whole.
            return False


def _show_wrong(answer: "Answer") -> None:
    terminal.complain(answer.message)
    if answer.hint:
        terminal.complain(f"→ {answer.hint}")


def _command(kind: str, values: Mapping[str, "Written"]) -> str:
    """Give the command that begins with the answers so far."""
    from rtesmail.content.answers import as_typed

    words = ["rtesmail", "new", kind]
    for name, value in values.items():
        shown = as_typed(value)
        if shown:
            words += ["--set", f"{name}={shown}"]
    return shlex.join(words)
