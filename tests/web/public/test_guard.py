"""What holds for every door: reading changes nothing, browsers are bound, troubles are pages, the log is discreet."""

import socket

import pytest
from starlette.routing import Route

from rtesmail.delivery.tokens import Purpose
from rtesmail.web.public.app import make_public_app
from rtesmail.web.public.guard import shown_path

from .conftest import Doors, Opener


def every_path(doors: Doors) -> list[str]:
    """A path for every route of the application, with genuine tokens where there are some."""
    values = {
        "/u/{token}": f"/u/{doors.token(1)}",
        "/p/{token}": f"/p/{doors.token(1, Purpose.PREFERENCES)}",
        "/lettres/{issue}": "/lettres/2025-04-mensuelle",
        "/lettres/{issue}/": "/lettres/2025-04-mensuelle/",
    }
    doors.post("/inscription", {"email": "noe@commune.example", "list": "mensuelle"})
    values["/c/{token}"] = doors.letters(1)[0]
    page = doors.post(f"/u/{doors.token(2)}").text
    values["/r/{token}"] = page.split('action="')[1].split("?")[0]
    app = make_public_app(doors.workspace)
    paths = [route.path for route in app.routes if isinstance(route, Route)]
    return sorted({values.get(path, path.replace("{", "").replace("}", "")) for path in paths})


def test_get_and_head_change_nothing_at_any_door(doors: Doors) -> None:
    paths = every_path(doors)
    assert len(paths) > 10
    before = doors.dump()
    letters = len(doors.mail.messages())
    query = "?leave=everything&everything=yes&List-Unsubscribe=One-Click&email=a@b.example&list=mensuelle"
    for path in paths:
        for suffix in ("", query):
            assert doors.get(path + suffix).status_code < 500
            assert doors.session.head(doors.url + path + suffix, timeout=30, allow_redirects=False).status_code < 500
    assert doors.dump() == before
    assert len(doors.mail.messages()) == letters
    assert doors.status(1) == "active"


def test_every_answer_binds_the_browser(doors: Doors) -> None:
    answers = [doors.get(path) for path in every_path(doors)] + [doors.get("/nothing"), doors.post("/inscription")]
    answers += [doors.session.request("DELETE", doors.url + "/inscription", timeout=30)]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers
        assert "server" not in answer.headers
        assert "<script" not in answer.text


@pytest.mark.parametrize(
    ("accept", "query", "language"),
    [
        ("", "", "fr"),
        ("en", "", "en"),
        ("de, en;q=0.3, fr;q=0.9", "", "fr"),
        ("en-GB,en;q=0.9", "", "en"),
        ("en", "?lang=fr", "fr"),
        ("fr", "?lang=en", "en"),
        ("fr", "?lang=xx", "fr"),
        ("q=;;,,", "", "fr"),
    ],
)
def test_a_page_speaks_the_readers_language(doors: Doors, accept: str, query: str, language: str) -> None:
    answer = doors.get(f"/inscription{query}", **{"Accept-Language": accept})
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-language"] == language
    assert ("S’inscrire à nos lettres" in answer.text) == (language == "fr")


def test_what_is_not_there_is_a_page(doors: Doors) -> None:
    answer = doors.get("/nothing/here?lang=en")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_a_door_that_takes_no_such_request_says_so_and_which_it_takes(doors: Doors) -> None:
    answer = doors.session.put(doors.url + "/lettres/", timeout=30)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


def test_a_body_larger_than_a_form_is_refused(doors: Doors) -> None:
    answer = doors.post(f"/u/{doors.token(1)}", b"a=" + b"x" * 20_000)
    assert answer.status_code == 413
    assert doors.status(1) == "active"


def test_an_unexpected_failure_is_a_page_without_a_traceback_and_leaving_by_mail_is_named(doors: Doors) -> None:
    doors.workspace.database.unlink()
    doors.workspace.database.with_name("rtesmail.db").mkdir()
    answer = doors.post(f"/u/{doors.token(1)}")
    assert answer.status_code == 500
    assert "desinscription@rtes.example" in answer.text
    assert "Traceback" not in answer.text
    assert "content-security-policy" in answer.headers


def test_bytes_that_are_no_request_do_not_end_the_server(doors: Doors) -> None:
    for sent in (
        b"\x00" * 100,
        b"GET " + b"/" * 100_000,
        b"POST /u/x HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", doors.port), timeout=10) as line:
            line.sendall(sent)
            line.shutdown(socket.SHUT_WR)
            while line.recv(65536):
                pass
    assert doors.get("/inscription").status_code == 200


def test_everything_stands_below_the_path_of_the_public_address(open_doors: Opener) -> None:
    doors = open_doors(("https://lettre.rtes.example", "https://www.rtes.example/lettre"))
    assert doors.get("/u/x").status_code == 404
    page = doors.get("/lettre/inscription")
    assert page.status_code == 200
    assert 'href="/lettre/style.css"' in page.text
    assert doors.get("/lettre/style.css").status_code == 200
    assert doors.post(f"/lettre/u/{doors.token(1)}").status_code == 200
    assert doors.status(1) == "unsubscribed"
    assert doors.get("/lettre/").headers["location"] == "/lettre/lettres/"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/u/1.bWVu.secret", "/u/…"),
        ("/lettre/p/1.secret", "/lettre/p/…"),
        ("/c/secret/more", "/c/…"),
        ("/lettres/2025-04/", "/lettres/2025-04/"),
        ("/a\nb", "/a\\nb"),
        ("/" + "x" * 500, "/" + "x" * 199),
    ],
)
def test_the_log_holds_no_token_and_no_line_of_its_readers(path: str, shown: str) -> None:
    assert shown_path(path) == shown
