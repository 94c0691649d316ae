"""The door of counted links: it leads where the letter led, counts readers and nobody's name."""

import sqlite3
import time

import pytest

from rtesmail.content.issues import load_issue
from rtesmail.delivery.approvals import approve
from rtesmail.delivery.links import add_clicks
from rtesmail.delivery.mailings import begin
from rtesmail.model.edition import Edition
from rtesmail.rendering.edition import render_edition
from rtesmail.web.public.clicks import Clicks, is_machine
from rtesmail.web.public.guard import shown_path

from .conftest import START, Doors, Opener

QUARTERLY = "2025-t2-trimestrielle"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SCANNER = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"


@pytest.fixture
def counting(open_doors: Opener) -> Doors:
    return open_doors(
        ("[publications.trimestrielle]", "[publications.trimestrielle]\ncount_links = true"),
    )


def approved(doors: Doors, *, has_left: bool = True) -> Edition:
    edition = render_edition(doors.workspace, load_issue(doors.workspace, QUARTERLY).issue)
    with doors.store() as store:
        approve(store, edition, by="Anne", now=START)
        if has_left:
            begin(store, issue_id=QUARTERLY, list_name="mensuelle", digest=edition.digest, now=START)
    return edition


def click(doors: Doors, mark: str, caller: str = "203.0.113.1", **headers: str) -> str:
    named = {"user-agent": BROWSER, "x-forwarded-for": caller}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    answer = doors.session.get(f"{doors.url}/l/{QUARTERLY}/{mark}", headers=named, timeout=30, allow_redirects=False)
    assert answer.status_code == 302
    return answer.headers["location"]


def clicks(doors: Doors, wanted: int) -> int:
    """Give all clicks written, once there are those wanted or long enough after."""
    doors.watch.move(seconds=6)
    end = time.monotonic() + 15
    while (count := _written(doors)) != wanted and time.monotonic() < end:
        time.sleep(0.05)
    return count


def _written(doors: Doors) -> int:
    (row,) = doors.rows("SELECT coalesce(sum(clicks), 0) FROM counted_links")
    assert isinstance(row[0], int)
    return row[0]


def test_every_link_of_a_letter_leads_where_it_led(counting: Doors) -> None:
    edition = approved(counting)
    assert edition.links
    for link in edition.links:
        assert click(counting, link.mark) == link.address


def test_the_answer_binds_nobody_and_is_kept_by_nobody(counting: Doors) -> None:
    answer = counting.get(f"/l/{QUARTERLY}/{approved(counting).links[0].mark}")
    assert "set-cookie" not in answer.headers
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


def test_the_door_leads_nowhere_that_no_letter_led(counting: Doors) -> None:
    mark = approved(counting).links[0].mark
    for end in (f"{QUARTERLY}/{'0' * 16}", f"other/{mark}", "x/https:%2F%2Fevil.example", f"{QUARTERLY}/{mark[:8]}"):
        answer = counting.get(f"/l/{end}", **{"user-agent": BROWSER})
        assert answer.status_code == 404
        assert "location" not in answer.headers
    assert counting.post(f"/l/{QUARTERLY}/{mark}").status_code == 405


def test_readers_are_counted_once_each_and_machines_never(counting: Doors) -> None:
    first, second, third, *_rest = (link.mark for link in approved(counting).links)
    url = f"{counting.url}/l/{QUARTERLY}/{first}"
    assert counting.session.head(url, headers={"user-agent": BROWSER}, timeout=30).status_code == 302
    click(counting, first, user_agent=SCANNER)
    click(counting, first, sec_purpose="prefetch;prerender")
    click(counting, first, purpose="prefetch")
    click(counting, first, x_moz="prefetch")
    # Opens all that the letter links to.
    for mark in (first, second, third):
        click(counting, mark, caller="198.51.100.7")
    click(counting, first, caller="203.0.113.1")
    click(counting, first, caller="203.0.113.1")
    click(counting, second, caller="203.0.113.2")
    assert clicks(counting, 2) == 2
    assert "203.0.113" not in counting.dump()


def test_a_house_that_counts_no_more_counts_no_click_of_an_old_letter(counting: Doors) -> None:
    edition = approved(counting)
    one = {(QUARTERLY, edition.links[0].mark): 1}
    with counting.store() as store:
        add_clicks(store, one, {"mensuelle"})
        add_clicks(store, one, ())
        assert _written(counting) == 0
        add_clicks(store, one, {"mensuelle", "trimestrielle"})
        assert _written(counting) == 1


def test_the_log_does_not_hold_which_link_was_opened() -> None:
    assert shown_path(f"/l/{QUARTERLY}/0123456789abcdef") == "/l/…"
    assert shown_path("/lettres/2025-04-mensuelle/") == "/lettres/2025-04-mensuelle/"


def test_what_colleagues_open_before_a_letter_leaves_is_not_counted(counting: Doors) -> None:
    edition = approved(counting, has_left=False)
    one = {(QUARTERLY, edition.links[0].mark): 1}
    with counting.store() as store:
        add_clicks(store, one, {"trimestrielle"})
        begin(store, issue_id=QUARTERLY, list_name="mensuelle", digest=edition.digest, now=START)
        assert _written(counting) == 0
        add_clicks(store, one, {"trimestrielle"})
    assert _written(counting) == 1


def test_while_the_database_is_locked_readers_are_led_on_and_counted_later(counting: Doors) -> None:
    link = approved(counting).links[0]
    locking = sqlite3.connect(counting.workspace.database, isolation_level=None)
    try:
        locking.execute("BEGIN IMMEDIATE")
        for number in range(1, 7):
            assert click(counting, link.mark, caller=f"203.0.113.{number}") == link.address
        counting.watch.move(seconds=6)
        time.sleep(1.5)
        assert click(counting, link.mark, caller="203.0.113.200") == link.address
        locking.execute("ROLLBACK")
    finally:
        locking.close()
    assert clicks(counting, 7) == 7


@pytest.mark.parametrize("agent", ["", SCANNER, "Slackbot-LinkExpanding 1.0", "curl/8.5.0"])
def test_programs_that_give_their_name_are_no_readers(agent: str) -> None:
    assert is_machine({"user-agent": agent})


def test_browsers_are_readers() -> None:
    phone = "Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36"
    assert not is_machine({"user-agent": BROWSER})
    assert not is_machine({"user-agent": phone})


def test_a_caller_counts_again_after_minutes_and_two_links_are_a_readers() -> None:
    moment = [0.0]
    counted = Clicks(lambda: moment[0])
    counted.note("caller", QUARTERLY, "a")
    counted.note("caller", QUARTERLY, "b")
    assert not counted.take()
    moment[0] = 6.0
    assert counted.take() == {(QUARTERLY, "a"): 1, (QUARTERLY, "b"): 1}
    moment[0] = 300.0
    counted.note("caller", QUARTERLY, "a")
    moment[0] = 1000.0
    counted.note("caller", QUARTERLY, "a")
    assert counted.take(everything=True) == {(QUARTERLY, "a"): 1}


def test_endless_callers_fill_no_memory_and_are_counted() -> None:
    counted = Clicks(lambda: 0.0)
    for number in range(20_500):
        counted.note(str(number), QUARTERLY, "a")
    assert len(counted._visits) == 20_000
    assert counted.take(everything=True) == {(QUARTERLY, "a"): 20_500}
