"""The preference page: leaving at once, joining by one's own wish, and a no that only the mailbox lifts."""

from rtesmail.delivery.tokens import Purpose

from .conftest import Doors, Opener

KEEP = {"shown": ["mensuelle", "invites"], "list": ["mensuelle", "invites"]}
"""A form that leaves the lists as they are."""


def ticked(page: str) -> list[str]:
    return [
        line.split('value="')[1].split('"')[0]
        for line in page.splitlines()
        if 'name="list"' in line and " checked>" in line
    ]


def test_the_page_shows_a_persons_lists_and_the_open_ones(doors: Doors) -> None:
    page = doors.get(f"/p/{doors.token(1, Purpose.PREFERENCES)}").text
    assert ticked(page) == ["mensuelle", "invites"]
    assert "La lettre trimestrielle du RTES" in page


def test_what_is_unticked_stops_and_what_is_ticked_begins(doors: Doors) -> None:
    path = f"/p/{doors.token(1, Purpose.PREFERENCES)}"
    shown = ["mensuelle", "trimestrielle", "invites"]
    answer = doors.post(path, {"shown": shown, "list": ["trimestrielle", "invites"]})
    assert answer.status_code == 200
    assert doors.lists(1) == {"trimestrielle", "invites"}
    assert ticked(doors.get(path).text) == ["trimestrielle", "invites"]
    event = doors.rows("SELECT event, list_name, source FROM consent_events ORDER BY id DESC LIMIT 1")
    assert event == [("subscribed", "trimestrielle", "preference page")]
    assert doors.mail.messages() == ()


def test_a_list_that_the_page_did_not_show_is_not_left(doors: Doors) -> None:
    doors.post(f"/p/{doors.token(1, Purpose.PREFERENCES)}", {"shown": ["mensuelle"], "list": ["mensuelle"]})
    assert doors.lists(1) == {"mensuelle", "invites"}


def test_nobody_joins_a_list_that_is_not_open(doors: Doors) -> None:
    doors.post(f"/p/{doors.token(1, Purpose.PREFERENCES)}", {"shown": [], "list": ["secret", "trimestrielle"]})
    assert doors.lists(1) == {"mensuelle", "invites", "trimestrielle"}


def test_a_list_once_left_is_joined_again_only_from_the_mailbox(doors: Doors) -> None:
    path = f"/p/{doors.token(1, Purpose.PREFERENCES)}"
    doors.post(path, {"shown": ["mensuelle", "invites"], "list": ["invites"]})
    doors.watch.move(minutes=1)
    doors.post(path, {"shown": ["mensuelle", "invites"], "list": ["mensuelle", "invites"]})
    assert doors.lists(1) == {"invites"}
    (link,) = doors.letters(1)
    assert doors.post(link).status_code == 200
    assert doors.lists(1) == {"mensuelle", "invites"}


def test_one_button_ends_everything(doors: Doors) -> None:
    doors.post(f"/p/{doors.token(1, Purpose.PREFERENCES)}", {"everything": "yes"})
    assert doors.status(1) == "unsubscribed"


def test_a_guessed_link_shows_a_page_of_nobody_and_changes_nothing(doors: Doors) -> None:
    doors.post(f"/u/{doors.token(2)}")
    before = doors.dump()
    pages = []
    # A forged link, that of a person who left, of nobody, and one meant for something else.
    for token in (
        "1.forged.link",
        doors.token(2, Purpose.PREFERENCES),
        doors.token(99, Purpose.PREFERENCES),
        doors.token(1),
    ):
        answers = [doors.get(f"/p/{token}"), doors.post(f"/p/{token}", {"shown": ["mensuelle"]})]
        assert [answer.status_code for answer in answers] == [200, 200]
        pages.append("".join(answer.text for answer in answers).replace(token, "TOKEN"))
    assert len(set(pages)) == 1
    assert doors.dump() == before


def test_a_frequency_is_chosen_shown_again_and_written_down(doors: Doors) -> None:
    path = f"/p/{doors.token(1, Purpose.PREFERENCES)}"
    assert 'value="everything" checked' in doors.get(path).text
    doors.post(path, {**KEEP, "frequency": "monthly"})
    assert 'value="monthly" checked' in doors.get(path).text
    assert doors.rows("SELECT subscriber_id, frequency FROM frequency_wishes") == [(1, "monthly")]
    event = doors.rows("SELECT event, source, detail FROM consent_events ORDER BY id DESC LIMIT 1")
    assert event == [("preferences", "preference page", "frequency: everything → the monthly only")]
    doors.post(path, {**KEEP, "frequency": "hourly"})
    assert doors.rows("SELECT frequency FROM frequency_wishes") == [("monthly",)]
    doors.post(path, {**KEEP, "frequency": "everything"})
    assert doors.rows("SELECT frequency FROM frequency_wishes") == []
    assert doors.lists(1) == {"mensuelle", "invites"}


