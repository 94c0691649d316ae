"""Asking the addresses that an edition links to whether they answer."""

import re
import threading
import time
from collections.abc import Callable, Container, Mapping, Sequence
from gettext import gettext as _
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.checks.answers import keep_answers, read_answers, this_moment
from rtesmail.content.foreign_sites import PrivateAddressError
from rtesmail.content.silences import try_later, why_silent
from rtesmail.model.content import Issue
from rtesmail.model.edition import Edition
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.publication import Workspace
from rtesmail.model.slots import SLOT_MARK
from rtesmail.rendering.addresses import archive_address

if TYPE_CHECKING:
    import requests

CHECK = "link-answer"
AT_ONCE = 8
"""Addresses asked at the same time: quick, and no site takes it for an attack."""
ANSWERS = "checks/links.json"
"""Where good answers are kept, in the workspace's `out` folder."""
# A site that asks who is there, or wants fewer questions, may well show the page to a reader.
_SHY = frozenset({401, 403, 405, 406, 429, 999})
_GONE = frozenset({404, 410})
_TEXT_ADDRESS = re.compile(r"https?://[^\s<>\"“”«»]+", re.IGNORECASE)


class Trouble(Struct, frozen=True):
    """What came of asking one address."""

    severity: Severity
    message: str
    hint: str


_LATE = Trouble(Severity.WARNING, "", "")


def check_links(
    workspace: Workspace, issue: Issue, edition: Edition, timeout_s: float = 10, total_s: float = 120
) -> tuple[Finding, ...]:
    """Ask each http(s) address of an edition once; give a finding for each that does not answer as it should."""
    return place_troubles(issue, edition, ask_links(workspace, edition, timeout_s, total_s))


def ask_links(
    workspace: Workspace, edition: Edition, timeout_s: float = 10, total_s: float = 120
) -> Mapping[str, Trouble]:
    """Ask each http(s) address of an edition once; give what came of those that do not answer as they should.

    An address is asked with HEAD, and with GET where HEAD is not answered well. A page that is gone is an error;
    a site that does not answer now is a warning, for it may tomorrow. `timeout_s` counts for the connection and
    for each silence while reading, `total_s` for everything. What answered well in the last hours is not asked again.
    """
    path, now = workspace.out / ANSWERS, this_moment()
    known = read_answers(path, now)
    addresses = [address for address in _addresses_in(edition) if address not in known]
    allowed = workspace.configuration.checks.private_hosts
    troubles = _ask_all(addresses, lambda address: _ask(address, timeout_s, allowed), total_s)
    if addresses:
        keep_answers(path, known, [address for address in addresses if troubles.get(address, _LATE) is None], now)
    found = {address: trouble for address in addresses if (trouble := troubles.get(address, _LATE)) is not None}
    archive = archive_address(workspace)
    for address, trouble in found.items():
        if trouble is _LATE:
            found[address] = _no_time(address, total_s)
        elif trouble.severity is Severity.ERROR and archive and address.startswith(archive):
            found[address] = _to_come(archive, edition.issue)
    return found


def place_troubles(issue: Issue, edition: Edition, troubles: Mapping[str, Trouble]) -> tuple[Finding, ...]:
    """Give what came of asking as findings, where addresses stand now; nothing of those that are there no more."""
    from rtesmail.checks.registry import sort_findings

    still = [address for address in _addresses_in(edition) if address in troubles]
    return sort_findings(dict.fromkeys(_as_finding(issue, address, troubles[address]) for address in still))


