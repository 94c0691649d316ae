"""Papers in the terminal: what a page for reading and printing says, as lines."""

from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.cli import terminal

if TYPE_CHECKING:
    from rtesmail.web.papers import Paper


def show_paper(paper: "Paper") -> None:
    """Print a paper's facts, tables and closing lines."""
    terminal.say(terminal.paint(paper.title, "strong"))
    terminal.say()
    terminal.facts(paper.facts)
    for table in paper.tables:
        terminal.say()
        terminal.table(table.rows, heads=table.heads, right=table.right)
    terminal.say()
    for line in paper.closing:
        terminal.say(line)
    if paper.fingerprint:
        terminal.say(terminal.paint(_("Fingerprint {digits}").format(digits=paper.fingerprint), "quiet"))
