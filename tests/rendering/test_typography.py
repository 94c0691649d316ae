"""French typography: right where it belongs, nowhere else, and the same when done twice."""

from collections.abc import Callable
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.rendering.typography import (
    APART,
    give_outlook_plain_spaces,
    hold_inclusive_forms,
    set_french,
    typographer,
)

NARROW, NO_BREAK = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Comment travailler avec l'ESS ?", f"Comment travailler avec l’ESS{NARROW}?"),
        ("le 8 mars 2024", f"le 8{NO_BREAK}mars 2024"),
        ("le 1er juillet", f"le 1er{NO_BREAK}juillet"),
        ("les 3 marsouins", "les 3 marsouins"),
        ("Bienvenue!", f"Bienvenue{NARROW}!"),
        ("Vraiment ?!", f"Vraiment{NARROW}?!"),
        ("la coconstruction ;", f"la coconstruction{NARROW};"),
        ("Gard : l'ESS en commun(s)", f"Gard{NO_BREAK}: l’ESS en commun(s)"),
        ("Participants: tous", f"Participants{NO_BREAK}: tous"),
        ('l\'ouvrage "les politiques"', f"l’ouvrage «{NO_BREAK}les politiques{NO_BREAK}»"),
        ("« déjà »", f"«{NO_BREAK}déjà{NO_BREAK}»"),
        ("«serré»", f"«{NO_BREAK}serré{NO_BREAK}»"),
        ('l\'"Appel"', f"l’«{NO_BREAK}Appel{NO_BREAK}»"),
        ("le cahier n°3 et le N° 10", f"le cahier n°{NO_BREAK}3 et le N°{NO_BREAK}10"),
        ("40 % et 12 €", f"40{NO_BREAK}% et 12{NO_BREAK}€"),
        ("Mardi 1er juillet", f"Mardi 1er{NO_BREAK}juillet"),
        ("12 500 habitants et 1 200 000 €", f"12{NARROW}500 habitants et 1{NARROW}200{NARROW}000{NO_BREAK}€"),
        ("en 2024 200 élus", "en 2024 200 élus"),
        ("au 05 61 22 33 44", "au 05 61 22 33 44"),
        ("12 km, 3 h, 2 millions", f"12{NO_BREAK}km, 3{NO_BREAK}h, 2{NO_BREAK}millions"),
        ("3 hommes, 2 kilos", "3 hommes, 2 kilos"),
        ("au XXIe siècle", f"au XXIe{NO_BREAK}siècle"),
        ("de 11h à 12h30", f"de 11h à{NO_BREAK}12h30"),
        ("de 9 h à 17 h", f"de 9{NO_BREAK}h à{NO_BREAK}17{NO_BREAK}h"),
        ("9h30 à 11:00, 9 à 12h", f"9h30 à{NO_BREAK}11:00, 9 à{NO_BREAK}12h"),
        ("de 9h à 10h à 11h", f"de 9h à{NO_BREAK}10h à{NO_BREAK}11h"),
        ("de 11h à 12 personnes, 3 à 4 heures", "de 11h à 12 personnes, 3 à 4 heures"),
        ("https://ville.example/11h à 12h", "https://ville.example/11h à 12h"),
        ("à 13:00 précises", "à 13:00 précises"),
        ('un écran de 12" en tout', 'un écran de 12" en tout'),
        ("élu·e·s, élue.e.s, technicien.nes, initié·e·s", "élu·e·s, élue.e.s, technicien.nes, initié·e·s"),
        ("voir https://www.rtes.fr/?q=l'ess;a:b ?", f"voir https://www.rtes.fr/?q=l'ess;a:b{NARROW}?"),
        ("www.mois-ess.org : le site", f"www.mois-ess.org{NO_BREAK}: le site"),
        ("écrire à l'adresse o'neil@example.org !", f"écrire à l’adresse o'neil@example.org{NARROW}!"),
        ("12% de 15€/mois", f"12{NO_BREAK}% de 15{NO_BREAK}€/mois"),
        ("fichier2025%20final.pdf", "fichier2025%20final.pdf"),
        ("Programme 2025: inscriptions", f"Programme 2025{NO_BREAK}: inscriptions"),
        ("les cahiers n°s 3 et 4", f"les cahiers n°s{NO_BREAK}3 et 4"),
        ("au 21e siècle", f"au 21e{NO_BREAK}siècle"),
        (
            'il a dit "le maire a crié "stop" hier".',
            f"il a dit «{NO_BREAK}le maire a crié «{NO_BREAK}stop{NO_BREAK}» hier{NO_BREAK}».",
        ),
        ('un écran de 24" et un autre de 27" au mur', 'un écran de 24" et un autre de 27" au mur'),
        ('un écran de 24" et un "mot"', f'un écran de 24" et un «{NO_BREAK}mot{NO_BREAK}»'),
        ('il dit:"oui"', f"il dit:«{NO_BREAK}oui{NO_BREAK}»"),
        ('"un" ("deux")', f"«{NO_BREAK}un{NO_BREAK}» («{NO_BREAK}deux{NO_BREAK}»)"),
        ("@rtes@social.example : l'ESS", f"@rtes@social.example{NO_BREAK}: l’ESS"),
        ("#alimentation durable", "#alimentation durable"),
        ("", ""),
    ],
)
def test_french_is_set_as_in_print(written: str, printed: str) -> None:
    assert set_french(written) == printed
    assert set_french(printed) == printed


