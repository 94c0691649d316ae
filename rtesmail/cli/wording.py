"""Typer's own words in the terminal's language: usage lines, the help option, what was typed wrong."""

from gettext import gettext as _

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

# Typer gives these texts in English only; each is asked for here so that the catalogue has it.


class Command(TyperCommand):
    """A command whose help is in the terminal's language."""

    def format_usage(self, ctx, formatter) -> None:  # type: ignore[no-untyped-def]  # Typer's types are private
        formatter.write_usage(ctx.command_path, _pieces(self.collect_usage_pieces(ctx)), prefix=_("Usage: "))

    def get_help_option(self, ctx) -> TyperOption | None:  # type: ignore[no-untyped-def]  # Typer's types are private
        return _translated(super().get_help_option(ctx))

    def get_short_help_str(self, limit: int = 0) -> str:
        return _whole_help(self.help)


class Group(TyperGroup):
    """A group of commands whose help is in the terminal's language."""

    def format_usage(self, ctx, formatter) -> None:  # type: ignore[no-untyped-def]  # Typer's types are private
        formatter.write_usage(ctx.command_path, _pieces(self.collect_usage_pieces(ctx)), prefix=_("Usage: "))

    def get_help_option(self, ctx) -> TyperOption | None:  # type: ignore[no-untyped-def]  # Typer's types are private
        return _translated(super().get_help_option(ctx))

    def get_short_help_str(self, limit: int = 0) -> str:
        return _whole_help(self.help)


def _whole_help(text: str | None) -> str:
    """Give all of a first paragraph, whatever the limit: the list of commands folds it, and half of it helps nobody."""
    return (text or "").partition("\n\n")[0]


def _pieces(pieces: list[str]) -> str:
    """Give what can be typed after the command, arguments without Typer's braces."""
    return " ".join(pieces).replace("{", "").replace("}", "").replace("[OPTIONS]", _("[OPTIONS]"))


def _translated(option: TyperOption | None) -> TyperOption | None:
    if option is not None:
        option.help = _("Show this message and exit.")
    return option


def usage_line(context: typer.Context) -> str:
    """Give the usage line of a command in the terminal's language."""
    pieces = _pieces(context.command.collect_usage_pieces(context))
    return _("Usage: ") + f"{context.command_path} {pieces}"


def usage_error(error: typer.TyperException) -> str:
    """Say in the terminal's language what was typed wrong."""
    name = type(error).__name__
    parameter = getattr(error, "param", None)
    if name == "NoSuchOption":
        option = str(getattr(error, "option_name", ""))
        known = sorted(getattr(error, "possibilities", None) or ())
        if known:
            return _("There is no option {name}. Did you mean {known}?").format(name=option, known=", ".join(known))
        return _("There is no option {name}.").format(name=option)
    if name == "MissingParameter" and parameter is not None:
        return _("{name} is missing.").format(name=parameter.get_error_hint())
    # Which option it is, Typer knows when it read it, and our own code says when the value made sense to Typer only.
    hint = parameter.get_error_hint() if parameter is not None else getattr(error, "param_hint", None)
    if name == "BadParameter":
        reason = _in_words(error.message)
        return _("{name} does not fit: {reason}").format(name=hint, reason=reason) if hint else reason
    return error.format_message()


def _in_words(reason: str) -> str:
    """Say what a number should be; Typer passes on in English what its own reader of numbers says."""
    bound = reason.rpartition(" ")[2]
    for beginning, words in (
        ("Input should be greater than or equal to ", _("{n} is the least.")),
        ("Input should be less than or equal to ", _("{n} is the most.")),
        ("Input should be a valid integer", _("it is a whole number, such as 12.")),
        ("Input should be a valid number", _("it is a number, such as 0.5.")),
    ):
        if reason.startswith(beginning):
            return words.format(n=bound)
    return reason
