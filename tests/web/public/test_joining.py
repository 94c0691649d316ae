"""Subscribing: confirmed from the mailbox by a press, with a proof, and silent about who is known."""

from pathlib import Path

import pytest

from rtesmail.delivery.tokens import Purpose

from .conftest import Doors, Opener

NEW = "noe@commune.example"


def form(email: str = NEW, *lists: str, **more: str) -> dict[str, object]:
    return {"email": email, "list": list(lists) or ["mensuelle"], **more}


def test_nobody_is_known_before_they_press_the_button(doors: Doors) -> None:
    before = doors.dump()
    assert doors.post("/inscription", form()).status_code == 200
    (link,) = doors.letters(1)
    # A scanner opens every link of a letter, several times.
    for _turn in range(3):
        assert doors.get(link).status_code == 200
    assert doors.session.head(doors.url + link, timeout=30).status_code == 200
    assert doors.dump() == before

    assert doors.post(link).status_code == 200
    found = doors.rows("SELECT id, status FROM subscribers WHERE email_key = ?", NEW)
    assert found == [(3, "active")]
    assert doors.lists(3) == {"mensuelle"}


def test_the_proof_says_what_was_agreed_to_how_and_when_and_keeps_no_network_address(doors: Doors) -> None:
    doors.post("/inscription?lang=fr", form())
    doors.watch.move(hours=2)
    doors.post(doors.letters(1)[0])
    rows = doors.rows(
        """SELECT event, list_name, source, ip, text, happened_at FROM consent_events
        JOIN wordings ON sha256 = wording WHERE email_key = ? ORDER BY id""",
        NEW,
    )
    assert [row[:4] for row in rows] == [
        ("requested", "mensuelle", "subscription form", ""),
        ("confirmed", "mensuelle", "subscription form", ""),
    ]
    assert all(str(row[4]).startswith("J’accepte de recevoir ces lettres par courriel.") for row in rows)
    assert [str(row[5])[:16] for row in rows] == ["2025-04-04T07:00", "2025-04-04T09:00"]


def test_where_the_house_may_keep_it_the_network_address_is_part_of_the_proof(open_doors: Opener) -> None:
    doors = open_doors(("[server]\n", "[server]\nkeep_ip = true\n"))
    headers = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    doors.post("/inscription", form(), **headers)
    doors.post(doors.letters(1)[0], **headers)
    rows = doors.rows("SELECT event, ip FROM consent_events WHERE email_key = ? ORDER BY id", NEW)
    assert rows == [("requested", "198.51.100.7"), ("confirmed", "198.51.100.7")]


def test_confirming_twice_is_one_subscription(doors: Doors) -> None:
    doors.post("/inscription", form())
    (link,) = doors.letters(1)
    doors.post(link)
    before = doors.dump()
    assert doors.post(link).status_code == 200
    assert doors.dump() == before


def test_the_answer_is_the_same_whether_an_address_is_known_or_not(doors: Doors) -> None:
    doors.say_goodbye("omar@ville.example", "complained")
    doors.say_goodbye("erased@ville.example", "erased")
    addresses = (NEW, "ines@ville.example", "omar@ville.example", "erased@ville.example")
    answers = [doors.post("/inscription", form(email)) for email in addresses]
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    # Who complained is not written to, whoever fills the form in for them. Who was erased is a stranger here.
    doors.letters(3)
    assert sorted(path.name[5:9] for path in doors.mail.messages()) == ["eras", "ines", "noe@"]


@pytest.mark.parametrize("reason", ["complained", "erased", "bounced"])
def test_who_must_not_be_written_to_does_not_come_back_by_an_older_confirmation(doors: Doors, reason: str) -> None:
    doors.post("/inscription", form())
    (link,) = doors.letters(1)
    doors.watch.move(hours=1)
    doors.say_goodbye(NEW, reason)
    assert doors.post(link).status_code == 410
    assert doors.rows("SELECT 1 FROM subscribers WHERE email_key = ?", NEW) == []


def test_who_was_erased_comes_back_as_a_new_person_by_a_new_consent_alone(doors: Doors) -> None:
    doors.say_goodbye("ines@ville.example", "erased")
    doors.watch.move(days=1)
    doors.post("/inscription", form("ines@ville.example"))
    (link,) = doors.letters(1)
    assert doors.post(link).status_code == 200
    found = doors.rows("SELECT id, status FROM subscribers WHERE email_key = 'ines@ville.example'")
    assert found == [(3, "active")]
    assert doors.lists(3) == {"mensuelle"}
    assert doors.status(1) == "erased"
    # The links of letters from before were those of somebody who is no longer there.
    doors.post(f"/u/{doors.token(1)}")
    assert doors.status(3) == "active"


def test_who_left_everything_comes_back_for_what_they_choose_alone(doors: Doors) -> None:
    doors.post(f"/u/{doors.token(1)}")
    doors.watch.move(days=1)
    doors.post("/inscription", form("Ines@Ville.example", "trimestrielle"))
    doors.post(doors.letters(1)[0])
    assert doors.status(1) == "active"
    assert doors.lists(1) == {"trimestrielle"}


