"""What SpamAssassin says of a letter, where it is installed (`check --spam`)."""

import re
import subprocess
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid
from gettext import gettext as _
from shutil import which

from rtesmail.checks.answers import this_moment
from rtesmail.model.edition import Edition
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.numbers import decimal
from rtesmail.model.publication import Workspace
from rtesmail.rendering.slots import fill_html, fill_text, preview_values

CHECK = "spam-score"
PROGRAM = "spamassassin"
PATIENCE_S = 60.0
"""SpamAssassin reads all its rules first, which takes some seconds."""
_STATUS = re.compile(
    r"^X-Spam-Status:\s*\w+,\s*score=(-?\d+(?:\.\d+)?)\s+required=(\d+(?:\.\d+)?)\s+tests=(.*?)(?:\s+\w+=|$)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_FOLD = re.compile(r"\r?\n[ \t]+")


def score(workspace: Workspace, edition: Edition, patience_s: float = PATIENCE_S) -> tuple[Finding, ...]:
    """Have the letter judged as one reader would get it; a finding when it comes near what filters refuse.

    Only what stands in the letter counts (`--local`): what servers add, such as signatures, is not there yet.
    """
    program = which(PROGRAM)
    if program is None:
        return (
            _finding(Severity.NOTE, _("SpamAssassin is not installed here: the letter was not tried with it."), ""),
        )
    try:
        done = subprocess.run(
            [program, "--test-mode", "--local"],
            input=_message(workspace, edition),
            capture_output=True,
            timeout=patience_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        done = None
    head = (done.stdout if done else b"").decode("utf-8", "replace").replace("\r\n", "\n").partition("\n\n")[0]
    found = _STATUS.search(_FOLD.sub(" ", head))
    if not found:
        return (
            _finding(
                Severity.NOTE,
                _("SpamAssassin gave no answer that could be read."),
                _("Try it by itself: spamassassin --lint"),
            ),
        )
    points, limit = float(found[1]), float(found[2])
    if points < limit / 2:
        return ()
    message = _("SpamAssassin gives the letter {points} points, and refuses at {limit}: {tests}.").format(
        points=decimal(f"{points:g}"),
        limit=decimal(f"{limit:g}"),
        tests=", ".join(found[3].replace(" ", "").split(",")),
    )
    hint = _("Look the names up, the heaviest first: spamassassin -t tells the points of each.")
    return (_finding(Severity.ERROR if points >= limit else Severity.WARNING, message, hint),)


def _message(workspace: Workspace, edition: Edition) -> bytes:
    """Give the letter to a made-up reader, the heaviest variant where there are several."""
    one = max((edition.for_variant(key) for key in edition.variant_keys), key=lambda variant: len(variant.html))
    values = preview_values(workspace)
    message = EmailMessage()
    message["From"] = formataddr((edition.sender.name, edition.sender.address))
    message["To"] = "lectrice@example.org"
    message["Subject"] = edition.subject
    message["Date"] = format_datetime(this_moment())
    message["Message-ID"] = make_msgid(domain=edition.sender.address.rpartition("@")[2])
    message["List-Unsubscribe"] = f"<mailto:{workspace.configuration.identity.unsubscribe}>"
    message.set_content(fill_text(one.text, values))
    message.add_alternative(fill_html(one.html, values), subtype="html")
    return message.as_bytes(policy=SMTP)


def _finding(severity: Severity, message: str, hint: str) -> Finding:
    return Finding(CHECK, severity, message, hint)
