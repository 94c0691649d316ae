"""What is filled per person: each value written for the place where it stands, and nothing else filled."""

import pytest

from rtesmail.model.publication import Workspace
from rtesmail.model.slots import SLOT_MARK, Slot
from rtesmail.rendering.slots import (
    SlotValues,
    encode_for_html,
    encode_for_text,
    fill_html,
    fill_text,
    preview_values,
    quiet_marks,
)

HOSTILE = SlotValues(
    email='"<a>"@example.org',
    name="<script>&'\"\r\nBcc: x\u202e",
    organisation="@@email@@",
    unsubscribe_url='https://example.org/u?a=1&b="x"',
    preferences_url="",
)


def test_html_values_cannot_open_a_tag_or_leave_an_attribute() -> None:
    assert fill_html("<p>@@name@@</p>", HOSTILE) == "<p>&lt;script&gt;&amp;&#x27;&quot; Bcc: x</p>"
    assert fill_html('<a href="@@unsubscribe_url@@">', HOSTILE) == (
        '<a href="https://example.org/u?a=1&amp;b=&quot;x&quot;">'
    )


def test_text_values_stay_on_their_line() -> None:
    assert fill_text("@@name@@!", HOSTILE) == "<script>&'\" Bcc: x!"


def test_a_value_that_looks_like_a_slot_is_not_filled_in_turn() -> None:
    assert fill_text("@@organisation@@", HOSTILE) == "@@email@@"


def test_an_unknown_mark_stays() -> None:
    assert fill_text("@@phone@@", HOSTILE) == "@@phone@@"


@pytest.mark.parametrize("slot", list(Slot))
def test_every_slot_is_filled_in_the_preview(demo: Workspace, slot: Slot) -> None:
    values = preview_values(demo)
    assert fill_html(slot.mark, values) == encode_for_html(slot, values.of(slot))
    assert encode_for_text(slot, values.of(slot))


def test_quieted_marks_look_the_same_and_are_slots_no_more() -> None:
    quiet = quiet_marks("à @@email@@ et @@name@@@@email@@")
    assert SLOT_MARK.search(quiet) is None
    assert quiet.replace("\u2060", "") == "à @@email@@ et @@name@@@@email@@"
