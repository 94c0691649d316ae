"""Texts to be posted elsewhere: they fit, no word is cut, and French stays together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.model.errors import WorkspaceError
from rtesmail.publishing.posts import MOST_LONG, MOST_SHORT, cut_at_word, long_post, short_post
from rtesmail.rendering.typography import set_french

ADDRESS = "https://lettre.rtes.example/lettres/2025-04-mensuelle/"
WORDS = st.lists(st.text("abcé’«»():,;?!\u00a0\u202f-–", min_size=1, max_size=12), max_size=60).map(" ".join)


@given(WORDS, st.integers(min_value=-3, max_value=400))
def test_no_word_is_ever_cut_and_the_length_is_kept(text: str, length: int) -> None:
    cut = cut_at_word(text, length)
    assert cut == text or len(cut) <= max(length, 0)
    if cut != text:
        kept = cut.removesuffix("…")
        assert text.startswith(kept)
        rest = text[len(kept) :]
        # What follows is a space, or the signs that open or part something, up to the next one.
        assert not kept or not rest or not rest.partition(" ")[0].strip("\u00a0\u202f,;:.–—-&/«([")


@given(WORDS, WORDS, st.lists(WORDS, max_size=30))
def test_both_texts_fit_and_end_with_the_whole_address(title: str, description: str, headlines: list[str]) -> None:
    short = short_post(title, description, ADDRESS)
    long = long_post(title, description, headlines, ADDRESS, "fr")
    assert len(short) <= MOST_SHORT
    assert len(long) <= MOST_LONG
    assert short.endswith(f"\n\n{ADDRESS}")
    assert long.endswith(ADDRESS)


@pytest.mark.parametrize("length", range(1, 60))
def test_french_signs_stay_with_their_words_and_no_quotation_stays_open(length: int) -> None:
    cut = cut_at_word(set_french("Que dit « l'appel à commun(s) » ? Réponse le 26 novembre : oui !"), length)
    assert cut.count("«") == cut.count("»")
    assert "…" not in cut or not cut.removesuffix("…").endswith(("\u00a0", "\u202f", "26", "«", "(", " "))


def test_a_text_that_fits_is_left_as_it_is() -> None:
    title, description = "L’ESS en pratique", "Deux guides et un kit."
    assert short_post(title, description, ADDRESS) == f"{title}\n{description}\n\n{ADDRESS}"
    assert long_post(title, description, ["Un", "Deux"], ADDRESS, "fr") == (
        f"{title}\n\n{description}\n\n– Un\n– Deux\n\nÀ lire en ligne\u00a0: {ADDRESS}"
    )


def test_headlines_that_have_no_room_are_counted() -> None:
    headlines = [f"Une collectivité raconte, épisode {n}" for n in range(1, 61)]
    text = long_post("Titre", "", headlines, ADDRESS, "fr")
    shown = text.count("Une collectivité raconte")
    assert 0 < shown < 60
    assert f"– et {60 - shown} autres\n" in text
    assert len(long_post("Titre", "", headlines[: shown + 1], ADDRESS, "fr")) <= MOST_LONG


def test_an_address_too_long_for_a_post_is_told() -> None:
    with pytest.raises(WorkspaceError, match="too long for a text of 280 characters"):
        short_post("Titre", "", ADDRESS + "a" * 200)
