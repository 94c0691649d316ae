"""Mailgun's stand-in."""

import base64
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import HTTP, default
from typing import Any

from rtesmail.model.publication import TransportKind

from .stand_in import KEY, Arrived, Reply, StandIn


class MailgunStandIn(StandIn):
    """https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages (messages.mime: fields, form),
    …/send/mailgun/domain-tracking (settings), …/docs/mailgun/user-manual/sending-messages/batch-sending (commas in
    `to`, variables)."""

    path = "/v3/rtes.example/messages.mime"
    media_type = "multipart/form-data"
    _OPTIONS = frozenset(("o:tracking", "o:tracking-clicks", "o:tracking-opens", "o:testmode"))
    _MARK = re.compile(r"%(recipient|(tag_|mailing_list_)?unsubscribe_)[^%]*%")

    def __init__(self) -> None:
        super().__init__(TransportKind.MAILGUN)
        self.tracking: dict[str, Any] = {"unsubscribe": {"active": False}, "click": {"active": True}}
        self.is_sending_key = False

    def is_allowed(self, headers: Any) -> bool:
        return headers["Authorization"] == f"Basic {base64.b64encode(f'api:{KEY}'.encode()).decode()}"

    def denied(self) -> Reply:
        return Reply(401, {"message": f"Invalid private key {KEY}"})

    def asked(self, path: str) -> Reply:
        if self.is_sending_key:
            return Reply(401, b"Forbidden")
        if path != "/v3/domains/rtes.example/tracking":
            return Reply(404, {"message": "Domain not found"})
        return Reply(200, {"tracking": self.tracking})

    def read(self, body: bytes, headers: Any) -> Any:
        """Read a form with a parser that has nothing of ours: the standard library's for mails."""
        head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
        form = message_from_bytes(head + body, policy=HTTP)
        fields: dict[str, list[bytes]] = {}
        for part in form.iter_parts():
            name = part.get_param("name", header="Content-Disposition")
            if name == "message" and not part.get_filename():
                self.problem("the message is no file")
            fields.setdefault(str(name), []).append(part.get_payload(decode=True))
        return fields

    def take(self, content: Any) -> Reply:
        for name, values in content.items():
            if name not in ("to", "message", "v:message-id") and name not in self._OPTIONS:
                self.problem(f"an undocumented {name}")
            if len(values) != 1:
                self.problem(f"{name} stands {len(values)} times")
        to, mime = content["to"][0].decode(), content["message"][0]
        if to.count("@") != 1 or "," in to:
            self.problem(f"not one person in {to}")
        if any(content[f"o:{name}"] != [b"no"] for name in ("tracking", "tracking-clicks", "tracking-opens")):
            self.problem("the letter would be tracked")
        if len(mime) > 25_000_000:
            return Reply(413, {"message": "Request Entity Too Large"})
        letter = message_from_bytes(mime, policy=default)
        arrived = self._arrived(to, letter)
        if found := self._MARK.search(f"{arrived.subject}{arrived.html}{arrived.text}{letter['To']}"):
            self.problem(f"{found[0]} would be read as a variable")
        if to in self.bad:
            return Reply(400, {"message": "'to' parameter is not a valid address. please check documentation"})
        if content.get("o:testmode") != [b"yes"]:
            self.arrived.append(arrived)
        return Reply(200, {"id": letter["Message-ID"], "message": "Queued. Thank you."})

    def _arrived(self, to: str, letter: EmailMessage) -> Arrived:
        texts = {
            part.get_content_type(): part.get_payload(decode=True).decode().replace("\r\n", "\n")
            for part in letter.walk()
            if part.get_content_maintype() == "text"
        }
        images = {
            part["Content-ID"].strip("<>"): part.get_payload(decode=True)
            for part in letter.walk()
            if part.get_content_maintype() == "image"
        }
        return Arrived(
            address=to,
            name=letter["To"].addresses[0].display_name,
            sender=letter["From"].addresses[0].addr_spec,
            reply_to=letter["Reply-To"].addresses[0].addr_spec,
            subject=letter["Subject"],
            html=texts.get("text/html", ""),
            text=texts.get("text/plain", ""),
            headers={name: str(value) for name, value in letter.items()},
            images=images,
        )
