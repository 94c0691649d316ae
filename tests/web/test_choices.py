"""What a person chose to look at, and the address that says it."""

from itertools import product
from urllib.parse import parse_qsl, urlsplit

from rtesmail.web.choices import Choice, Size, View, read_choice
from rtesmail.web.frames import Scheme


def test_an_address_brings_back_the_same_choice() -> None:
    for options in product(View, Size, Scheme, (True, False), ("", "10"), (0, 12), ("", "0a1b")):
        choice = Choice(*options)
        parts = urlsplit(choice.page_url("2025-04-mensuelle"))
        assert parts.path == "/issue/2025-04-mensuelle"
        assert read_choice(dict(parse_qsl(parts.query))) == choice


def test_what_is_chosen_stays_so_while_a_place_is_shown() -> None:
    for choice in (Choice(at="a1"), Choice(View.INBOX, Size.PHONE, Scheme.DARK, has_images=False, at="a1")):
        assert all(choice.has(one) for one in (choice.view, choice.size, choice.scheme, choice.has_images))
        assert not choice.has(View.TEXT)


def test_the_usual_choice_has_a_short_address() -> None:
    assert Choice().page_url("2025-04-mensuelle") == "/issue/2025-04-mensuelle"
    assert Choice().frame_url("2025-04-mensuelle") == "/issue/2025-04-mensuelle/frame"


def test_unknown_words_in_an_address_count_as_not_said() -> None:
    assert (
        read_choice({"view": "telepathy", "size": "", "scheme": "mauve", "images": "maybe", "readers": "<b>"})
        == Choice()
    )


def test_an_issue_name_cannot_leave_its_place_in_an_address() -> None:
    assert Choice().page_url("../x?y#z") == "/issue/..%2Fx%3Fy%23z"
