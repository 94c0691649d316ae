"""The picture for social networks: its size, nothing beyond its edges, no empty box, the same bytes each time."""

import io

import pytest
from PIL import Image

from rtesmail.publishing.card import HEIGHT, WIDTH, CardWords, draw_card, fit_title

COLOURS = {
    "ink": "#1d2b2a",
    "ground": "#f6f3ec",
    "paper": "#ffffff",
    "accent": "#0b6b5c",
    "date": "#b5401a",
    "meta": "#5b6665",
    "rule": "#e3ded2",
}
HOUSE = "Réseau des collectivités Territoriales pour une Économie Solidaire"
LONG = "Anticonstitutionnellement les intercommunalités " * 40
MARGIN = 80


def _card(title: str, house: str = "RTES", full_name: str = HOUSE, publication: str = "La newsletter") -> bytes:
    return draw_card(CardWords(house, full_name, title, publication, "Jeudi 3 avril 2025"), COLOURS)


def _picture(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    assert picture.format == "PNG"
    return picture.convert("RGB")


TITLE = "L’ESS au cœur du bloc communal et cinq rendez-vous"
TEXTS = ["ESS", TITLE, LONG, "M" * 200, "W" * 30 + " " + "W" * 30, "", "😀"]


@pytest.mark.parametrize("text", TEXTS, ids=[text[:12] or "empty" for text in TEXTS])
def test_nothing_runs_over_the_margins_whatever_the_text(text: str) -> None:
    for content in (_card(text), _card("Titre", house=text, full_name=text, publication=text)):
        picture = _picture(content)
        assert picture.size == (WIDTH, HEIGHT)
        paper = (255, 255, 255)
        for box in ((0, 20, MARGIN, HEIGHT), (WIDTH - MARGIN, 20, WIDTH, HEIGHT), (0, 590, WIDTH, HEIGHT)):
            assert picture.crop(box).getcolors() == [((box[2] - box[0]) * (box[3] - box[1]), paper)]


def test_a_title_stays_between_the_head_and_the_rule() -> None:
    for text in TEXTS:
        picture = _picture(_card(text))
        for box in ((0, 150, WIDTH, 178), (0, 506, WIDTH, 520)):
            colours = picture.crop(box).getcolors()
            assert colours is not None
            assert len(colours) == 1, text


def test_a_long_title_loses_whole_words_only() -> None:
    setting = fit_title(LONG.strip(), 1000, 300)
    shown = " ".join(setting.lines)
    assert shown.endswith("…")
    assert set(shown.removesuffix("…").split()) <= set(LONG.split())


def test_french_signs_stay_with_their_words_on_a_line() -> None:
    setting = fit_title("Acteurs publics, comment travailler avec «\u00a0l’ESS\u00a0»\u202f?", 620, 300)
    assert len(setting.lines) > 1
    assert not any(line.startswith(("»", "?", ":")) or line.endswith("«") for line in setting.lines)


def test_a_sign_without_a_picture_leaves_no_empty_box() -> None:
    assert _card("Bonne année 😀 à tous") == _card("Bonne année à tous")


def test_the_same_words_give_the_same_bytes() -> None:
    assert _card("L’ESS") == _card("L’ESS")
