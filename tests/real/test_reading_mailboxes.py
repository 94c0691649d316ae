"""`rtesmail feedback read` against a real Dovecot: what comes back is dealt with once, whatever happens on the way."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from rtesmail.delivery.catcher import Catcher
from rtesmail.delivery.tokens import Purpose, sign

from .dovecot_server import USER, Dovecot, token_of
from .ports import free_port
from .reading_house import ROOT, ReadingHouse

SAMPLES = Path(__file__).parents[1] / "data" / "feedback"
ISSUE = "2025-04-mensuelle"


@pytest.fixture(scope="module")
def sent() -> Iterator[Path]:
    """A copy of the demo workspace, whose letter left; made once."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        root.mkdir()
        shutil.copy(ROOT / "rtesmail.toml", root)
        shutil.copytree(ROOT / "issues", root / "issues")
        (root / "lists").mkdir()
        shutil.copy(ROOT / "lists" / "sample.csv", root / "lists")
        for line in (
            "import lists/sample.csv --list demo",
            f"approve {ISSUE} --by Ada",
            f"send {ISSUE} --list demo --transport boite",
        ):
            subprocess.run([sys.executable, "-m", "rtesmail", *line.split()], cwd=root, check=True, capture_output=True)
        shutil.rmtree(root / "out")
        yield root


@pytest.fixture
def house(sent: Path, tmp_path: Path, dovecot: Dovecot) -> ReadingHouse:
    dovecot.empty()
    shutil.copytree(sent, tmp_path / "workspace")
    return ReadingHouse(tmp_path / "workspace", dovecot)


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.eml").read_bytes()


def test_what_comes_back_is_acted_upon_and_put_away_and_what_is_for_a_person_stays_unread(house: ReadingHouse) -> None:
    email, bounce = house.bounce(1)
    leaving = str(house.query("SELECT email_key FROM subscribers WHERE id = 3")[0][0])
    token = sign(house.secret, Purpose.UNSUBSCRIBE, 3, "demo")
    for raw in (
        bounce,
        sample("human-thanks"),
        sample("away-gmail-fr"),
        f"From: other@mairie.example\nTo: stop@rtes.example\nSubject: unsubscribe {token}\n\n".encode(),
        b"Subject: what is this?\n\n",
    ):
        house.server.deliver(raw)
    told = house.read()
    assert house.suppressed() == {email: "bounced", leaving: "unsubscribed"}
    assert len(house.server.messages("rtesmail/treated")) == 3
    assert house.server.messages("rtesmail/forwarded") == [sample("human-thanks")]
    assert house.server.messages() == [b"Subject: what is this?\n\n"]
    (letter,) = house.forwarded()
    assert message_from_bytes(letter, policy=policy.SMTP)["From"] == "Bénédicte Leroy via RTES <lettre@rtes.example>"
    for words in ("hard bounce", "written to no more", "what is this?", "retours: INBOX (5)", "5 messages read."):
        assert words in told
    assert house.server.flags() == [{"rtesmail"}]
    assert "Nothing new" in house.read()
    assert house.read("--quiet") == ""


def test_a_trial_says_what_would_be_done_and_changes_nothing(house: ReadingHouse) -> None:
    email, bounce = house.bounce(1)
    house.server.deliver(bounce)
    house.server.deliver(sample("human-thanks"))
    before = house.server.files()
    told = house.read("--dry-run", "--json")
    assert [(m["kind"], m["place"], m["forwarded"]) for m in told["messages"]] == [
        ("hard_bounce", "treated", False),
        ("human_reply", "forwarded", True),
    ]
    assert told["messages"][0]["treatments"][0]["address"] == email
    assert (house.server.files(), house.suppressed(), house.forwarded()) == (before, {}, [])


def test_no_more_messages_are_read_than_asked_for_oldest_first(house: ReadingHouse) -> None:
    for delivery in (1, 2, 3):
        house.server.deliver(house.bounce(delivery)[1])
    house.read("--limit", "2")
    assert house.suppressed().keys() == {house.bounce(1)[0], house.bounce(2)[0]}
    house.read()
    assert len(house.suppressed()) == 3


@pytest.mark.parametrize("wish", ["mark", "delete"])
def test_what_is_dealt_with_is_marked_or_deleted_on_wish(house: ReadingHouse, wish: str) -> None:
    house.server.deliver(house.bounce(1)[1])
    house.read(after=wish)
    assert house.server.messages() == ([house.bounce(1)[1]] if wish == "mark" else [])
    assert house.server.flags() == ([{"\\Seen", "rtesmail"}] if wish == "mark" else [])
    assert "Nothing new" in house.read(after=wish)


def test_a_program_gives_the_token_and_starttls_will_do(house: ReadingHouse) -> None:
    house.server.deliver(house.bounce(1)[1])
    command = [sys.executable, "-c", f"print({token_of(USER)!r})"]
    house.read(password_env=None, token_command=command, security="starttls", port=house.server.port)
    assert len(house.suppressed()) == 1


