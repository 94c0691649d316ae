"""Jinja as templates see it: sandboxed, strict, with each MJML tag stamped with the line it comes from."""

import re
import secrets
from functools import lru_cache
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.model.errors import ContentError
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.quoting import quoted
from rtesmail.model.slots import SLOT_MARK, Slot
from rtesmail.rendering.slots import quiet_marks
from rtesmail.rendering.translations import translation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from jinja2 import Environment
    from jinja2.sandbox import SandboxedEnvironment
    from markupsafe import Markup

    from rtesmail.model.publication import Workspace

ESCAPED = (".mjml.j2", ".html.j2")
STAMPED = ".mjml.j2"
ORIGIN = "data-at"

# What XML 1.0 (2.2) has no place for; a stray one in a snippet would pass for a mistake of the template.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_OBJECT = re.compile(r"'rtesmail\.rendering\.views\.(\w+?)(?:View)? object'")
_STAMP_PLACE = re.compile(r"(\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->)|<(mj-[a-z-]+|mjml)\b", re.DOTALL)


class TemplateMistakeError(Exception):
    """What a template asked for and cannot have; the line is that of the call."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class TemplateSet(Struct, frozen=True):
    """The templates of a workspace in one language: its own first, then those that come with the package.

    `current` names those that were found unchanged since the rendering began: a part that is used forty times is
    looked at once.
    """

    environment: "Environment"
    roots: tuple[Path, ...]
    workspace_root: Path
    slot_key: str
    current: set[str]

    def locate(self, name: str) -> Path:
        """Give a template's path for a person: relative to the workspace where it stands there."""
        path = find_template(self.roots, name) or self.roots[0] / name
        return path.relative_to(self.workspace_root) if path.is_relative_to(self.workspace_root) else path

    def has(self, name: str) -> bool:
        """Tell whether there is a template of this name."""
        return find_template(self.roots, name) is not None

    def render(self, name: str, context: "Mapping[str, object]") -> str:
        """Render one template; what looks like a slot without being one is made mere text.

        Raises:
            ContentError: the template is missing, wrong, or uses what does not exist, with path and line.
        """
        from jinja2 import TemplateError

        self.current.clear()
        try:
            rendered = self.environment.get_template(name).render(context)
        except (
            TemplateError,
            TemplateMistakeError,
            ArithmeticError,
            AttributeError,
            LookupError,
            OSError,
            RecursionError,
            TypeError,
            UnicodeError,
            ValueError,
        ) as error:
            finding = self._finding(name, error)
            raise ContentError(
                _("The template {path} cannot be used.").format(path=finding.place),
                [finding],
                hint=_("Mend it and build again."),
            ) from error
        inert = quiet_marks(_FORBIDDEN.sub("", rendered))
        return re.sub(rf"{self.slot_key}(\w+);", r"@@\1@@", inert)

    def _finding(self, name: str, error: Exception) -> Finding:
        from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError

        place, line = self._place(name, error)
        check, hint = "template", _("Mend the template at this line; the line before it may matter too.")
        message = str(error) or type(error).__name__
        if isinstance(error, TemplateNotFound):
            message = _("There is no template {name}.").format(name=f"templates/{error.message or name}")
            hint = _("Write that file, or name one that exists.")
        elif isinstance(error, TemplateMistakeError):
            hint = error.hint
        elif isinstance(error, UndefinedError):
            detail = _OBJECT.sub(lambda found: found[1].lower(), message)
            message = _("The template uses something that does not exist: {detail}.").format(detail=detail)
            hint = _("Check the spelling; templates/snippets/KIND.sample.md shows the fields of a kind.")
        elif isinstance(error, TemplateSyntaxError):
            message = _("The template is not written right: {detail}").format(detail=error.message)
        return Finding(check, Severity.ERROR, message, hint, self.locate(place), line)

    def _place(self, name: str, error: Exception) -> tuple[str, int | None]:
        """Give the template and the line where it went wrong: the innermost template of the traceback."""
        from jinja2 import TemplateSyntaxError

        if isinstance(error, TemplateSyntaxError):
            return error.name or name, error.lineno
        found: tuple[str, int | None] = (name, None)
        trace: TracebackType | None = error.__traceback__
        while trace is not None:
            template = self._name_of(Path(trace.tb_frame.f_code.co_filename))
            if template:
                found = (template, trace.tb_lineno)
            trace = trace.tb_next
        return found

    def _name_of(self, path: Path) -> str:
        for root in self.roots:
            if path.is_relative_to(root):
                return path.relative_to(root).as_posix()
        return ""


