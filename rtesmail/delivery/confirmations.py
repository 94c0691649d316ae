"""The letter that asks somebody who subscribed to say yes again (double opt-in): composed and sent as any other."""

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.delivery.clock import Clock
from rtesmail.model.edition import Edition
from rtesmail.model.mailing import Message, Outcome, Recipient
from rtesmail.model.publication import Sender, TransportSettings, Workspace
from rtesmail.rendering.environment import open_templates
from rtesmail.rendering.translations import translation

if TYPE_CHECKING:
    from rtesmail.delivery.transports.contract import Transport


class Question(Struct, frozen=True):
    """Who is asked, about which lists (in a reader's words), in which language, and the page where they say yes."""

    email: str
    titles: Sequence[str]
    url: str
    language: str


def confirmation_edition(workspace: Workspace, question: Question, sender: Sender) -> Edition:
    """Make the letter from the templates `confirmation.txt.j2` and `confirmation.html.j2`.

    Raises:
        ContentError: a template is missing or wrong.
    """
    configuration = workspace.configuration
    context = {
        "identity": configuration.identity,
        "titles": question.titles,
        "url": question.url,
        "language": question.language,
        "light": configuration.theme.light,
        "dark": configuration.theme.dark,
        "title_font": configuration.theme.title_font,
        "text_font": configuration.theme.text_font,
    }
    templates = open_templates(workspace, question.language)
    subject = translation(question.language).gettext("Confirm your subscription to the letters of {name}")
    return Edition(
        issue="",
        publication="",
        language=question.language,
        sender=sender,
        subject=subject.format(name=configuration.identity.name),
        preheader="",
        html=templates.render("confirmation.html.j2", context),
        text=templates.render("confirmation.txt.j2", context),
    )


async def ask(
    workspace: Workspace, question: Question, sender: Sender, transport: TransportSettings, now: Clock
) -> Outcome:
    """Send the letter to one person, signed as mailings are; give what became of it.

    It belongs to no list and to no mailing: no List-Unsubscribe, no row in the ledger.

    Raises:
        StoppedError: the server cannot be reached or refuses the login or the sender.
        WorkspaceError: an address, a key or a template cannot be used.
    """
    from rtesmail.delivery.messages.composing import Composer, Heading
    from rtesmail.delivery.signing.signatures import load_signer
    from rtesmail.delivery.tokens import LinkMaker, load_secret
    from rtesmail.delivery.transports.registry import build_transport

    identity = workspace.configuration.identity
    heading = Heading("", "", transport.envelope_sender, uuid.uuid4().hex, is_proof=True)
    links = LinkMaker(secret=load_secret(workspace), public_url="", mailbox=identity.unsubscribe, list_name="")
    signer = load_signer(transport.dkim)
    edition = confirmation_edition(workspace, question, sender)
    composer = Composer(edition, heading, links, signer.sign if signer is not None else None)
    # No delivery has a negative number, and no subscriber the number 0.
    made = composer.compose(Recipient(-1, 0, question.email, "", ""), now())
    return made if isinstance(made, Outcome) else await _deliver(build_transport(transport), made)


async def _deliver(transport: "Transport", message: Message) -> Outcome:
    try:
        return (await transport.deliver([message]))[0]
    finally:
        await transport.close()
