"""Every message is found where mail programs keep them, and nothing else is read."""

import mailbox
import os
from email.message import EmailMessage
from pathlib import Path

from rtesmail.feedback.mailboxes import stored_messages
from rtesmail.feedback.parts import MOST_BYTES


def letter(text: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["Subject"] = "a@ville.example", text
    made.set_content(f"{text}\n\nFrom here on, all is well.\n")
    return made


def test_each_message_of_an_mbox_file_is_one_whatever_lines_begin_with_from(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "box")
    for number in range(3):
        box.add(letter(f"number {number}"))
    box.close()
    found = list(stored_messages(tmp_path / "box"))
    assert [message.number for message in found] == [1, 2, 3]
    assert all(b"\nFrom here on" in message.content for message in found)
    assert b"number 2" in found[2].content


def test_a_maildir_gives_what_is_delivered_also_below_it(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "Maildir")
    box.add(letter("new one"))
    box.add_folder("Retours").add(letter("below"))
    (tmp_path / "Maildir" / "dovecot.index").write_bytes(b"\x00index")
    (tmp_path / "Maildir" / "tmp" / "half").write_bytes(b"half a message")
    found = sorted(message.content.split(b"\n")[1] for message in stored_messages(tmp_path))
    assert found == [b"Subject: below", b"Subject: new one"]


def test_folders_are_read_through_in_the_order_of_names_without_what_is_hidden_or_no_file(tmp_path: Path) -> None:
    for name in ("b.eml", "a/2.eml", "a/1.eml", ".hidden/x.eml", ".lock"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Subject: x\n\n")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert [message.path.relative_to(tmp_path).as_posix() for message in stored_messages(tmp_path)] == [
        "b.eml",
        "a/1.eml",
        "a/2.eml",
    ]


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "gone.eml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "here.eml").write_text("Subject: x\n\n")
    gone, here = stored_messages(tmp_path)
    assert gone.trouble
    assert not here.trouble


def test_of_a_huge_file_no_more_is_read_than_is_looked_at(tmp_path: Path) -> None:
    huge, box = tmp_path / "huge.eml", tmp_path / "huge.mbox"
    for file, begin in ((huge, b"Subject: x\n\n"), (box, b"From a Thu Apr  3 09:00:00 2025\nSubject: x\n\n")):
        with file.open("wb") as opened:
            opened.write(begin)
            opened.truncate(30_000_000)
    assert [len(message.content) for message in stored_messages(huge)] == [MOST_BYTES]
    (message,) = stored_messages(box)
    assert len(message.content) < MOST_BYTES + 100_000
