"""`paste`: a Word file, a web page or a mail becomes a clean draft."""

import sys
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import drafting, setting, terminal, wording
from rtesmail.model.system_words import system_words

if TYPE_CHECKING:
    from rtesmail.content.drafts import Written
    from rtesmail.content.pasting import Picture


def register(application: typer.Typer) -> None:
    application.command(
        "paste",
        cls=wording.Command,
        help=_("Make a clean draft snippet of a Word file, a web page or a mail: a file, or what was copied."),
    )(paste)


def paste(
    context: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            help=_("A .docx, .html, .eml or .txt file; - is standard input."),
            metavar=_("FILE"),
        ),
    ] = "-",
    from_clipboard: Annotated[
        bool, typer.Option("--clipboard", help=_("Take what was copied in another program, with its formatting."))
    ] = False,
    kind: Annotated[
        str, typer.Option("--kind", help=_("The kind: article, event, call…"), metavar=_("KIND"))
    ] = "article",
    title: Annotated[
        str, typer.Option("--title", help=_("The title; the first heading when not given."), metavar=_("TEXT"))
    ] = "",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help=_("Any other field, such as place=Brumeval; can be repeated."), metavar=_("FIELD=VALUE")
        ),
    ] = None,
    as_json: setting.JsonOption = False,
) -> None:
    from rtesmail.content.answers import draft_of
    from rtesmail.content.drafts import Draft, write_draft
    from rtesmail.content.pasting import read_pasted

    drafting.require_kind(kind)
    workspace = setting.current_workspace(context)
    if from_clipboard and file != "-":
        raise typer.BadParameter(_("Name a file or say --clipboard, not both."), param_hint="--clipboard")
    content, name = _copied() if from_clipboard else _content(file)
    pasted = read_pasted(content, name)
    heading = title or pasted.title or (Path(file).stem if file != "-" else _("Untitled"))
    pairs = [("title", heading), *map(drafting.pair, settings or ())]
    values = drafting.given(kind, pairs, workspace)
    made = draft_of(kind, {**values, "body": pasted.body})
    fields: dict[str, Written] = dict(made.fields)
    if pasted.pictures and "image" not in fields:
        first = pasted.pictures[0]
        can_ask = (file != "-" or from_clipboard) and not as_json and sys.stdin.isatty()
        alt = first.alt or (_ask_alt(first) if can_ask else "")
        # An empty alt would say that the picture only decorates, which nobody has said.
        fields["image"] = {"src": first.name, "alt": alt} if alt else {"src": first.name}
    written = write_draft(
        workspace, Draft(kind, fields, pasted.body), {picture.name: picture.content for picture in pasted.pictures}
    )
    if as_json:
        folder = written.path.with_suffix("")
        terminal.emit(
            {
                "kind": kind,
                "id": written.id,
                "path": str(written.path),
                "pictures": [str(folder / picture.name) for picture in pasted.pictures],
                "pictures_left_out": pasted.left_out,
            }
        )
        return
    for picture in pasted.pictures[1:]:
        path = terminal.shown_path(written.path.with_suffix("") / picture.name)
        terminal.say(_("A further picture is beside it, in no field yet: {path}").format(path=path))
    if pasted.left_out:
        terminal.say(
            ngettext(
                "{n} picture was left out: it stands elsewhere, or mail clients do not show its kind.",
                "{n} pictures were left out: they stand elsewhere, or mail clients do not show their kind.",
                pasted.left_out,
            ).format(n=pasted.left_out)
        )
    drafting.show_written(workspace, written.path)


def _copied() -> tuple[bytes, str]:
    from rtesmail.content.clipboard import read_clipboard
    from rtesmail.content.pasting import LARGEST

    return read_clipboard()[: LARGEST + 1], _("the clipboard")


def _content(file: str) -> tuple[bytes, str]:
    """Read what was named, never more than is taken."""
    from rtesmail.content.pasting import LARGEST
    from rtesmail.model.errors import WorkspaceError

    if file == "-":
        if sys.stdin.isatty():
            raise WorkspaceError(
                _("Nothing was given."),
                hint=_("Name a file, or take what was copied: rtesmail paste --clipboard"),
            )
        return sys.stdin.buffer.read(LARGEST + 1), _("standard input")
    try:
        with Path(file).open("rb") as opened:
            return opened.read(LARGEST + 1), file
    except (OSError, ValueError) as error:
        reason = system_words(error)
        raise WorkspaceError(
            _("{name} cannot be read: {reason}.").format(name=file, reason=reason),
            hint=_("Check its name and its permissions."),
        ) from error


def _ask_alt(picture: "Picture") -> str:
    """Ask what a picture shows; an empty answer leaves it to the draft's findings."""
    terminal.say(
        _("There is a picture ({name}). What does it show, for who does not see it?").format(name=picture.name)
    )
    sys.stdout.write("alt: ")
    sys.stdout.flush()
    return sys.stdin.readline().strip()