def _ask_all(
    addresses: Sequence[str], ask: Callable[[str], Trouble | None], total_s: float
) -> dict[str, Trouble | None]:
    """Ask several at once until all are asked or the time is over; those without an answer are left out.

    The threads may be left behind: a site that sends a byte now and then would hold up the command for ever.
    """
    waiting: SimpleQueue[str] = SimpleQueue()
    for address in addresses:
        waiting.put(address)
    found: dict[str, Trouble | None] = {}
    end = time.monotonic() + total_s

    def work() -> None:
        while time.monotonic() < end:
            try:
                address = waiting.get_nowait()
            except Empty:
                return
            found[address] = ask(address)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(AT_ONCE, len(addresses)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return dict(found)


def _addresses_in(edition: Edition) -> tuple[str, ...]:
    """Links and pictures of the HTML, then what stands in the text only; without the part after `#`, each once."""
    from rtesmail.checks.subject import parse_html

    document = parse_html(edition.html)
    found = [(link.get("href") or "").strip() for link in document.iter("a", "area")]
    found += [(picture.get("src") or "").strip() for picture in document.iter("img")]
    found += [match[0].rstrip(".,;:!?)…") for match in _TEXT_ADDRESS.finditer(edition.text)]
    web = (address.partition("#")[0] for address in found if address.lower().startswith(("http://", "https://")))
    return tuple(dict.fromkeys(address for address in web if not SLOT_MARK.search(address)))


def _ask(address: str, timeout_s: float, allowed: Container[str]) -> Trouble | None:
    import requests

    from rtesmail.checks.visits import open_session

    try:
        with open_session(allowed) as session:
            status = _status(session, "HEAD", address, timeout_s)
            # Many servers answer HEAD wrongly or not at all; only a page's own answer counts against it.
            if status is None or status >= 400:
                status = _status(session, "GET", address, timeout_s)
    except PrivateAddressError as error:
        return _private(address, error.host, error.number)
    except (requests.RequestException, ValueError) as error:
        return _unreachable(address, error, timeout_s)
    return _judge(address, status or 0)


def _status(session: "requests.Session", method: str, address: str, timeout_s: float) -> int | None:
    """Give the status after redirects; None when HEAD got no answer or no end, so that GET may try."""
    import requests

    from rtesmail.checks.visits import visit

    try:
        return visit(session, method, address, timeout_s)
    except (requests.ConnectionError, requests.ReadTimeout, requests.TooManyRedirects):
        if method == "HEAD":
            return None
        raise


def _judge(address: str, status: int) -> Trouble | None:
    if status < 400:
        return None
    told = {"address": address, "status": status}
    if status in _GONE:
        return Trouble(
            Severity.ERROR,
            _("{address}: there is no such page ({status}).").format(**told),
            _("Open it in a browser, then correct the address or take the link out."),
        )
    if status in _SHY:
        return Trouble(
            Severity.NOTE,
            _("{address}: the site does not show this page to a program ({status}).").format(**told),
            _("Open it in a browser to be sure."),
        )
    if status >= 500:
        return Trouble(
            Severity.WARNING,
            _("{address}: the site has a fault of its own ({status}).").format(**told),
            _("Try again later."),
        )
    return Trouble(
        Severity.WARNING,
        _("{address}: the site refuses the request ({status}).").format(**told),
        _("Open it in a browser to be sure."),
    )


def _unreachable(address: str, error: Exception, timeout_s: float) -> Trouble:
    import requests

    silence = why_silent(address, error, timeout_s)
    if silence is not None:
        return Trouble(Severity.WARNING, silence.message, silence.hint)
    if isinstance(error, requests.TooManyRedirects):
        return Trouble(
            Severity.WARNING,
            _("{address}: it sends from page to page without end.").format(address=address),
            try_later(),
        )
    return Trouble(
        Severity.WARNING,
        _("{address}: this is not an address that can be opened.").format(address=address),
        _("Correct the address."),
    )


def _private(address: str, host: str, number: str) -> Trouble:
    return Trouble(
        Severity.WARNING,
        _("{address}: it leads to {host} ({number}), a machine of a private network, and was not asked.").format(
            address=address, host=host, number=number
        ),
        _("Open it from outside your network; if readers can, name the host in [checks] private_hosts."),
    )


def _to_come(archive: str, issue_id: str) -> Trouble:
    """Say once for all of a letter's pages, whatever their addresses, that they are not there yet."""
    return Trouble(
        Severity.WARNING,
        _("Pages of your archive ({address}) are not there yet.").format(address=archive),
        _("They come with publishing, before the letter leaves: rtesmail publish {issue}").format(issue=issue_id),
    )


def _no_time(address: str, total_s: float) -> Trouble:
    return Trouble(
        Severity.WARNING,
        _("{address}: not asked to the end within {seconds} seconds for all links.").format(
            address=address, seconds=f"{total_s:g}"
        ),
        _("Run the same command again: what has answered is not asked again for some hours."),
    )


def _as_finding(issue: Issue, address: str, trouble: Trouble) -> Finding:
    from rtesmail.checks.subject import texts_of

    for snippet in issue.snippets:
        for source in texts_of(snippet):
            position = source.text.find(address)
            if position >= 0:
                place = source.place_at(position)
                return Finding(CHECK, trouble.severity, trouble.message, trouble.hint, place.path, place.line)
    return Finding(CHECK, trouble.severity, trouble.message, trouble.hint)
