"""Typer's own words in the terminal's language: usage lines, the help option, what was typed wrong."""

import re
from collections.abc import Iterator
from gettext import gettext as _

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from rtesmail.model.quoting import labelled, quoted, speaks_french
from rtesmail.model.wordings import in_words

# Typer gives these texts in English only; each is asked for here so that the catalogue has it.


class Command(TyperCommand):
    """A command whose help is in the terminal's language."""

    def parse_args(self, ctx, args) -> list[str]:  # type: ignore[no-untyped-def]  # Typer's types are private
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            # Typer's parser does not say of an option left without its value which command it was typed for.
            if getattr(error, "ctx", ctx) is None:
                error.ctx = ctx  # type: ignore[attr-defined]
            raise

    def format_usage(self, ctx, formatter) -> None:  # type: ignore[no-untyped-def]  # Typer's types are private
        formatter.write_usage(ctx.command_path, _pieces(self, ctx), prefix=_("Usage: "))

    def get_help_option(self, ctx) -> TyperOption | None:  # type: ignore[no-untyped-def]  # Typer's types are private
        return _translated(super().get_help_option(ctx))

    def get_short_help_str(self, limit: int = 0) -> str:
        return _whole_help(self.help)


class Group(TyperGroup):
    """A group of commands whose help is in the terminal's language."""

    def format_usage(self, ctx, formatter) -> None:  # type: ignore[no-untyped-def]  # Typer's types are private
        formatter.write_usage(ctx.command_path, _pieces(self, ctx), prefix=_("Usage: "))

    def get_help_option(self, ctx) -> TyperOption | None:  # type: ignore[no-untyped-def]  # Typer's types are private
        return _translated(super().get_help_option(ctx))

    def get_short_help_str(self, limit: int = 0) -> str:
        return _whole_help(self.help)


def _whole_help(text: str | None) -> str:
    """Give all of a first paragraph, whatever the limit: the list of commands folds it, and half of it helps nobody."""
    return (text or "").partition("\n\n")[0]


def _pieces(command, context) -> str:  # type: ignore[no-untyped-def]  # Typer's types are private
    """Give what can be typed after the command, without Typer's braces, with dots where several words may stand."""
    several = {piece for p in command.params if p.nargs == -1 for piece in p.get_usage_pieces(context)}
    pieces = (f"{piece}..." if piece in several else piece for piece in command.collect_usage_pieces(context))
    usage = " ".join(pieces).replace("{", "").replace("}", "").replace("[OPTIONS]", _("[OPTIONS]"))
    return usage.replace("COMMAND [ARGS]", _("COMMAND [ARGS]"))


def _translated(option: TyperOption | None) -> TyperOption | None:
    if option is not None:
        option.help = _("Show this message and exit.")
    return option


def usage_line(context: typer.Context) -> str:
    """Give the usage line of a command in the terminal's language."""
    pieces = _pieces(context.command, context)
    return _("Usage: ") + f"{context.command_path} {pieces}"


def misses(error: typer.TyperException, name: str) -> bool:
    """Tell whether it is a parameter of this name that was left out."""
    return type(error).__name__ == "MissingParameter" and getattr(getattr(error, "param", None), "name", "") == name


def left_open(error: typer.TyperException, context: typer.Context) -> str:
    """Give an option that was typed without its value as it is typed, and what it does; empty for any other error."""
    if type(error).__name__ != "BadOptionUsage":
        return ""
    name = getattr(error, "option_name", "")
    one = next((o for o in context.command.params if isinstance(o, TyperOption) and name in o.opts), None)
    return labelled(f"{name} {one.make_metavar(context)}", one.help) if one is not None and not one.is_flag else ""


def values_of(context: typer.Context) -> Iterator[tuple[str, str]]:
    """Give each value that was typed after an option, with the option."""
    for one in context.command.params:
        value = context.params.get(one.name or "")
        if isinstance(one, TyperOption) and value:
            yield str(value), one.opts[0]


def required_options(context: typer.Context) -> tuple[str, ...]:
    """Give the options that a command does not go without, as they are typed."""
    wanted = (one for one in context.command.params if isinstance(one, TyperOption) and one.required)
    return tuple(f"{one.opts[0]} {one.make_metavar(context)}" for one in wanted)


def usage_error(error: typer.TyperException) -> str:
    """Say in the terminal's language what was typed wrong."""
    name = type(error).__name__
    parameter = getattr(error, "param", None)
    # Which option it is, Typer knows when it read it, and our own code says when the value made sense to Typer only.
    hint = (
        parameter.get_error_hint(getattr(error, "ctx", None))
        if parameter is not None
        else getattr(error, "param_hint", None)
    )
    if name == "NoSuchOption":
        option = str(getattr(error, "option_name", ""))
        known = sorted(getattr(error, "possibilities", None) or ())
        if known:
            return _("There is no option {name}. Did you mean {known}?").format(name=option, known=", ".join(known))
        return _("There is no option {name}.").format(name=option)
    if name == "MissingParameter" and hint:
        return _requoted(_("{name} is missing.").format(name=hint))
    reason = _in_words(error.message)
    if name == "BadParameter" and hint:
        reason = _("{name} does not fit: {reason}").format(name=hint, reason=_going_on(reason))
    return _requoted(reason)


def _going_on(sentence: str) -> str:
    """Give a sentence as it goes on after a colon, which in French is within a sentence."""
    goes_on = speaks_french() and sentence[1:2].islower()
    return sentence[:1].lower() + sentence[1:] if goes_on else sentence


def _requoted(words: str) -> str:
    """Put what Typer puts between straight quotes between the reader's quotation marks."""
    return re.sub(r"(?<!\S)'([^'\s]+)'(?=[\s,.?:]|$)", lambda found: quoted(found[1]), words)


def _in_words(reason: str) -> str:
    """Say what Typer says in English only."""
    usual = (
        (r"Got unexpected extra argument(?:\(s\)|s)? \((.+)\)", _("This is one word too many: {0}")),
        (r"Option (.+) requires an argument\.", _("{0} wants a value after it.")),
        (r"Option (.+) does not take a value\.", _("{0} takes no value.")),
        (r".+ is not a valid int(?:eger| range)\.", _("it is a whole number, such as 12.")),
        (r".+ is not a valid float(?: range)?\.", _("it is a number, such as 0.5.")),
        # The first half is asked of gettext by Typer itself.
        (r"(.+) Did you mean (.+)\?", _("{0} Did you mean {1}?")),
    )
    beyond = re.fullmatch(r"(\S+) is not in the range (?:(\S+)<=)?x(?:([<>])=(\S+))?\.", reason)
    return _bound(*beyond.groups()) if beyond else in_words(reason, usual)


def _bound(value: str, least: str | None, sign: str | None, bound: str | None) -> str:
    """Name the end of a range (1<=x<=9, x>=1, x<=9) that a number is beyond."""
    if least is None and sign == ">":
        least = bound
    if least is not None and float(value) < float(least):
        return _("{n} is the least.").format(n=least)
    return _("{n} is the most.").format(n=bound)
