"""A paper that is kept and printed: facts, tables and a signature on one page without a script or a foreign file."""

from collections.abc import Sequence

from msgspec import Struct

from rtesmail.model.publication import Theme


class PaperTable(Struct, frozen=True):
    """One table; `right` are the indexes of columns set to the right, `has_sum` tells that the last row is a sum."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()
    has_sum: bool = False


class Paper(Struct, frozen=True):
    """What stands on the page, in words for a person. `kicker` stands small above the title."""

    kicker: str
    title: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[PaperTable, ...]
    closing: tuple[str, ...]
    fingerprint: str = ""


def paper_page(paper: Paper, theme: Theme) -> str:
    """Make the page in the house's colours and types."""
    from rtesmail.web.views import page_environment

    tokens = {"title": theme.title_font, "text": theme.text_font, **theme.light}
    return page_environment().get_template("paper.html.j2").render(paper=paper, tokens=tokens, grouped=grouped)


def grouped(fingerprint: str) -> Sequence[str]:
    """Give a fingerprint in groups of eight, for eyes that compare."""
    return [fingerprint[at : at + 8] for at in range(0, len(fingerprint), 8)]