def test_a_letter_on_paper_is_asked_for_kept_and_ended_and_the_page_never_shows_where_to(doors: Doors) -> None:
    path = f"/p/{doors.token(1, Purpose.PREFERENCES)}"
    paper = {**KEEP, "paper_shown": "yes", "paper": "yes"}
    kept = "SELECT postal_address FROM paper_letters"
    answer = doors.post(
        path, {**paper, "postal_address": " Inès Martin \r\n\r\n3 rue  des Lilas\r\n31000 TOULOUSE\r\n"}
    )
    assert answer.status_code == 200
    assert doors.rows(kept) == [("Inès Martin\n3 rue des Lilas\n31000 TOULOUSE",)]
    for page in (answer.text, doors.get(path).text):
        assert "Lilas" not in page
        assert 'name="paper" value="yes" checked' in page
    assert doors.post(path, {**paper, "postal_address": ""}).status_code == 200
    assert len(doors.rows(kept)) == 1
    # A form from before paper was offered says nothing of it.
    doors.post(path, KEEP)
    assert len(doors.rows(kept)) == 1
    doors.post(path, {**KEEP, "paper_shown": "yes"})
    assert doors.rows(kept) == []
    said = doors.rows("SELECT detail FROM consent_events WHERE event = 'preferences' ORDER BY id")
    assert said == [("letter on paper: asked for",), ("letter on paper: no longer",)]


def test_a_postal_address_that_would_not_arrive_is_asked_for_again_and_every_no_still_counts(doors: Doors) -> None:
    path = f"/p/{doors.token(1, Purpose.PREFERENCES)}"
    form = {"shown": ["mensuelle"], "frequency": "quarterly", "paper_shown": "yes", "paper": "yes"}
    for typed, said in (
        ("", "au moins deux lignes"),
        ("<b>Inès</b>", "au moins deux lignes"),
        ("\n".join("abcdefgh"), "7 lignes"),
        ("Inès\n" + "x" * 51, "50 caractères"),
    ):
        answer = doors.post(path, {**form, "postal_address": typed}, **{"accept-language": "fr"})
        assert answer.status_code == 422
        assert said in answer.text
        assert "<b>" not in answer.text
    assert doors.rows("SELECT * FROM paper_letters") == []
    assert doors.lists(1) == {"invites"}
    assert doors.rows("SELECT frequency FROM frequency_wishes") == [("quarterly",)]


def test_a_guessed_link_can_wish_for_nothing_and_learns_nothing(doors: Doors) -> None:
    doors.post(f"/u/{doors.token(2)}")
    before = doors.dump()
    for postal in ("", "Omar\n3 rue des Lilas\n31000 TOULOUSE"):
        pages = set()
        for token in (
            "1.forged.link",
            doors.token(2, Purpose.PREFERENCES),
            doors.token(99, Purpose.PREFERENCES),
            doors.token(1),
        ):
            form = {"frequency": "monthly", "paper_shown": "yes", "paper": "yes", "postal_address": postal}
            answer = doors.post(f"/p/{token}", form)
            pages.add((answer.status_code, answer.text.replace(token, "TOKEN")))
        assert len(pages) == 1
    assert doors.dump() == before


def test_a_house_without_paper_or_rhythms_does_not_offer_them(open_doors: Opener) -> None:
    changes = [("paper = true\n", ""), ('frequency = "monthly"\n', ""), ('frequency = "quarterly"\n', "")]
    doors = open_doors(*changes)
    path = f"/p/{doors.token(1, Purpose.PREFERENCES)}"
    page = doors.get(path).text
    assert 'name="frequency"' not in page
    assert "postal_address" not in page
    doors.post(
        path, {**KEEP, "paper_shown": "yes", "paper": "yes", "postal_address": "Inès\nToulouse", "frequency": "monthly"}
    )
    assert doors.rows("SELECT subscriber_id FROM paper_letters UNION SELECT subscriber_id FROM frequency_wishes") == []