def test_a_no_after_the_question_is_not_lifted_by_the_older_yes(doors: Doors) -> None:
    doors.post("/inscription", form("ines@ville.example"))
    (link,) = doors.letters(1)
    doors.watch.move(minutes=5)
    doors.post(f"/u/{doors.token(1)}")
    assert doors.post(link).status_code == 410
    assert doors.status(1) == "unsubscribed"


def test_a_confirmation_is_too_old_after_a_week_and_forged_ones_do_nothing(doors: Doors) -> None:
    doors.post("/inscription", form())
    (link,) = doors.letters(1)
    before = doors.dump()
    for wrong in (link[:-2], f"{link}A", "/c/x", f"/c/{doors.token(1, Purpose.PREFERENCES)}"):
        assert [doors.get(wrong).status_code, doors.post(wrong).status_code] == [410, 410]
    doors.watch.move(days=8)
    assert doors.post(link).status_code == 410
    assert doors.dump() == before


def test_a_machine_that_fills_in_every_field_is_thanked_and_forgotten(doors: Doors) -> None:
    trapped = doors.post("/inscription", form(website="https://spam.example"))
    assert trapped.text == doors.post("/inscription", form("other@commune.example")).text
    doors.letters(1)
    assert "other" in doors.mail.messages()[0].name


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "noe@", "list": "mensuelle"}, "This is not an e-mail address"),
        ({"email": "a@b.example\r\nBcc: c@d.example", "list": "mensuelle"}, "This is not an e-mail address"),
        ({"email": "", "list": "mensuelle"}, "This is not an e-mail address"),
        ({"email": NEW}, "Choose at least one letter."),
        ({"email": NEW, "list": "unknown"}, "Choose at least one letter."),
        ({}, "This is not an e-mail address"),
    ],
)
def test_a_form_filled_in_wrongly_says_what_is_missing(doors: Doors, fields: dict[str, str], words: str) -> None:
    answer = doors.post("/inscription?lang=en", fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert doors.mail.messages() == ()


def test_what_was_typed_is_shown_again_as_text_alone(doors: Doors) -> None:
    page = doors.post("/inscription", {"email": '"><script>alert(1)</script>', "list": "mensuelle"}).text
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_one_network_cannot_flood_mailboxes_and_others_still_subscribe(doors: Doors) -> None:
    answers = [
        doors.post("/inscription", form(f"p{n}@commune.example"), **{"X-Forwarded-For": "203.0.113.9"})
        for n in range(12)
    ]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
    other = doors.post("/inscription", form(), **{"X-Forwarded-For": "203.0.113.10"})
    assert other.status_code == 200
    doors.letters(11)


def test_one_address_gets_few_letters_whoever_asks(doors: Doors) -> None:
    for n in range(6):
        email = NEW.upper() if n % 2 else NEW
        assert doors.post("/inscription", form(email), **{"X-Forwarded-For": f"203.0.113.{n}"}).status_code == 200
    doors.letters(3)


def test_a_caller_cannot_choose_an_address_behind_no_trusted_proxy(open_doors: Opener) -> None:
    doors = open_doors(("[server]\n", "[server]\ntrusted_proxies = []\n"))
    codes = [
        doors.post("/inscription", form(website="x"), **{"X-Forwarded-For": f"203.0.113.{n}"}).status_code
        for n in range(11)
    ]
    assert codes[-1] == 429


def test_a_letter_of_confirmation_is_a_plain_letter_in_the_readers_language(doors: Doors) -> None:
    for language in ("fr", "en"):
        doors.post(f"/inscription?lang={language}", form(f"{language}@commune.example", "mensuelle", "trimestrielle"))
    doors.letters(2)
    heads = {path.name[5:7]: path.read_bytes() for path in doors.mail.messages()}
    assert b"List-Unsubscribe" not in heads["fr"]
    assert b"Content-Language: fr" in heads["fr"]
    assert b"Content-Language: en" in heads["en"]
    assert heads["en"].count(b"La lettre trimestrielle du RTES") == 2


def test_without_an_open_list_there_is_no_form(open_doors: Opener, demo_workspace: Path) -> None:
    path = demo_workspace / "rtesmail.toml"
    text = path.read_text(encoding="utf-8")
    start, end = text.index("[server]"), text.index("# --- La newsletter mensuelle")
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    doors = open_doors()
    assert doors.get("/inscription").status_code == 404
    assert doors.post("/inscription", form()).status_code == 404


def test_without_a_public_address_there_is_no_form_whose_link_would_lead_nowhere(open_doors: Opener) -> None:
    doors = open_doors(('public_url = "https://lettre.rtes.example"', 'public_url = ""'))
    assert doors.get("/inscription").status_code == 404
    assert doors.post("/inscription", form()).status_code == 404
    assert "/inscription" not in doors.get("/lettres/").text
