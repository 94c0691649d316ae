"""Each provider's stand-in with the transport that calls it, and letters to hand over."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from rtesmail.delivery.messages.composing import Composer, Heading
from rtesmail.delivery.tokens import LinkMaker
from rtesmail.delivery.transports.brevo import BrevoTransport
from rtesmail.delivery.transports.http.calls import Patience
from rtesmail.delivery.transports.mailgun import MailgunTransport
from rtesmail.delivery.transports.mailjet import MailjetTransport
from rtesmail.delivery.transports.postmark import PostmarkTransport
from rtesmail.delivery.transports.scaleway import ScalewayTransport
from rtesmail.delivery.transports.ses import SesTransport
from rtesmail.model.edition import Edition
from rtesmail.model.mailing import Message, Outcome, Recipient
from rtesmail.model.publication import TransportSettings

from ..conftest import START, make_edition
from .brevo_stand_in import BrevoStandIn
from .mailgun_stand_in import MailgunStandIn
from .mailjet_stand_in import MailjetStandIn
from .postmark_stand_in import PostmarkStandIn
from .scaleway_stand_in import PROJECT, ScalewayStandIn
from .ses_stand_in import ACCESS_KEY, REGION, SesStandIn
from .stand_in import KEY, PUBLIC_KEY, StandIn, serving

QUICK = Patience(connect=2.0, answer=0.6, asked=1.5, between=(0.05, 0.05), repeats=(0.02,) * 3)

MAKERS: dict[str, tuple[Callable[[], StandIn], Any]] = {
    "brevo": (BrevoStandIn, BrevoTransport),
    "mailjet": (MailjetStandIn, MailjetTransport),
    "postmark": (PostmarkStandIn, PostmarkTransport),
    "mailgun": (MailgunStandIn, MailgunTransport),
    "scaleway": (ScalewayStandIn, ScalewayTransport),
    "ses": (SesStandIn, SesTransport),
}

MORE: dict[str, dict[str, Any]] = {
    "mailjet": {"username": PUBLIC_KEY},
    "scaleway": {"username": PROJECT},
    "ses": {"username": ACCESS_KEY, "region": REGION},
}


@dataclass
class Way:
    """A provider's stand-in with the transport that calls it."""

    name: str
    stand_in: Any
    settings: TransportSettings

    def transport(self, *, patience: Patience = QUICK, **changes: Any) -> Any:
        return MAKERS[self.name][1](self.settings, patience=patience, **changes)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Way]]:
    """Start the stand-in of a provider; at the end nothing that it was sent may have broken the provider's rules."""
    monkeypatch.setenv("PROVIDER_KEY", KEY)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with ExitStack() as running:

        def start(name: str) -> Way:
            stand_in = running.enter_context(serving(MAKERS[name][0]()))
            settings = TransportSettings(
                "envois", stand_in.kind, password_env="PROVIDER_KEY", api_url=stand_in.url, **MORE.get(name, {})
            )
            return Way(name, stand_in, settings)

        yield start


@pytest.fixture(params=sorted(MAKERS))
def way(request: pytest.FixtureRequest, serve: Callable[[str], Way]) -> Way:
    """Each provider in turn."""
    return serve(request.param)


@pytest.fixture
def amazon(serve: Callable[[str], Way], monkeypatch: pytest.MonkeyPatch) -> Way:
    """Amazon SES, on a machine that has no AWS settings of its own."""
    for name in [name for name in os.environ if name.startswith("AWS_") and not name.endswith("_FILE")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return serve("ses")


def deliver_each(way: Way, *messages: Message) -> list[Outcome]:
    """Hand messages over one by one."""

    async def run() -> list[Outcome]:
        transport = way.transport()
        try:
            return [outcome for message in messages for outcome in await transport.deliver([message])]
        finally:
            await transport.close()

    return asyncio.run(run())


def states(outcomes: Sequence[Outcome]) -> list[str]:
    return [outcome.state.value for outcome in outcomes]


def compose(*people: Recipient, edition: Edition | None = None, **heading: Any) -> list[Message]:
    """The messages of a mailing, as the engine makes them; without images, which not every provider carries."""
    known: dict[str, Any] = {
        "list_title": "RTES – Réseau",
        "list_name": "abonnés",
        "envelope_sender": "",
        "seed": "test",
        "list_help": "mailto:c@rtes.example",
        "list_archive": "https://lettre.rtes.example/lettres/",
    }
    links = LinkMaker(
        secret=b"s" * 32, public_url="https://lettre.rtes.example", mailbox="stop@rtes.example", list_name="abonnés"
    )
    composer = Composer(edition or make_edition(images=()), Heading(**{**known, **heading}), links)
    made = [composer.compose(person, START) for person in people]
    assert all(isinstance(one, Message) for one in made)
    return [one for one in made if isinstance(one, Message)]


def people(count: int, first: int = 1) -> list[Recipient]:
    return [
        Recipient(number, number, f"p{number:03d}@example.org", f"Personne {number}", "Ville", 1)
        for number in range(first, first + count)
    ]