def open_templates(workspace: "Workspace", language: str) -> TemplateSet:
    """Give the templates of a workspace, ready to render in a language."""
    from rtesmail.content.bundled import bundled_root

    own, shipped = workspace.templates, bundled_root() / "templates"
    roots = (own,) if own == shipped else (own, shipped)
    return _open(roots, workspace.root, language)


@lru_cache(maxsize=8)
def _open(roots: tuple[Path, ...], workspace_root: Path, language: str) -> TemplateSet:
    """Keep compiled templates between renderings: the loader sees when a file has changed."""
    key = f"slot{secrets.token_hex(8)}:"
    current: set[str] = set()
    return TemplateSet(_make_environment(roots, language, key, current), roots, workspace_root, key, current)


def find_template(roots: tuple[Path, ...], name: str) -> Path | None:
    """Give the file of a template name, None when there is none; a name never leads out of its folder."""
    parts = name.split("/")
    if any(part in ("", ".", "..") or "\\" in part for part in parts):
        return None
    return next((path for root in roots if (path := root.joinpath(*parts)).is_file()), None)


def _make_environment(
    roots: tuple[Path, ...], language: str, slot_key: str, current: set[str]
) -> "SandboxedEnvironment":
    from jinja2 import BaseLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError
    from jinja2.ext import Extension
    from jinja2.sandbox import SandboxedEnvironment

    from rtesmail.rendering.compiled import keep_compiled
    from rtesmail.rendering.wording import install_words

    class FolderLoader(BaseLoader):
        """Reads from the first folder that has the file; a copy added in the workspace takes over at once."""

        def get_source(self, environment: "Environment", template: str) -> "tuple[str, str, Callable[[], bool]]":
            path = find_template(roots, template)
            if path is None:
                raise TemplateNotFound(template)
            state = _state_of(path)

            def is_current() -> bool:
                if template not in current and find_template(roots, template) == path and _state_of(path) == state:
                    current.add(template)
                return template in current

            return path.read_text(encoding="utf-8"), str(path), is_current

    class Origins(Extension):
        """Stamps each MJML tag with its file and line, and refuses slots written by hand."""

        def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
            by_hand = SLOT_MARK.search(source)
            if by_hand:
                message = _("{mark} is written by hand; write {call} instead.").format(
                    mark=by_hand[0], call='{{ slot("' + by_hand[1] + '") }}'
                )
                raise TemplateSyntaxError(message, source.count("\n", 0, by_hand.start()) + 1, name, filename)
            return stamp_origins(source, name) if name and name.endswith(STAMPED) else source

    environment = SandboxedEnvironment(
        loader=FolderLoader(),
        bytecode_cache=keep_compiled(language),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(ESCAPED),
        extensions=["jinja2.ext.i18n", Origins],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.install_gettext_translations(translation(language), newstyle=True)  # type: ignore[attr-defined]  # i18n
    environment.globals["slot"] = _slot_function(slot_key)
    install_words(environment, language)
    return environment


def stamp_origins(source: str, name: str) -> str:
    """Give the source with `data-at="name:line"` in each MJML tag; lines stay where they are."""

    def stamp(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        return f'<{found[2]} {ORIGIN}="{name}:{source.count(chr(10), 0, found.start()) + 1}"'

    return _STAMP_PLACE.sub(stamp, source)


def _slot_function(slot_key: str) -> "Callable[[str], Markup]":
    from markupsafe import Markup

    known = tuple(slot.value for slot in Slot)

    def slot(name: str) -> Markup:
        if name not in known:
            raise TemplateMistakeError(
                _("There is no slot {name}.").format(name=quoted(str(name))),
                _("Use one of: {known}.").format(known=", ".join(known)),
            )
        # An unguessable stand-in until the whole text is rendered: content cannot forge it.
        return Markup(f"{slot_key}{name};")

    return slot


def _state_of(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
