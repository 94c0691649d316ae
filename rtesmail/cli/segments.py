"""Commands about segments: which there are, what one says, how many people it has."""

from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING, Annotated

import typer

from rtesmail.cli import setting, terminal, wording
from rtesmail.model.numbers import grouped
from rtesmail.model.quoting import labelled

if TYPE_CHECKING:
    from rtesmail.audience.segments.asking import Answer
    from rtesmail.audience.segments.syntax import Node

SegmentArgument = Annotated[
    str,
    typer.Argument(
        help=_("A segment's name in lists/segments.toml, or an expression in quotation marks."), metavar=_("SEGMENT")
    ),
]
ListOption = Annotated[str, typer.Option("--list", help=_("Only the people of this list."), metavar=_("NAME"))]


def register(application: typer.Typer) -> None:
    group = typer.Typer(cls=wording.Group, no_args_is_help=True, rich_markup_mode=None)
    group.callback(help=_('Conditions on people, such as: level == "région" and "élu" in roles.'))(_nothing)
    group.command("list", cls=wording.Command, help=_("Show the segments of lists/segments.toml."))(list_all)
    group.command(
        "explain",
        cls=wording.Command,
        help=_("Say in words whom a segment asks for, and how many there are."),
    )(explain)
    group.command("count", cls=wording.Command, help=_("Count the people of a segment who can be written to."))(count)
    application.add_typer(group, name="segments")


def _nothing() -> None:
    return None


def list_all(context: typer.Context, as_json: setting.JsonOption = False) -> None:
    from rtesmail.audience.segments import asking
    from rtesmail.content.segment_file import FILE, load_segments

    workspace = setting.current_workspace(context)
    segments = load_segments(workspace)
    with setting.opened_store(workspace) as store:
        today = setting.local_now(workspace).date()
        counts = {name: asking.count(store, segment.node, today=today).people for name, segment in segments.items()}
    if as_json:
        rows: list[terminal.Json] = [
            {"name": s.name, "title": s.title, "expression": s.expression, "people": counts[s.name]}
            for s in segments.values()
        ]
        terminal.emit({"segments": rows})
        return
    terminal.table(
        [(s.name, grouped(counts[s.name]), s.title) for s in segments.values()],
        heads=(_("segment"), _("people"), _("title")),
        right=(1,),
    )
    if not segments:
        terminal.say(_("There is no segment yet. Write them into {path}.").format(path=FILE))


def explain(
    context: typer.Context, segment: SegmentArgument, list_name: ListOption = "", as_json: setting.JsonOption = False
) -> None:
    from rtesmail.audience.segments import asking
    from rtesmail.audience.segments.syntax import write
    from rtesmail.audience.segments.wording import say
    from rtesmail.content.segment_file import find_segment

    workspace = setting.current_workspace(context)
    found = find_segment(workspace, segment)
    node = _on_list(found.node, list_name)
    with setting.opened_store(workspace) as store:
        today = setting.local_now(workspace).date()
        answer = asking.count(store, node, today=today)
        people = asking.first_page(store, node, today=today, limit=10)
    if as_json:
        terminal.emit(
            {
                **_answer_as_json(answer),
                "name": found.name,
                "title": found.title,
                "expression": write(node),
                "words": say(node),
                "sql": answer.condition.text,
                "values": list(answer.condition.values),
                "first": [person.email for person in people],
            }
        )
        return
    if found.name:
        terminal.say(labelled(found.name, found.title))
    terminal.say(f"  {write(node)}")
    terminal.say()
    for line in say(node):
        terminal.say(f"  {line}")
    terminal.say()
    _say_answer(answer)
    if people:
        terminal.say(_("Among them:"))
        terminal.table([(p.email, p.name, p.organisation, p.role) for p in people])
    terminal.say()
    terminal.say(_("What SQLite is asked, and the values:"))
    terminal.say(f"  {answer.condition.text}")
    terminal.say("  " + ", ".join(repr(value) for value in answer.condition.values))


def count(
    context: typer.Context, segment: SegmentArgument, list_name: ListOption = "", as_json: setting.JsonOption = False
) -> None:
    from rtesmail.audience.segments import asking
    from rtesmail.content.segment_file import find_segment

    workspace = setting.current_workspace(context)
    node = _on_list(find_segment(workspace, segment).node, list_name)
    with setting.opened_store(workspace) as store:
        answer = asking.count(store, node, today=setting.local_now(workspace).date())
    if as_json:
        terminal.emit(_answer_as_json(answer))
        return
    _say_answer(answer)


def _on_list(node: "Node", list_name: str) -> "Node":
    from rtesmail.audience.segments.syntax import AllOf, OnList

    return AllOf((OnList(list_name), node)) if list_name else node


def _say_answer(answer: "Answer") -> None:
    terminal.say(
        ngettext("{n} person can be written to.", "{n} people can be written to.", answer.people).format(
            n=grouped(answer.people)
        )
    )
    terminal.say_notes(answer.notes)


def _answer_as_json(answer: "Answer") -> dict[str, terminal.Json]:
    return {"people": answer.people, "notes": list(answer.notes)}
