"""Header fields hold one value each, whatever stands in it, and are as the field's rules want them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.delivery.messages.headers import feedback_id_field, label, list_id_field, own_address, url_field, wire_url
from rtesmail.model.errors import WorkspaceError

anything = st.text(max_size=400)
domains = st.from_regex(r"[a-z0-9-]{1,60}(\.[a-z]{2,10}){1,3}", fullmatch=True)


def value_of(field: bytes) -> str:
    return field.decode().partition(": ")[2].removesuffix("\r\n")


@given(anything)
def test_a_label_is_a_word_of_a_domain(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", label(text))
    assert len(label(text)) <= 63


def test_names_that_have_to_be_cut_or_have_no_latin_letters_stay_apart() -> None:
    assert label("Abonnés d'été") == "abonnes-d-ete"
    assert len({label("x" * 70), label("x" * 71), label("مشتركون"), label("συνδρομητές"), label("")}) == 5


def test_a_feedback_id_goes_from_the_issue_to_the_sender() -> None:
    field = feedback_id_field("2025-04-mensuelle", "abonnés", "mensuelle", "rtes.example")
    assert field == b"Feedback-ID: 2025-04-mensuelle:list-abonnes:pub-mensuelle:rtes.example\r\n"


@given(issue=anything, list_name=anything, publication=anything, domain=domains)
def test_a_feedback_id_has_four_different_names_and_a_sender_of_5_to_15_characters(
    issue: str, list_name: str, publication: str, domain: str
) -> None:
    field = feedback_id_field(issue, list_name, publication, domain)
    names = value_of(field).split(":")
    assert len(set(names)) == len(names) == 4
    assert all(re.fullmatch(r"[a-z0-9.-]+", name) for name in names)
    assert 5 <= len(names[3]) <= 15
    assert len(field) <= 998


def test_the_same_name_for_list_and_publication_counts_apart() -> None:
    names = value_of(feedback_id_field("2025-04", "mensuelle", "mensuelle", "rtes.example")).split(":")
    assert names[1] != names[2]


def test_domains_too_long_for_a_sender_id_stay_apart() -> None:
    fields = [feedback_id_field("i", "l", "p", f"{place}.lettres.departement.example") for place in ("nord", "sud")]
    assert len({value_of(field).split(":")[3] for field in fields}) == 2


@given(anything)
def test_no_web_address_ends_its_field_or_its_brackets(url: str) -> None:
    field = url_field("List-Archive", f"https://{url}")
    assert re.fullmatch(rb"List-Archive: <https://[!-;=?-~]*>\r\n", field)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("https://lettre.rtes.example/lettres/", "https://lettre.rtes.example/lettres/"),
        ("https://réseau.example/été?a=b&c=%20", "https://xn--rseau-bsa.example/%C3%A9t%C3%A9?a=b&c=%20"),
        ("https://réseau.example:8443", "https://xn--rseau-bsa.example:8443"),
        ("mailto:contact@rtes.example", "mailto:contact@rtes.example"),
        ("https://a.example/>\r\nBcc: b@example.org", "https://a.example/%3E%0D%0ABcc:%20b@example.org"),
    ],
)
def test_addresses_are_written_in_ascii_with_their_host_as_dns_has_it(written: str, expected: str) -> None:
    assert wire_url(written) == expected


def test_without_an_address_there_is_no_field() -> None:
    assert url_field("List-Help", "") == b""


@pytest.mark.parametrize(
    "title", ["", "RTES", "Réseau des territoires " * 8, "x" * 200, 'Le "Réseau", <a@b>\r\nBcc: c']
)
def test_a_list_id_keeps_its_brackets_and_its_lines_short(title: str) -> None:
    field = list_id_field(title, "abonnes.mensuelle.rtes.example")
    assert field.endswith(b"<abonnes.mensuelle.rtes.example>\r\n")
    assert all(len(line) <= 78 for line in field.split(b"\r\n"))
    assert not re.search(rb"\r\n(?![ ]|$)", field)


@pytest.mark.parametrize("address", ["", "pas une adresse", "é@rtes.example", "a@b\r\nBcc: c@example.org"])
def test_an_address_of_the_house_that_no_server_takes_is_a_setting_to_correct(address: str) -> None:
    with pytest.raises(WorkspaceError, match="cannot be used"):
        own_address(address)
