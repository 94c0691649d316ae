"""How many complete messages a second one core composes, beside the standard library's way."""

import statistics
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory

from house import ISSUE, LIST, edition, workspace_in
from results import Row

from rtesmail.delivery.sending import composer_of
from rtesmail.model.mailing import Mailing, MailingState, Recipient
from rtesmail.model.publication import TransportKind, TransportSettings

OURS, THEIRS, ROUNDS = 20_000, 100, 5


def measure() -> list[Row]:
    """Compose for people of different names, in rounds."""
    now = datetime.now(UTC)
    with TemporaryDirectory() as folder:
        mailing = Mailing(0, ISSUE, LIST, MailingState.SCHEDULED, now)
        composer = composer_of(
            workspace_in(Path(folder)), edition(), mailing, TransportSettings("", TransportKind.OUTBOX)
        )
    people = [Recipient(n, n, f"p{n:07d}@example.org", f"Personne {n}", "Commune") for n in range(1, OURS + 1)]
    html = edition().html
    ours, theirs = [], []
    for _round in range(ROUNDS):
        begun = time.perf_counter()
        for person in people:
            composer.compose(person, now)
        ours.append(OURS / (time.perf_counter() - begun))
        begun = time.perf_counter()
        for person in people[:THEIRS]:
            _standard(person, html)
        theirs.append(THEIRS / (time.perf_counter() - begun))
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    peer = "EmailMessage"
    return [
        Row(
            "composing: rtesmail",
            statistics.median(ours),
            "messages/s",
            peer,
            statistics.median(ratios),
            f"{min(ratios):.0f} to {max(ratios):.0f}",
        ),
        Row("composing: EmailMessage per person", statistics.median(theirs), "messages/s", peer, 1.0),
    ]


def _standard(person: Recipient, html: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "lettre@rtes.example", person.email, "La newsletter d'avril"
    message.set_content(f"Bonjour {person.name},\n")
    message.add_alternative(html.replace("@@name@@", person.name), subtype="html")
    return message.as_bytes()
