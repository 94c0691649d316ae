"""A letter leaves, what comes back is acted upon, and the next letter goes to exactly those whom it should reach.

Two Postfixes, Dovecot, nginx and Caddy on this machine; everything of ours by the commands that staff use.
`make house` shows what became of each person.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from .fronts import HOST, Front
from .town import CONTACT, LETTER, RETURNS, Town

FIRST, SECOND = "2025-04-mensuelle", "2025-t2-trimestrielle"
READS, OTHER = "ada@lecteurs.example", "basile@lecteurs.example"
GONE, NEVER = "gone@lecteurs.example", "never-was@lecteurs.example"
FULL, LATE, AWAY = "full@lecteurs.example", "late@lecteurs.example", "away@lecteurs.example"
ANSWERS, COMPLAINS = "answers@lecteurs.example", "complains@lecteurs.example"
MAILS, CLICKS, PRESSES = "mails@lecteurs.example", "clicks@lecteurs.example", "presses@lecteurs.example"
EVERYBODY = {
    READS: "reads",
    OTHER: "reads too",
    AWAY: "is away; Sieve answers",
    LATE: "has a server that first says: come back later",
    FULL: "has a mailbox without room",
    ANSWERS: "writes an answer, forwarded to the contact address",
    GONE: "is not there: 550 from the second Postfix",
    NEVER: "is not there either",
    COMPLAINS: "calls it spam; the provider reports it (ARF)",
    MAILS: "leaves by mail to the unsubscribe address",
    CLICKS: "leaves by one click, curl through nginx",
    PRESSES: "leaves by one click, curl through Caddy",
}
HAVE_MAILBOX = tuple(address for address in EVERYBODY if address not in (GONE, NEVER))
LEFT = {
    GONE: "bounced",
    NEVER: "bounced",
    COMPLAINS: "complained",
    MAILS: "unsubscribed",
    CLICKS: "unsubscribed",
    PRESSES: "unsubscribed",
}
QUESTION = "Peut-on encore s'inscrire pour le 10 avril ?"
STAY = {address for address in EVERYBODY if address not in LEFT}


@dataclass
class Story:
    """What was seen on the way."""

    subjects: dict[str, str] = field(default_factory=dict)
    came_back: Counter[str] = field(default_factory=Counter)
    clicks: dict[str, str] = field(default_factory=dict)
    reading: Any = None
    again: Any = None
    second_run: Any = None
    copies: dict[str, Counter[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    town = Town(HAVE_MAILBOX)
    try:
        town.start()
        town.open_doors()
        yield town
    finally:
        town.remove()


@pytest.fixture(scope="module")
def story(town: Town, story_table: list[tuple[str, ...]]) -> Story:
    """Two letters, and what people and servers do between them; played once."""
    story = Story()
    town.mailboxes.be_away(AWAY)
    town.mailboxes.fill(FULL)
    town.theirs.hold_back(LATE)
    rows = "".join(f"{address};{address.partition('@')[0].title()}\n" for address in EVERYBODY)
    (town.workspace / "people.csv").write_text(f"email;nom\n{rows}", encoding="utf-8")
    town.rtesmail("import", "people.csv", "--list", "elus", "--yes")

    _send(town, FIRST)
    _wait_for_the_late_one(town)
    # Two who are not there, one full mailbox, one that is late, one who is away.
    town.wait_for_returns(5)
    story.subjects[FIRST] = str(town.letters(READS)[0]["Subject"])
    story.came_back = _classified(town)

    _people_act(town, story)
    town.wait_for_returns(8)
    story.reading = town.json("feedback", "read")
    story.again = town.json("feedback", "read")

    story.second_run = _send(town, SECOND)
    town.wait_until_all_is_delivered()
    story.subjects[SECOND] = str(town.letters(READS)[-1]["Subject"])
    for address in HAVE_MAILBOX:
        story.copies[address] = Counter(str(letter["Subject"]) for letter in town.letters(address))
    story_table += _table(town, story)
    return story


def _table(town: Town, story: Story) -> Iterator[tuple[str, ...]]:
    """Give what became of each person, for who runs `make house`."""
    status = {person["email"]: person["status"] for person in town.json("people", "--list", "elus")["people"]}
    for address, what in EVERYBODY.items():
        copies = story.copies.get(address, Counter())
        numbers = (str(copies[story.subjects[issue]]) for issue in (FIRST, SECOND))
        yield (address.partition("@")[0], what, status[address], *numbers)


def _send(town: Town, issue: str) -> Any:
    town.rtesmail("build", issue)
    town.rtesmail("approve", issue, "--by", "Ada Exemple")
    return town.json("send", issue, "--list", "elus")


def _wait_for_the_late_one(town: Town) -> None:
    """Have our server try until it warns that a letter is late; then let the letter in."""

    def is_told() -> bool:
        town.ours.try_again()
        return any(b"Action: delayed" in raw for raw in town.read(RETURNS))

    town.wait("a letter is said to be late", is_told)
    town.theirs.hold_back()

    def is_there() -> bool:
        town.ours.try_again()
        return bool(town.letters(LATE))

    town.wait("the late letter arrives", is_there)


def _classified(town: Town) -> Counter[str]:
    """Look at what came back with `feedback classify`, which changes nothing."""
    folder = town.workspace / "returned"
    folder.mkdir()
    for number, raw in enumerate(town.read(RETURNS)):
        (folder / f"{number}.eml").write_bytes(raw)
    lines = town.rtesmail("feedback", "classify", "returned", "--json").splitlines()
    return Counter(f"{told['kind']} {', '.join(told['recipients'])}" for told in map(json.loads, lines))


def _people_act(town: Town, story: Story) -> None:
    """One answers, one complains, one leaves by mail and two by one press."""
    (letter,) = town.letters(ANSWERS)
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = ANSWERS, LETTER, f"Re: {letter['Subject']}"
    answer["In-Reply-To"] = letter["Message-ID"]
    answer.set_content(f"Merci ! {QUESTION}\n")
    town.post(answer, ANSWERS, LETTER)

    (raw,) = town.read(COMPLAINS)
    complaint, returns = _complaint(raw)
    town.post(complaint, "fbl@lecteurs.example", returns)

    (letter,) = town.letters(MAILS)
    link = urlsplit(next(link for link in _links(letter) if link.startswith("mailto:")))
    leaving = EmailMessage()
    leaving["From"], leaving["To"], leaving["Subject"] = MAILS, unquote(link.path), parse_qs(link.query)["subject"][0]
    town.post(leaving, MAILS, unquote(link.path))

    for address, front in ((CLICKS, town.fronts["nginx"]), (PRESSES, town.fronts["caddy"])):
        (letter,) = town.letters(address)
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        story.clicks[front.name] = _one_click(front, next(link for link in _links(letter) if "https:" in link))


def _links(letter: EmailMessage) -> list[str]:
    return re.findall(r"<([^>]+)>", str(letter["List-Unsubscribe"]))


def _one_click(front: Front, link: str) -> str:
    """POST as a mail provider does (RFC 8058); give the status line."""
    assert link.startswith(f"https://{HOST}/")
    return front.curl(link, "--data", "List-Unsubscribe=One-Click").stdout.partition("\r\n")[0]


def _complaint(raw: bytes) -> tuple[Message, str]:
    """Report a letter to its return address (ARF, RFC 5965), whole as it came; give the address too."""
    letter = message_from_bytes(raw)
    returns = str(letter["Return-Path"]).strip("<>")
    report = MIMEMultipart("report", report_type="feedback-report")
    report["From"], report["To"], report["Subject"] = "fbl@lecteurs.example", returns, "FW: complaint"
    report.attach(MIMEText("This is an email abuse report for a message received from 127.0.0.1.\n"))
    told = Message()
    told["Content-Type"] = "message/feedback-report"
    told.set_payload(f"Feedback-Type: abuse\nUser-Agent: Test/1\nVersion: 1\nOriginal-Rcpt-To: {COMPLAINS}\n")
    report.attach(told)
    report.attach(MIMEMessage(letter))
    return report, returns


def test_what_real_servers_send_back_is_told_apart(story: Story) -> None:
    assert story.came_back == Counter(
        (
            f"hard_bounce {GONE}",
            f"hard_bounce {NEVER}",
            f"mailbox_full {FULL}",
            f"deferred {LATE}",
            f"auto_reply {AWAY}",
        )
    )


def test_one_click_works_through_nginx_and_caddy_as_the_guide_sets_them_up(story: Story) -> None:
    assert {name: line.split()[1] for name, line in story.clicks.items()} == {"nginx": "200", "caddy": "200"}


def test_reading_the_mailbox_by_imap_decides_about_each_message_once(story: Story) -> None:
    decided = {told["address"]: told["decision"] for row in story.reading["messages"] for told in row["treatments"]}
    assert decided == {
        **dict.fromkeys((GONE, NEVER, COMPLAINS, MAILS), "suppressed"),
        FULL: "counted",
        LATE: "noted",
        AWAY: "noted",
        ANSWERS: "forward",
    }
    assert [row["trouble"] for row in story.reading["messages"]] == [""] * 8
    assert (story.again["messages"], story.again["troubles"]) == ([], [])


def test_a_person_s_answer_reaches_the_contact_address_once(town: Town, story: Story) -> None:
    forwarded = [raw for raw in town.read(CONTACT) if QUESTION.encode() in raw]
    assert len(forwarded) == 1
    assert len(town.read(RETURNS, "rtesmail/forwarded")) == 1


def test_each_person_s_history_says_why_they_are_written_to_no_more(town: Town, story: Story) -> None:
    for address, reason in LEFT.items():
        shown = town.json("people", "show", address)
        steps = [step["what"] for step in shown["history"]]
        assert (shown["status"], steps.count(reason)) == (reason, 1), address
        assert reason in town.rtesmail("people", "show", address)


def test_who_is_away_late_full_or_answers_stays(town: Town, story: Story) -> None:
    people = town.json("people", "--list", "elus")["people"]
    assert {person["email"] for person in people if person["status"] == "active"} == STAY
    assert {person["email"]: person["status"] for person in people if person["status"] != "active"} == LEFT


def test_the_next_letter_reaches_exactly_those_who_did_not_leave_each_once(town: Town, story: Story) -> None:
    first, second = story.subjects[FIRST], story.subjects[SECOND]
    assert first != second
    assert (story.second_run["audience"], story.second_run["accepted"]) == (len(STAY), len(STAY))
    both = {address: Counter((first, second)) for address in STAY - {FULL}}
    once = {address: Counter((first,)) for address in (COMPLAINS, MAILS, CLICKS, PRESSES)}
    assert story.copies == {**both, **once, FULL: Counter()}
    for issue, people in ((FIRST, set(EVERYBODY)), (SECOND, STAY)):
        written_to = [row["email"] for row in town.json("who", issue)["people"]]
        assert sorted(written_to) == sorted(people)
