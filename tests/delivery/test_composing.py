"""A message parses back, with the standard library, to exactly what was meant, whatever the values are."""

import email
import email.policy
import html
import re
import string
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.delivery.messages.composing import Composer, Heading
from rtesmail.delivery.tokens import LinkMaker, Purpose, verify
from rtesmail.delivery.verp import VerpMaker, read_verp
from rtesmail.model.edition import Edition, EditionImage
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.mailing import Message, Outcome, Recipient
from rtesmail.model.publication import Sender
from rtesmail.rendering.slots import SlotValues, fill_html, fill_text

from .conftest import PIXEL, make_edition

NOW = datetime(2025, 4, 3, 7, 0, tzinfo=UTC)
SECRET = b"0123456789abcdef0123456789abcdef"
HOSTILE = [
    "<script>alert(1)</script>",
    "Nom\r\nBcc: victime@example.org",
    "\r\n.\r\nQUIT",
    "@@email@@ @@name@@",
    ".",
    "...",
    ". début",
    "From nobody",
    "x" * 3000,
    "é" * 500,
    "مرحبا بالعالم",
    "\u202egnp.exe",
    'O"Neil, \\ <a@b>',
    "=?utf-8?b?SGVsbG8=?=",
    "a=b =3D ==",
    "fin avec espace ",
    "😀" * 40,
    "",
    "\x00\x07",
]


def links(public_url: str = "https://lettre.rtes.example", list_name: str = "abonnés") -> LinkMaker:
    return LinkMaker(secret=SECRET, public_url=public_url, mailbox="stop@rtes.example", list_name=list_name)


def heading(**changes: Any) -> Heading:
    known = Heading(
        list_title="RTES",
        list_name="abonnés",
        envelope_sender="",
        seed="seed",
        list_help="mailto:contact@rtes.example",
        list_archive="https://lettre.rtes.example/lettres/",
    )
    return replace(known, **changes)


def composer(edition: Edition, public_url: str = "https://lettre.rtes.example", **changes: Any) -> Composer:
    return Composer(edition, heading(**changes), links(public_url))


def make(
    edition: Edition,
    person: Recipient | None = None,
    public_url: str = "https://lettre.rtes.example",
    **changes: Any,
) -> Message:
    made = composer(edition, public_url, **changes).compose(person or recipient(), NOW)
    assert isinstance(made, Message)
    return made


def recipient(name: str = "Camille Exemple", organisation: str = "Ville", address: str = "c@example.org") -> Recipient:
    return Recipient(7, 42, address, name, organisation)


