"""The preview's pages: what stands on each, handed to its template."""

import gettext as catalogues
import hashlib
from collections.abc import Callable, Sequence
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from rtesmail.checks.counting import count_findings, count_passed
from rtesmail.checks.pages import page_of
from rtesmail.checks.waiving import passed_words, reason_words, waivable
from rtesmail.delivery.standing import ApprovalState, Standing
from rtesmail.model.conditions import words_of
from rtesmail.model.content import Issue
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.mailing import MailingState
from rtesmail.web.asking import Asking
from rtesmail.web.choices import WIDTHS, Choice, Size, View
from rtesmail.web.deeds import Notice
from rtesmail.web.differing import Differences
from rtesmail.web.frames import FRAME_SANDBOX, Scheme
from rtesmail.web.inbox import row_words
from rtesmail.web.personas import Picker
from rtesmail.web.places import key_of
from rtesmail.web.readings import Readiness, Reading, Shelf
from rtesmail.web.showing import Shown, variant_for
from rtesmail.web.whom import Offer, whom_words

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from rtesmail.web.listing import IssueRow

PAGES = Path(__file__).parent / "pages"
STATIC = Path(__file__).parent / "static"
LOCALE = Path(__file__).parent.parent / "locale"


class IssueView(Struct, frozen=True):
    """What an issue's page shows: `shown` is None when the issue cannot be built; the standing's times are local.

    `token` is what this run's forms carry, `notice` what came of the last one, `way_out` names the one a proof takes.
    `offer` is for whom a yes can be, None without any list. `asking` is the last time that sites and SpamAssassin were
    asked.
    """

    reading: Reading
    choice: Choice
    shown: Shown | None
    standing: Standing
    picker: Picker
    way_out: str
    token: str
    notice: Notice | None
    differences: Differences | None
    offer: Offer | None
    asking: Asking | None = None


class Pages:
    """Makes pages in the terminal's language. Every value is escaped for HTML where it stands."""

    def __init__(self) -> None:
        self._environment = page_environment()

    def issues(
        self, workspace_name: str, rows: "Sequence[IssueRow]", pool_findings: Sequence[Finding], stamp: str
    ) -> str:
        """Make the list of issues, with the mistakes of all snippets under it."""
        return self._make("issues", stamp, workspace_name=workspace_name, rows=rows, pool_findings=pool_findings)

    def issue(self, view: IssueView, stamp: str) -> str:
        """Make an issue's page."""
        reading, shown = view.reading, view.shown
        return self._make(
            "issue",
            stamp,
            **{name: getattr(view, name) for name in view.__struct_fields__},
            readers=_readers(reading),
            gets=_gets(view),
            kind_words=_kind_words(view),
            devices=[(size, device_name(size), WIDTHS[size]) for size in view.choice.sizes],
            weight=f"{len(shown.html.encode()) / 1000:.0f}" if shown else "",
            spots=_spots(view),
            proof_variant=_proof_variant(view),
            look=_look(view),
            row_words=row_words(shown.html) if shown else "",
            waivable=waivable(reading.findings),
        )

    def inbox_sheet(self, reading: Reading, shown: Shown) -> str:
        """Make a page of its own with the inbox's rows, for a picture; the edition must be there."""
        return self._sheet(reading, row_words=row_words(shown.html))

    def text_sheet(self, reading: Reading, shown: Shown) -> str:
        """Make a page of its own with the plain text, for a picture; the edition must be there."""
        return self._sheet(reading, text=shown.text)

    def workspace_trouble(self, shelf: Shelf, stamp: str) -> str:
        """Make the page that takes every page's place while the workspace cannot be read."""
        return self._make("trouble", stamp, trouble=shelf.trouble, findings=shelf.findings)

    def manual(self, stamp: str) -> str:
        """Make the page that explains the checks."""
        from rtesmail.web.manual import checks_manual

        return self._make("manual", stamp, manual=checks_manual())

    def missing(self, message: str, stamp: str) -> str:
        """Make the page for an address that leads nowhere."""
        return self._make("missing", stamp, message=message)

    def setting(self, issue: Issue) -> str:
        """Make the page that waits for an issue's letter on paper."""
        return self._make("setting", "", issue=issue, letter_url=f"/issue/{quote(issue.id)}/letter.pdf")

    def _sheet(self, reading: Reading, row_words: str = "", text: str = "") -> str:
        from markupsafe import Markup

        # A picture is light on any machine.
        style = (STATIC / "preview.css").read_text(encoding="utf-8").replace("prefers-color-scheme: dark", "width: 0")
        values = {"issue": reading.issue, "choice": Choice(), "row_words": row_words, "text": text}
        return self._make("sheet", "", reading=reading, style=Markup(style), **values)

    def _make(self, name: str, stamp: str, **values: object) -> str:
        return self._environment.get_template(f"{name}.html.j2").render(stamp=stamp, **values)


