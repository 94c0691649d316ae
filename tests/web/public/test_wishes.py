"""The preference page: leaving at once, joining by one's own wish, and a no that only the mailbox lifts."""

from rtesmail.delivery.tokens import Purpose

from .conftest import Doors


def ticked(page: str) -> list[str]:
    return [line.split('value="')[1].split('"')[0] for line in page.splitlines() if " checked>" in line]


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
