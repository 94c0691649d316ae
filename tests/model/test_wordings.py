"""A library's English becomes the reader's words, or stays as it is."""

from hypothesis import given
from hypothesis import strategies as st

from rtesmail.model.wordings import in_words

USUAL = ((r"Duplicate key '(.+)'", "la clé {0} est là deux fois"), (r"(?P<name>.+) element", "l’élément {name}"))


def test_what_was_said_in_english_is_said_in_the_readers_words_with_its_names() -> None:
    assert in_words("Duplicate key 'date'", USUAL) == "la clé date est là deux fois"
    assert in_words("<svg> {0} element", USUAL) == "l’élément <svg> {0}"
    assert in_words("One Duplicate key 'date'", USUAL) == "One Duplicate key 'date'"


@given(st.text().filter(lambda text: not text.endswith(" element")))
def test_what_no_pattern_knows_is_told_as_it_was_said(said: str) -> None:
    assert in_words(said, USUAL[1:]) == said