def _readers(reading: Reading) -> list[tuple[str, str]]:
    """Name each kind of reader, with the variant they get; nobody when all get the same."""
    edition = reading.edition
    if edition is None or not edition.conditions:
        return []
    names = ((words_of(edition.conditions, key) or _("The others"), key) for key in edition.variant_keys)
    return [(_("Every block"), ""), *names]


def _gets(view: IssueView) -> Callable[[str, str, str], str]:
    """Give what tells which blocks a person gets, by their level, region and role; nothing when all get the same."""
    edition = view.reading.edition

    def words(level: str, region: str, role: str) -> str:
        if edition is None or not edition.conditions:
            return ""
        return words_of(edition.conditions, edition.variant_of(level, region, role)) or _("The others")

    return words


def _kind_words(view: IssueView) -> Callable[[str], str]:
    """Give what names the readers of a variant."""
    conditions = view.reading.edition.conditions if view.reading.edition else ()
    return lambda key: words_of(conditions, key) or _("The others")


def _proof_variant(view: IssueView) -> str:
    edition = view.reading.edition
    return variant_for(edition, view.choice, view.picker.person) if edition else ""


def _spots(view: IssueView) -> dict[str, tuple[str, str]]:
    """Give, by a finding's key, the address of the page that shows its place, and the place's mark in the frames."""
    if view.shown is None:
        return {}
    issue_id, choice, places = view.reading.issue_id, view.choice, view.shown.place_of
    rows = {key: clue.row for key, clue in view.reading.clues.items() if clue.row}
    return {
        **{key: (choice.showing(key).page_url(issue_id), place) for key, place in places.items()},
        **{key: (choice.showing(key, View.INBOX).page_url(issue_id), "") for key in rows},
    }


def _look(view: IssueView) -> str:
    """Give a text that changes when a frame does: with the edition, and with the places that are marked in it."""
    if view.shown is None:
        return ""
    parts = (view.shown.html, *sorted(view.shown.place_of.items()))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def readiness_word(readiness: Readiness) -> str:
    """Name what an issue's files allow."""
    return {
        Readiness.READY: _("Ready"),
        Readiness.REMARKS: _("Has remarks"),
        Readiness.ERRORS: _("Has errors"),
        Readiness.BROKEN: _("Cannot be built"),
    }[readiness]


def severity_word(severity: Severity) -> str:
    """Name a finding's weight."""
    return {Severity.ERROR: _("Error"), Severity.WARNING: _("Warning"), Severity.NOTE: _("Note")}[severity]


def approval_word(standing: Standing) -> str:
    """Name what was said of the edition as it is, and that it would not leave all the same."""
    if standing.held is not None:
        return _("Approved, would not leave")
    return {
        ApprovalState.NONE: _("Not approved"),
        ApprovalState.APPROVED: _("Approved"),
        ApprovalState.OUTDATED: _("Changed since its approval"),
        ApprovalState.UNKNOWN: _("Approval not known"),
    }[standing.state]


def device_name(size: Size) -> str:
    """Name a size of frame."""
    return {
        Size.ALL: _("All"),
        Size.PHONE: _("Phone"),
        Size.TABLET: _("Tablet"),
        Size.DESKTOP: _("Desktop"),
    }[size]


def breakable(path: str) -> "Markup":
    """Let a path break after its slashes where the room is narrow."""
    from markupsafe import Markup, escape

    return Markup("/<wbr>").join(escape(part) for part in path.split("/"))


def page_environment() -> "Environment":
    """Give Jinja as pages see it, in the terminal's language; every value is escaped for HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from rtesmail.delivery.audiences import suppression_reason
    from rtesmail.delivery.mailings import state_word
    from rtesmail.delivery.targets import refusal_words, words
    from rtesmail.model.quoting import labelled
    from rtesmail.rendering.dates import describe_day, describe_time, full_day

    environment = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    translations = catalogues.translation("rtesmail", str(LOCALE), fallback=True)
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]  # added by i18n
    language = translations.info().get("language", "en")
    environment.globals.update(
        language=language,
        View=View,
        Size=Size,
        Scheme=Scheme,
        Readiness=Readiness,
        ApprovalState=ApprovalState,
        MailingState=MailingState,
        count_words=count_findings,
        passed_count=count_passed,
        passed_words=passed_words,
        reason_words=reason_words,
        readiness_word=readiness_word,
        severity_word=severity_word,
        approval_word=approval_word,
        device_name=device_name,
        mailing_word=state_word,
        frame_sandbox=FRAME_SANDBOX,
        key_of=key_of,
        page_of=page_of,
        status_word=suppression_reason,
        whom_words=whom_words,
        target_words=words,
        labelled=labelled,
        refusal_words=refusal_words,
    )
    environment.filters.update(
        day=lambda moment: describe_day(moment, language),
        day_within=lambda moment: full_day(moment, language),
        time=lambda moment: describe_time(moment.time(), language),
        issue_url=Choice().page_url,
        breakable=breakable,
    )
    return environment