SIGNS = ['"»', *"aé1 \xa0\u202f\n\"'’«»;:!?%€n°.,@/()[]", "https://", "www.", "000", "km", "XXIe", "siècle"]


@given(st.lists(st.sampled_from(SIGNS), max_size=40).map("".join))
def test_setting_twice_changes_nothing_more(text: str) -> None:
    once = set_french(text)
    assert set_french(once) == once


@pytest.mark.parametrize("word", ["a", "a@", "ab.e", '"a'])
def test_a_word_without_end_does_not_hold_up_a_letter(word: str) -> None:
    text = word * 50_000
    assert set_french(text).replace(NO_BREAK, "").replace("«", '"').replace("»", '"') == text


@given(st.text(max_size=60))
def test_no_letter_is_ever_lost(text: str) -> None:
    letters = [c for c in text if c.isalnum()]
    assert [c for c in set_french(text) if c.isalnum()] == letters


def test_an_english_text_stays_as_written() -> None:
    written = 'It\'s "fine" : really ?'
    assert typographer("en")(written) == written
    assert typographer("fr-BE")("l'ESS") == "l’ESS"


@pytest.mark.parametrize(
    "form",
    ["élue.e.s", "élu.e.s", "technicien.nes", "chargé.e", "vice-président.es", "élu.es/agent.es", "ÉLU.ES", "le.la"],
)
def test_an_inclusive_form_is_no_address_for_mail_programs(form: str) -> None:
    held = hold_inclusive_forms(f"<p>les {form}, présents.</p>")
    assert held.replace(APART, "") == f"<p>les {form}, présents.</p>"
    assert held.count(APART) == form.count(".")
    assert hold_inclusive_forms(held) == held


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://www.elu.es/page">www.rtes.fr</a>',
        "<p>contact@commune.es, https://ville.ne/, www.exemple.es</p>",
        "<style>p.e{color:red}</style><title>élu.e.s</title><!-- élu.e --><code>cle.es</code>",
    ],
)
def test_addresses_code_and_styles_are_left_alone(html: str) -> None:
    assert hold_inclusive_forms(html) == html


@given(st.text(alphabet="a<>&;!- \u202f\u00a0\n"))
def test_only_outlook_sees_another_space(
    in_outlook: Callable[[str], str], elsewhere: Callable[[str], str], text: str
) -> None:
    html = f"<p>{escape(text)}</p>"
    sent = give_outlook_plain_spaces(html)
    assert elsewhere(sent) == html
    assert in_outlook(sent) == html.replace(NARROW, NO_BREAK)


def test_a_title_and_the_words_for_a_picture_have_the_plain_space_for_everybody() -> None:
    html = f'<title>Prêts{NARROW}?</title><img alt="Prêts{NARROW}?"><pre>12{NARROW}000</pre>'
    assert give_outlook_plain_spaces(html) == html.replace(NARROW, NO_BREAK)
