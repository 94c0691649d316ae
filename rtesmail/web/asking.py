"""The checks that ask others, run for an open page: sites whether links lead somewhere, SpamAssassin for its points.

Nothing here is asked before a person says so, and no page waits for it.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from rtesmail.web.places import clue_of, key_of

if TYPE_CHECKING:
    from rtesmail.checks.online import Trouble
    from rtesmail.model.edition import Edition
    from rtesmail.model.findings import Finding
    from rtesmail.model.publication import Workspace
    from rtesmail.web.readings import Reading


class Asking(Struct, frozen=True):
    """What came of asking, or that it is under way. `digest` is that of the edition asked about, `asked_at` local."""

    digest: str
    asked_at: datetime
    is_over: bool = False
    links: "Mapping[str, Trouble]" = field(default_factory=dict)
    spam: "tuple[Finding, ...]" = ()
    failure: str = ""


class Askings:
    """The last asking of each issue, forgotten with the preview. Safe to call from several threads.

    `on_end` is called, from another thread, when one is over.
    """

    def __init__(self, on_end: Callable[[], None]) -> None:
        self._on_end = on_end
        self._lock = threading.Lock()
        self._kept: dict[str, Asking] = {}

    def find(self, issue_id: str) -> Asking | None:
        """Give what is known of an issue's last asking."""
        with self._lock:
            return self._kept.get(issue_id)

    def begin(self, workspace: "Workspace", issue_id: str, edition: "Edition") -> None:
        """Begin to ask about an edition, and return at once; what is under way goes on alone."""
        from zoneinfo import ZoneInfo

        from rtesmail.checks.answers import this_moment

        zone = ZoneInfo(workspace.configuration.identity.time_zone)
        begun = Asking(edition.digest, this_moment().astimezone(zone))
        with self._lock:
            known = self._kept.get(issue_id)
            if known is not None and not known.is_over:
                return
            self._kept[issue_id] = begun
        # A daemon: Ctrl-C does not wait for a slow site.
        threading.Thread(target=self._ask, args=(workspace, issue_id, edition, begun), daemon=True).start()

    def _ask(self, workspace: "Workspace", issue_id: str, edition: "Edition", begun: Asking) -> None:
        from rtesmail.checks.online import ask_links
        from rtesmail.checks.spam import score
        from rtesmail.rendering.links import lead_directly

        try:
            direct = lead_directly(edition, workspace.configuration.identity.public_url)
            done = replace(begun, is_over=True, links=ask_links(workspace, direct), spam=score(workspace, edition))
        except Exception as error:  # noqa: BLE001 - the page says what happened, and can ask again
            words = _("Something unexpected happened: {error}").format(error=f"{type(error).__name__}: {error}")
            done = replace(begun, is_over=True, failure=words)
        with self._lock:
            self._kept[issue_id] = done
        self._on_end()


def with_asked(workspace: "Workspace", reading: "Reading", asking: Asking | None) -> "Reading":
    """Give a reading with what asking found: of links that the letter still has, and points while it is the same."""
    from rtesmail.checks.online import place_troubles
    from rtesmail.checks.registry import as_configured, sort_findings
    from rtesmail.rendering.links import lead_directly

    issue, edition = reading.issue, reading.edition
    if asking is None or not asking.is_over or issue is None or edition is None:
        return reading
    direct = lead_directly(edition, workspace.configuration.identity.public_url)
    spam = asking.spam if edition.digest == asking.digest else ()
    asked = as_configured(workspace.configuration.checks, (*place_troubles(issue, direct, asking.links), *spam))
    clues = {key_of(finding): clue_of(workspace.root, issue, finding) for finding in asked}
    return replace(reading, findings=sort_findings((*reading.findings, *asked)), clues={**reading.clues, **clues})
