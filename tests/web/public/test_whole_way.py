"""From a letter in a mailbox to the next mailing: the links that letters carry do what they say."""

from email import policy
from email.parser import BytesParser
from urllib.parse import urlsplit

from rtesmail.content.issues import load_issue
from rtesmail.delivery.approvals import approve
from rtesmail.delivery.sending import send_mailing
from rtesmail.rendering.edition import render_edition

from .conftest import Doors


def send(doors: Doors, issue_id: str) -> list[str]:
    """Send an issue to the list and give the addresses that it reached."""
    edition = render_edition(doors.workspace, load_issue(doors.workspace, issue_id).issue)
    before = set(doors.mail.messages())
    with doors.store() as store:
        approve(store, edition, by="Anne", now=doors.watch())
        send_mailing(
            store,
            doors.workspace,
            issue_id=issue_id,
            edition=edition,
            list_name="mensuelle",
            transport=doors.workspace.configuration.transports["demo"],
            now=doors.watch,
        )
    return sorted(path.name[5:-4] for path in set(doors.mail.messages()) - before)


def test_one_click_from_a_letters_own_header_and_the_next_mailing_leaves_that_person_out(doors: Doors) -> None:
    assert send(doors, "2025-04-mensuelle") == ["ines@ville.example", "omar@ville.example"]
    (path,) = [path for path in doors.mail.messages() if "ines" in path.name]
    letter = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = next(part.strip(" <>") for part in letter["List-Unsubscribe"].split(",") if "https:" in part)
    assert url.startswith("https://lettre.rtes.example/")

    assert doors.post(urlsplit(url).path, {"List-Unsubscribe": "One-Click"}).status_code == 200

    assert send(doors, "2025-t2-trimestrielle") == ["omar@ville.example"]


def test_a_letters_archive_and_preference_addresses_lead_somewhere(doors: Doors) -> None:
    send(doors, "2025-04-mensuelle")
    letter = BytesParser(policy=policy.default).parsebytes(doors.mail.messages()[0].read_bytes())
    archive = urlsplit(letter["List-Archive"].strip(" <>"))
    assert doors.get(archive.path).status_code == 200
    body = letter.get_body(("plain",))
    assert body is not None
    wishes = next(word.strip("<>") for word in body.get_content().split() if "/p/" in word)
    assert " checked>" in doors.get(urlsplit(wishes).path).text
