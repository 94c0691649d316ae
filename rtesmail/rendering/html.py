"""MJML to the HTML that is sent: checked, converted, styled inline, without superfluous spaces."""

import re
from gettext import gettext as _
from html import escape
from typing import TYPE_CHECKING

from rtesmail.model.errors import ContentError
from rtesmail.model.findings import Finding, Severity
from rtesmail.rendering.inlining import IGNORED, inline_css
from rtesmail.rendering.mjml_check import check_mjml, origin_at, remove_stamps, write_as_xml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DOCTYPE = "<!DOCTYPE html>"

_POSITION = re.compile(r" at position (\d+):\d+")
_STYLE_TAG = re.compile(r"<style\b(?![^>]*data-premailer)")
_TABLE_WITHOUT_ROLE = re.compile(r"<table\b(?![^>]*\brole=)")
_LOWER_DOCTYPE = re.compile(r"^\s*<!doctype html>", re.IGNORECASE)
_LANGUAGE = re.compile(r'(<(?:html|div)\b[^>]*?) lang="[^"]*" dir="[^"]*"')
_HELD = re.compile(r"(<style\b[^>]*>.*?</style>|<pre\b.*?</pre>)", re.DOTALL | re.IGNORECASE)
_BREAKS = re.compile(r"[ \t\r]*\n[ \t\r\n]*")
_BLANKS = re.compile(r"[ \t]{2,}")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_JOINT = re.compile(r"\s*([{};,])\s*")
_BLOCK_START = re.compile(r"(?<=>)\s*(?=<(?:head|body|meta|title|style|table|tr|p|h[1-6]|ul|ol|li)\b)")


def mjml_to_html(
    mjml: str, css: str, *, language: str, locate: "Callable[[str], Path]", folder: "Path | None" = None
) -> str:
    """Convert stamped MJML to final HTML; `css` is put on the elements it selects.

    In `folder`, when there is one, is kept what was read of the styles.

    Raises:
        ContentError: the MJML has mistakes, each with its template and line.
    """
    source = write_as_xml(mjml)
    findings = check_mjml(source, locate)
    if findings:
        raise ContentError(
            _("The template has mistakes; nothing was built."), findings, hint=_("Mend them and build again.")
        )
    return compact(inline_css(convert(source, language, locate), css, folder))


def convert(stamped: str, language: str, locate: "Callable[[str], Path]") -> str:
    """Give the HTML of checked MJML, its language and direction set, its style blocks kept from the inliner."""
    from mjml import mjml2html

    try:
        html = mjml2html(remove_stamps(stamped), fonts={})
    except ValueError as error:
        finding = _refusal(str(error), stamped, locate)
        raise ContentError(
            _("The template has mistakes; nothing was built."), [finding], hint=_("Mend it and build again.")
        ) from error
    # premailer keeps a doctype only when it is spelt as lxml spells it.
    html = _LOWER_DOCTYPE.sub(DOCTYPE, html)
    direction = "rtl" if language.split("-")[0] in ("ar", "fa", "he", "ur") else "ltr"
    html = _LANGUAGE.sub(rf'\1 lang="{escape(language)}" dir="{direction}"', html)
    # mjml-python drops the role of mj-table; a table of facts says role="table" itself, within mj-text.
    html = _TABLE_WITHOUT_ROLE.sub('<table role="presentation"', html)
    return _STYLE_TAG.sub(f"<style {IGNORED}", html)


def _refusal(detail: str, stamped: str, locate: "Callable[[str], Path]") -> Finding:
    """Make a finding of what mjml-python says; it names places by offset in what it was given."""
    position = _POSITION.search(detail)
    origin = origin_at(stamped, int(position[1])) if position else None
    return Finding(
        "mjml-syntax",
        Severity.ERROR,
        _("MJML refuses the template: {detail}.").format(detail=_POSITION.sub("", detail)),
        _("Look at this tag and what stands in it; a comment may be in its way."),
        locate(origin[0]) if origin else None,
        origin[1] if origin else None,
    )


def compact(html: str) -> str:
    """Take out the spaces that show nowhere, and begin each block on a line of its own so that none grows long."""
    pieces = _HELD.split(html)
    shrunk = [_shrink_held(piece) if i % 2 else _shrink(piece) for i, piece in enumerate(pieces)]
    return "".join(shrunk).strip() + "\n"


def _shrink(html: str) -> str:
    return _BLOCK_START.sub("\n", _BLANKS.sub(" ", _BREAKS.sub("\n", html)))


def _shrink_held(block: str) -> str:
    if not block.lower().startswith("<style"):
        return block
    opening, _end, rest = block.partition(">")
    rules = _CSS_JOINT.sub(r"\1", _BREAKS.sub(" ", _CSS_COMMENT.sub("", rest)))
    return f"{opening}>{rules.strip()}"
