"""`rtesmail feedback read` of files of this machine: Maildir, mbox, and what a person names."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from rtesmail.delivery.catcher import Catcher

SAMPLES = Path(__file__).parents[1] / "data" / "feedback"


@pytest.fixture
def house(demo_workspace: Path) -> Path:
    """A workspace with a Maildir and an mbox file, and a way out that is a folder."""
    for part in ("cur", "new", "tmp"):
        (demo_workspace / "Maildir" / part).mkdir(parents=True)
    text = (demo_workspace / "rtesmail.toml").read_text("utf-8")
    (demo_workspace / "rtesmail.toml").write_text(
        f'{text}\n[mailboxes.maildir]\nkind = "maildir"\npath = "Maildir"\ntransport = "boite"\n'
        '[mailboxes.mbox]\nkind = "mbox"\npath = "retours.mbox"\ntransport = "boite"\n',
        "utf-8",
    )
    return demo_workspace


def put(house: Path, *names: str) -> None:
    for number, name in enumerate(names):
        shutil.copy(SAMPLES / f"{name}.eml", house / "Maildir" / "new" / f"{number}.{name}")


def lying(folder: Path) -> list[str]:
    return sorted(file.name for part in ("cur", "new") for file in (folder / part).glob("*"))


def forwarded(house: Path) -> int:
    return len(list((house / "out" / "outbox").rglob("*.eml")))


def test_a_maildir_is_tidied_and_what_is_for_a_person_is_left(rtesmail, house: Path) -> None:
    put(house, "human-thanks", "away-gmail-fr")
    (house / "Maildir" / "new" / "9.odd").write_bytes(b"Subject: hm\x1b[31m\n\n")
    done = rtesmail("feedback", "read", "--mailbox", "maildir", cwd=house)
    assert done.returncode == 0, done.stderr
    assert lying(house / "Maildir") == ["9.odd"]
    assert lying(house / "Maildir" / ".rtesmail.forwarded") == ["0.human-thanks:2,S"]
    assert lying(house / "Maildir" / ".rtesmail.treated") == ["1.away-gmail-fr:2,S"]
    assert forwarded(house) == 1
    assert "Maildir/new/9.odd" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(("wish", "left"), [("mark", ["0.away-gmail-fr:2,S"]), ("delete", [])])
def test_a_maildirs_messages_are_marked_or_deleted_on_wish(rtesmail, house: Path, wish: str, left: list[str]) -> None:
    put(house, "away-gmail-fr")
    toml = house / "rtesmail.toml"
    toml.write_text(toml.read_text("utf-8").replace('path = "Maildir"', f'path = "Maildir"\nafter = "{wish}"'), "utf-8")
    for _time in range(2):
        assert rtesmail("feedback", "read", "--mailbox", "maildir", cwd=house).returncode == 0
        assert lying(house / "Maildir") == left


def test_files_that_a_person_names_are_left_as_they_are_and_forwarded_once(rtesmail, house: Path) -> None:
    toml = house / "rtesmail.toml"
    with Catcher(house / "received") as catcher:
        text = toml.read_text("utf-8").replace('transport = "boite"', 'transport = "demo"')
        toml.write_text(text.replace("port = 2525", f"port = {catcher.port}"), "utf-8")
        for _time in range(2):
            done = rtesmail("feedback", "read", str(SAMPLES / "human-thanks.eml"), cwd=house)
            assert done.returncode == 0, done.stderr
        assert len(catcher.messages()) == 1
    assert "1 message was dealt with before." in done.stdout


def test_what_stays_does_not_use_up_the_limit(rtesmail, house: Path) -> None:
    for number in range(3):
        text = (SAMPLES / "human-thanks.eml").read_bytes() + b"\n" * number
        (house / f"{number}.eml").write_bytes(text)
    paths = [str(house / f"{number}.eml") for number in range(3)]
    for number in range(1, 4):
        rtesmail("feedback", "read", *paths, "--limit", "1", cwd=house)
        assert forwarded(house) == number


def test_an_mbox_is_read_and_never_written(rtesmail, house: Path) -> None:
    mbox = house / "retours.mbox"
    lines = [b"From a@b.example Thu Apr  3 09:00:00 2025\n" + (SAMPLES / f"{name}.eml").read_bytes() + b"\n"
             for name in ("human-thanks", "arf-yahoo")]  # fmt: skip
    mbox.write_bytes(b"".join(lines))
    before = mbox.read_bytes()
    done = rtesmail("feedback", "read", "--mailbox", "mbox", "--json", cwd=house)
    told = json.loads(done.stdout)
    assert [message["kind"] for message in told["messages"]] == ["human_reply", "complaint"]
    assert mbox.read_bytes() == before
    assert forwarded(house) == 1


def test_a_trial_makes_no_file_at_all(rtesmail, house: Path) -> None:
    put(house, "human-thanks")
    before = sorted(str(file) for file in house.rglob("*"))
    done = rtesmail("feedback", "read", "--mailbox", "maildir", "--dry-run", cwd=house)
    assert "A trial" in done.stdout
    assert sorted(str(file) for file in house.rglob("*")) == before


def test_answers_stay_where_they_are_on_wish(rtesmail, house: Path) -> None:
    put(house, "human-thanks")
    toml = house / "rtesmail.toml"
    toml.write_text(toml.read_text("utf-8").replace('path = "Maildir"', 'path = "Maildir"\nforward = false'), "utf-8")
    done = rtesmail("feedback", "read", "--mailbox", "maildir", cwd=house)
    assert "a person's answer" in done.stdout
    assert (lying(house / "Maildir"), forwarded(house)) == (["0.human-thanks"], 0)


def test_servers_that_block_us_are_quoted_and_cron_hears_of_it(rtesmail, house: Path) -> None:
    put(house, "orange-ip")
    done = rtesmail("feedback", "read", "--mailbox", "maildir", "--quiet", cwd=house)
    assert done.returncode == 6
    assert "Nobody was taken off a list." in done.stdout
    with sqlite3.connect(house / "lists" / "rtesmail.db") as store:
        assert store.execute("SELECT count(*) FROM suppressions").fetchone() == (0,)
    assert len(lying(house / "Maildir" / ".rtesmail.blocked")) == 1


def test_without_a_mailbox_it_says_how_to_describe_one(rtesmail, demo_workspace: Path) -> None:
    done = rtesmail("feedback", "read", cwd=demo_workspace)
    assert done.returncode == 4
    assert "[mailboxes.returns]" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--mailbox", "maildor"], 4, "maildir"),
        (["nowhere"], 2, "There is no file or folder nowhere."),
        (["--mailbox", "maildir", "rtesmail.toml"], 2, "either files or --mailbox"),
        (["--mailbox", "mbox"], 4, "There is no file or folder"),
    ],
)
def test_what_is_typed_wrong_is_told(rtesmail, house: Path, arguments: list[str], code: int, words: str) -> None:
    done = rtesmail("feedback", "read", *arguments, cwd=house)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_maildir_is_told(rtesmail, house: Path) -> None:
    shutil.rmtree(house / "Maildir")
    done = rtesmail("feedback", "read", "--mailbox", "maildir", cwd=house)
    assert done.returncode == 4
    assert "the folder that holds cur, new and tmp" in done.stderr