def parse(message: Message) -> EmailMessage:
    # stdlib: the default policy makes EmailMessage objects.
    parsed = email.message_from_bytes(message.content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    assert parsed.defects == []
    return parsed


def values_of(person: Recipient) -> SlotValues:
    reader = links().links_of(person.subscriber)
    return SlotValues(person.email, person.name, person.organisation, reader.unsubscribe_url, reader.preferences_url)


def texts(message: Message) -> tuple[str, str]:
    parsed = parse(message)
    plain, rich = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert plain is not None
    assert rich is not None
    return (
        str(plain.get_payload(decode=True), "utf-8").replace("\r\n", "\n"),
        str(rich.get_payload(decode=True), "utf-8").replace("\r\n", "\n"),
    )


def assert_well_shaped(content: bytes) -> None:
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    head, _blank, body = content.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 78
    assert content.isascii()
    assert not any(line.startswith(b".") for line in body.split(b"\r\n"))


BODY = (
    "Bonjour @@name@@ de @@organisation@@.\n@@name@@\n.@@name@@.\n\n  @@email@@ \n@@unsubscribe_url@@@@name@@\n.\nFin"
)
PAGE = '<p title="@@organisation@@">@@name@@.</p>\n<a href="@@unsubscribe_url@@">x</a> @@preferences_url@@'


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_values_come_out_as_mere_text(name: str) -> None:
    edition = make_edition(text=BODY, html=PAGE)
    person = recipient(name=name, organisation=name)
    message = make(edition, person)
    assert_well_shaped(message.content)
    values = values_of(person)
    assert texts(message) == (fill_text(BODY, values), fill_html(PAGE, values))
    parsed = parse(message)
    assert parsed["Bcc"] is None
    assert [address.addr_spec for address in parsed["To"].addresses] == ["c@example.org"]
    assert "<script>" not in texts(message)[1]


FIELDS = ["From", "To", "Subject", "MIME-Version", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post"]
FIELDS += ["List-Id", "List-Help", "List-Archive", "Feedback-ID", "Precedence", "Content-Language", "Content-Type"]
printable = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=300)
pieces = st.lists(
    st.one_of(printable, st.sampled_from(["@@name@@", "@@organisation@@", "@@email@@", "@@unknown@@", "\n", ".", " "])),
    max_size=12,
).map("".join)


@settings(max_examples=150)
@given(text=pieces, page=pieces, name=printable, organisation=printable)
def test_any_edition_with_any_values_parses_back(text: str, page: str, name: str, organisation: str) -> None:
    edition = make_edition(text=text, html=page)
    person = recipient(name=name, organisation=organisation)
    message = make(edition, person)
    assert_well_shaped(message.content)
    values = values_of(person)
    assert texts(message) == (fill_text(text, values), fill_html(page, values))


@settings(max_examples=150)
@given(subject=printable, sender=printable, name=printable)
def test_no_header_can_be_broken_out_of(subject: str, sender: str, name: str) -> None:
    edition = make_edition(subject=subject, sender=Sender(sender, "lettre@rtes.example", ""))
    parsed = parse(make(edition, recipient(name=name)))
    assert parsed.keys() == FIELDS
    assert [address.addr_spec for address in parsed["From"].addresses] == ["lettre@rtes.example"]


@settings(max_examples=100)
@given(title=printable, list_name=printable, url=printable, issue=printable)
def test_no_setting_of_the_house_can_be_broken_out_of(title: str, list_name: str, url: str, issue: str) -> None:
    public_url = f"https://lettre.rtes.example/{url}"
    message = make(
        make_edition(issue=issue, sender=Sender("RTES", "lettre@rtes.example")),
        public_url=public_url,
        list_title=title,
        list_name=list_name,
        list_help=f"mailto:{url}",
        list_archive=public_url,
    )
    assert parse(message).keys() == FIELDS
    head = message.content.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert b"\n" not in head.replace(b"\r\n", b"")


def test_a_long_public_address_and_names_stay_within_what_servers_take() -> None:
    public_url = f"https://{'réseau-' * 8}a.example/{'é' * 60}"
    message = make(
        make_edition(issue="x" * 900, sender=Sender("É" * 900, "lettre@rtes.example")),
        recipient(name="É" * 900),
        public_url=public_url,
        list_title="É" * 900,
        list_name="x" * 900,
        list_archive=public_url,
    )
    assert_well_shaped(message.content)


def test_ordinary_fields_stay_within_a_line_of_a_terminal() -> None:
    head = make(make_edition()).content.partition(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")
    links_to_leave = [line for line in lines if line.startswith((b"List-Unsubscribe:", b" <mailto:"))]
    assert len(links_to_leave) == 2
    assert max(len(line) for line in lines if line not in links_to_leave) <= 78


visible = st.text(alphabet=string.ascii_letters + "éàçœ’«» …:;!?()'\"=_-0123456789\u202f", max_size=200)


@settings(max_examples=150)
@given(subject=visible, name=visible)
def test_subject_and_name_read_as_written(subject: str, name: str) -> None:
    message = make(make_edition(subject=subject), recipient(name=name))
    assert parse(message)["Subject"] == " ".join(subject.split())
    # The newer policy of Python 3.11 puts a space between two encoded words of a name; the older reads RFC 2047 right.
    written, address = parseaddr(email.message_from_bytes(message.content)["To"])
    assert (str(make_header(decode_header(written))), address) == (" ".join(name.split()), "c@example.org")


def test_the_headers_are_right_from_the_start() -> None:
    message = make(make_edition())
    parsed = parse(message)
    assert parsed["From"] == "RTES <lettre@rtes.example>"
    assert parsed["To"] == "Camille Exemple <c@example.org>"
    assert parsed["Subject"] == "Avril 2025 : l’économie solidaire"
    assert parsed["Reply-To"] == "contact@rtes.example"
    assert parsed["Date"].datetime == NOW
    assert parsed["Message-ID"] == message.message_id
    assert parsed["Content-Language"] == "fr"
    assert parsed["List-Id"] == '"RTES" <abonnes.mensuelle.rtes.example>'
    assert parsed["List-Help"] == "<mailto:contact@rtes.example>"
    assert parsed["List-Archive"] == "<https://lettre.rtes.example/lettres/>"
    assert parsed["Feedback-ID"] == "2025-04-mensuelle:list-abonnes:pub-mensuelle:rtes.example"
    assert parsed["Precedence"] == "list"
    assert parsed["Auto-Submitted"] is None
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    https, mailto = [part.strip(" <>") for part in parsed["List-Unsubscribe"].split(",")]
    grant = verify(SECRET, Purpose.UNSUBSCRIBE, https.rpartition("/")[2])
    assert https.startswith("https://lettre.rtes.example/u/")
    assert grant is not None
    assert (grant.subscriber, grant.list_name) == (42, "abonnés")
    assert mailto.startswith("mailto:stop@rtes.example?subject=unsubscribe%20")
    assert message.envelope_sender == "lettre@rtes.example"


def test_nothing_in_the_head_tells_who_the_reader_is_but_their_own_fields() -> None:
    one = make(make_edition(), Recipient(7, 42, "c@example.org", "Camille Exemple", "Ville"))
    two = make(make_edition(), Recipient(8, 43, "d@example.org", "Dominique Exemple", "Région"))
    differing = {name for name in FIELDS if parse(one)[name] != parse(two)[name]}
    assert differing == {"To", "Message-ID", "List-Unsubscribe"}


def test_a_proof_is_no_list_mail() -> None:
    parsed = parse(make(make_edition(), Recipient(-1, 0, "c@example.org", "", ""), is_proof=True))
    assert [name for name in parsed if name.startswith("List-") or name in ("Precedence", "Feedback-ID")] == []
    assert re.fullmatch(r"<[0-9a-f]{32}@rtes\.example>", parsed["Message-ID"])


def test_without_help_and_archive_those_fields_are_absent() -> None:
    parsed = parse(make(make_edition(), list_help="", list_archive=""))
    assert (parsed["List-Help"], parsed["List-Archive"]) == (None, None)


def test_each_delivery_can_have_an_envelope_sender_that_names_it() -> None:
    maker = VerpMaker(SECRET, "retours@rtes.example")
    one = composer(make_edition(), verp=maker, envelope_sender="retours@rtes.example")
    made = [one.compose(Recipient(n, 42, f"p{n}@example.org", "", ""), NOW) for n in (7, 8)]
    senders = [message.envelope_sender for message in made if isinstance(message, Message)]
    assert [read_verp(SECRET, sender) for sender in senders] == [7, 8]


def test_without_a_public_address_leaving_goes_by_mail() -> None:
    message = make(make_edition(), public_url="")
    parsed = parse(message)
    assert parsed["List-Unsubscribe"].startswith("<mailto:stop@rtes.example")
    assert parsed["List-Unsubscribe-Post"] is None
    assert "mailto:stop@rtes.example?subject=unsubscribe%20" in texts(message)[0]


def test_one_click_is_promised_over_https_only() -> None:
    parsed = parse(make(make_edition(), public_url="http://localhost:8080"))
    assert parsed["List-Unsubscribe-Post"] is None
    assert parsed["List-Unsubscribe"].startswith("<http://localhost:8080/u/")


def test_pictures_travel_with_the_html_that_shows_them() -> None:
    edition = make_edition(
        html='<img src="cid:logo" alt="RTES">',
        images=(EditionImage("logo", "image/gif", PIXEL), EditionImage("photo", "image/png", bytes(range(256)) * 40)),
    )
    parsed = parse(make(edition))
    assert parsed.get_content_type() == "multipart/alternative"
    plain, related = parsed.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert related.get_content_type() == "multipart/related"
    page, logo, photo = related.iter_parts()
    assert page.get_content_type() == "text/html"
    assert (logo["Content-ID"], logo.get_payload(decode=True)) == ("<logo>", PIXEL)
    assert (photo["Content-ID"], photo.get_payload(decode=True)) == ("<photo>", bytes(range(256)) * 40)


def test_a_text_that_is_mostly_not_ascii_is_carried_in_base64_when_smaller() -> None:
    arabic = "مرحبا بالعالم\n" * 50
    message = make(make_edition(text=arabic, images=()))
    plain = parse(message).get_body(("plain",))
    assert plain is not None
    assert plain["Content-Transfer-Encoding"] == "base64"
    assert texts(message)[0] == arabic


def test_message_ids_are_unique_per_delivery_and_stable_on_retry() -> None:
    one = composer(make_edition())
    assert one.message_id(1) == one.message_id(1) == composer(make_edition()).message_id(1)
    assert len({one.message_id(n) for n in range(1000)}) == 1000


def test_a_message_id_names_its_delivery_and_no_other_mailing_makes_the_same() -> None:
    one, other = composer(make_edition()), composer(make_edition(), seed="another mailing")
    found = re.fullmatch(r"<([0-9]+)\.[0-9a-f]{32}@rtes\.example>", one.message_id(1234))
    assert found is not None
    assert found[1] == "1234"
    assert one.message_id(1234) != other.message_id(1234)


def test_the_same_inputs_give_the_same_bytes() -> None:
    assert make(make_edition()).content == make(make_edition()).content


@pytest.mark.parametrize("address", ["", "x", "a@b\r\nRCPT TO:<v@example.org>", "a b@example.org", "a@b>", "é@"])
def test_an_address_that_fits_no_envelope_is_refused_for_that_person(address: str) -> None:
    assert isinstance(composer(make_edition()).compose(recipient(address=address), NOW), Outcome)


def test_an_accented_domain_is_written_as_dns_has_it() -> None:
    message = make(make_edition(), recipient(address="a@réseau.example"))
    assert message.recipient == "a@xn--rseau-bsa.example"
    assert parse(message)["To"].addresses[0].domain == "xn--rseau-bsa.example"


def test_an_impossible_sender_is_told_as_a_setting_to_correct() -> None:
    with pytest.raises(WorkspaceError, match="cannot be used"):
        composer(make_edition(sender=Sender("RTES", "pas une adresse")))


def test_html_in_a_name_stays_text_in_html() -> None:
    page = texts(make(make_edition(html="<p>@@name@@</p>"), recipient(name="<b>Max & Co</b>")))[1]
    assert page == f"<p>{html.escape('<b>Max & Co</b>')}</p>"