def test_a_server_on_this_machine_needs_no_tls(house: ReadingHouse) -> None:
    house.server.deliver(house.bounce(1)[1])
    house.read(security="none", port=house.server.port, ca_file=None)
    assert len(house.suppressed()) == 1


def test_a_refused_token_is_shown_nowhere(house: ReadingHouse) -> None:
    token = token_of("somebody.else@rtes.example")
    command = [sys.executable, "-c", f"print({token!r})"]
    told = house.read("--debug", code=5, password_env=None, token_command=command)
    assert "refuses the login" in told
    assert token not in told


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["no-such-program"], "cannot be run"),
        (["false"], "ended with code 1"),
        (["printf", "two words"], "something else than one token"),
        (["true"], "something else than one token"),
    ],
)
def test_a_program_that_gives_no_token_is_named(house: ReadingHouse, command: list[str], words: str) -> None:
    told = house.read(code=4, password_env=None, token_command=command)
    assert words in told
    assert "two words" not in told


def test_a_wrong_password_is_told_and_shown_nowhere(house: ReadingHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILBOX_PASSWORD", "wrong-and-secret")
    told = house.read("--debug", code=5)
    assert "localhost refuses the login of retours@rtes.example" in told
    assert "wrong-and-secret" not in told


def test_a_missing_password_is_named_by_its_place(house: ReadingHouse) -> None:
    assert "NO_SUCH_VARIABLE is missing or empty" in house.read(code=4, password_env="NO_SUCH_VARIABLE")


def test_a_server_whose_certificate_nobody_vouches_for_learns_no_password(house: ReadingHouse) -> None:
    before = len(house.server.log())
    for port, security in ((house.server.tls_port, "tls"), (house.server.port, "starttls")):
        told = house.read(code=5, ca_file=None, security=security, port=port)
        assert "is not trusted" in told
    told = house.read(code=5, host="127.0.0.1")
    assert "is not trusted" in told
    assert "auth attempts" not in house.server.log()[before:].replace("no auth attempts", "")


def test_a_folder_that_is_not_there_is_named(house: ReadingHouse) -> None:
    told = house.read(code=4, folder="Retours/à lire")
    assert "Retours/à lire" in told
    assert "[mailboxes.retours]" in told


def test_an_unreachable_server_does_not_keep_the_other_mailboxes_from_being_read(house: ReadingHouse) -> None:
    house.server.deliver(house.bounce(1)[1])
    maildir = f'[mailboxes.autre]\nkind = "maildir"\npath = {json.dumps(str(house.server.folder()))}'
    told = house.read(code=5, port=free_port(), tables=maildir)
    assert "Mailbox retours: localhost" in told
    assert len(house.suppressed()) == 1


@contextmanager
def line_cut_after(port: int, most: int) -> Iterator[int]:
    """A port that leads to another one and hangs up after so many bytes from there."""
    with socket.create_server(("127.0.0.1", 0)) as entrance:

        def carry() -> None:
            ours, _address = entrance.accept()
            with ours, socket.create_connection(("127.0.0.1", port)) as theirs:

                def forth() -> None:
                    try:
                        while content := ours.recv(65536):
                            theirs.sendall(content)
                    except OSError:
                        pass

                sender = threading.Thread(target=forth, daemon=True)
                sender.start()
                left = most
                while left > 0 and (content := theirs.recv(min(left, 4096))):
                    ours.sendall(content)
                    left -= len(content)
                for line in (ours, theirs):
                    line.shutdown(socket.SHUT_RDWR)
                sender.join(5)

        carrier = threading.Thread(target=carry, daemon=True)
        carrier.start()
        yield int(entrance.getsockname()[1])
        carrier.join(10)


@pytest.mark.parametrize("most", [10, 3_000, 9_000, 40_000])
def test_a_server_that_hangs_up_in_the_middle_is_gone_on_with_by_the_next_run(house: ReadingHouse, most: int) -> None:
    people = {house.bounce(number)[0] for number in range(1, 9)}
    for number in range(1, 9):
        house.server.deliver(house.bounce(number)[1] + b"filling\n" * 1000)
    house.server.deliver(sample("human-thanks"))
    with line_cut_after(house.server.tls_port, most) as port:
        told = house.read(code=5, port=port)
    assert "ailbox retours" in told
    house.read()
    assert house.suppressed().keys() == people
    assert len(house.server.messages("rtesmail/treated")) == 8
    assert len(house.forwarded()) == 1
    assert house.server.messages() == []


def smtp_way(port: int) -> str:
    return f'[transports.fil]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {port}'


def test_a_run_killed_while_it_forwards_drops_nothing_and_does_nothing_twice(house: ReadingHouse) -> None:
    house.server.deliver(house.bounce(1)[1])
    house.server.deliver(sample("human-thanks"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        run = house.started(transport="fil", tables=smtp_way(silent.getsockname()[1]))
        line, _address = silent.accept()
        # Everything is written down, nothing is put away; a second run at this moment does nothing.
        assert len(house.suppressed()) == 1
        assert "is reading the mailboxes" in house.read(code=5)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        line.close()
    assert len(house.server.messages()) == 2
    told = house.read("--json")
    treated = [message["treatments"][0] for message in told["messages"]]
    assert [(one["decision"], one["repeat"]) for one in treated] == [("suppressed", True), ("forward", False)]
    assert (len(house.forwarded()), house.server.messages()) == (1, [])


def test_what_was_forwarded_before_a_crash_is_not_forwarded_again(house: ReadingHouse) -> None:
    with Catcher(house.root / "received") as catcher:
        way = {"transport": "fil", "tables": smtp_way(catcher.port)}
        house.server.deliver(sample("human-thanks"))
        house.read(**way)
        # As if the run had been killed before it could put the message away.
        house.server.deliver(sample("human-thanks"))
        house.read(**way)
        assert len(catcher.messages()) == 1
    assert len(house.server.messages("rtesmail/forwarded")) == 2


def test_an_answer_that_cannot_be_forwarded_stays_for_the_next_run_and_the_rest_is_done(house: ReadingHouse) -> None:
    house.server.deliver(sample("human-thanks"))
    house.server.deliver(house.bounce(1)[1])
    told = house.read(code=5, transport="fil", tables=smtp_way(free_port()))
    assert "It stays for the next run." in told
    assert house.server.messages() == [sample("human-thanks")]
    house.read()
    assert (len(house.forwarded()), house.server.messages()) == (1, [])


def test_an_answer_is_forwarded_whole_whatever_its_size(house: ReadingHouse) -> None:
    picture = b"A" * 75 + b"\n"
    large = sample("human-thanks") + picture * 70_000
    house.server.deliver(large)
    house.read()
    (letter,) = house.forwarded()
    (enclosed,) = message_from_bytes(letter, policy=policy.SMTP).iter_attachments()
    assert enclosed.get_filename() == "message.eml"
    assert enclosed.get_content() == large.replace(b"\n", b"\r\n")


def test_what_was_forwarded_from_here_is_never_forwarded_again(house: ReadingHouse) -> None:
    house.server.deliver(sample("human-thanks"))
    house.read()
    house.server.deliver(house.forwarded()[0].replace(b"\r\n", b"\n"))
    told = house.read()
    assert "the contact address leads to this mailbox" in told
    assert len(house.forwarded()) == 1
    assert len(house.server.messages()) == 1


def test_who_left_already_may_leave_again_and_a_forged_token_moves_nobody(house: ReadingHouse) -> None:
    token = sign(house.secret, Purpose.UNSUBSCRIBE, 3, "demo")
    key = house.root / "lists" / "secret.key"
    key.write_bytes(b"another-secret-of-this-year\n" + key.read_bytes())
    for text in (token, token, token[:-1] + ("A" if token[-1] != "A" else "B")):
        raw = f"From: a@mairie.example\nTo: stop@rtes.example\nSubject: unsubscribe {text}\nX-N: {time.time_ns()}\n\n"
        house.server.deliver(raw.encode())
    told = house.read("--json")
    decisions = [m["treatments"][0]["decision"] for m in told["messages"]]
    assert decisions == ["suppressed", "already", "kept"]
    assert list(house.suppressed().values()) == ["unsubscribed"]


@pytest.fixture(scope="module")
def old_dovecot() -> Iterator[Dovecot]:
    """A server as some are: no MOVE, names below INBOX with dots, XOAUTH2 without its successor."""
    server = Dovecot(
        Path(tempfile.mkdtemp(prefix="rtesmail-dovecot-")),
        separator=".",
        prefix="INBOX.",
        capability="IMAP4rev1 UIDPLUS NAMESPACE",
        mechanisms="xoauth2",
    )
    try:
        server.start()
        yield server
    finally:
        server.remove()


def test_a_server_without_move_and_with_names_of_its_own_does_the_same(
    sent: Path, tmp_path: Path, old_dovecot: Dovecot
) -> None:
    shutil.copytree(sent, tmp_path / "workspace")
    house = ReadingHouse(tmp_path / "workspace", old_dovecot)
    house.server.deliver(house.bounce(1)[1])
    command = [sys.executable, "-c", f"print({token_of(USER)!r})"]
    house.read(password_env=None, token_command=command)
    assert len(house.server.messages("rtesmail/treated")) == 1
    assert house.server.messages() == []
    assert "takes no OAuth2 tokens" not in house.server.log()
    house.server.deliver(sample("human-thanks"))
    assert "refuses the login" in house.read(code=5, password_env=None, token_command=["printf", "made-up"])
