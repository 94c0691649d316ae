"""Postmark's stand-in."""

import base64
import re
from email.utils import parseaddr
from typing import Any

from rtesmail.model.publication import TransportKind

from .stand_in import KEY, Arrived, Reply, StandIn


class PostmarkStandIn(StandIn):
    """https://postmarkapp.com/developer/api/email-api, /developer/api/overview (codes), /developer/api/server-api,
    /developer/api/message-streams-api."""

    path = "/email/batch"

    def __init__(self) -> None:
        super().__init__(TransportKind.POSTMARK)
        self.server = {"ID": 1, "Name": "lettres", "DeliveryType": "Live", "TrackOpens": False, "TrackLinks": "None"}
        self.streams = {"broadcast": "Custom"}
        self.is_test = False

    def is_allowed(self, headers: Any) -> bool:
        self.is_test = headers["X-Postmark-Server-Token"] == "POSTMARK_API_TEST"
        return self.is_test or headers["X-Postmark-Server-Token"] == KEY

    def denied(self) -> Reply:
        return Reply(401, {"ErrorCode": 10, "Message": f"The token {KEY} in the header is not valid."})

    def asked(self, path: str) -> Reply:
        stream = path.removeprefix("/message-streams/")
        if path == "/server":
            return Reply(200, self.server)
        if stream in self.streams:
            handling = {"UnsubscribeHandlingType": self.streams[stream]}
            kinds = {"ID": stream, "MessageStreamType": "Broadcasts", "ArchivedAt": None}
            return Reply(200, {**kinds, "SubscriptionManagementConfiguration": handling})
        return Reply(404, {"ErrorCode": 1226, "Message": "The message stream for the provided ID was not found."})

    def take(self, content: Any) -> Reply:
        if not isinstance(content, list) or not 1 <= len(content) <= 500:
            self.problem("not 1 to 500 messages")
        return Reply(200, [self._take(one) for one in content])

    def _take(self, letter: Any) -> dict[str, Any]:
        fields = {
            "From": str,
            "To": str,
            "ReplyTo": str,
            "Subject": str,
            "TextBody": str,
            "HtmlBody": str,
            "Headers": list,
            "Metadata": dict,
            "MessageStream": str,
            "TrackOpens": bool,
            "TrackLinks": str,
            "Attachments": list,
        }
        self.check(letter, fields, ("From", "To", "MessageStream"), "letter")
        name, address = parseaddr(letter["To"])
        # A comma outside of quotes would be a second person.
        if re.sub(r'"[^"]*"', "", letter["To"]).count("@") != 1 or letter["To"].count('"') not in (0, 2):
            self.problem(f"not one person in {letter['To']}")
        if (letter.get("TrackOpens"), letter.get("TrackLinks")) != (False, "None"):
            self.problem("the letter would be tracked")
        for key, value in letter["Metadata"].items():
            if len(key) > 20 or len(value) > 80:
                self.problem("metadata too long")
        headers = {}
        for one in letter["Headers"]:
            self.check(one, {"Name": str, "Value": str}, ("Name", "Value"), "header")
            headers[one["Name"]] = one["Value"]
        if headers.pop("X-PM-KeepID", "") != "true":
            self.problem("the Message-ID would be replaced")
        if address in self.bad:
            words = f"You tried to send to a recipient that has been marked as inactive.\nFound inactive: {address}."
            return {"ErrorCode": 406, "Message": words}
        images = {}
        for image in letter.get("Attachments", ()):
            names = ("Name", "Content", "ContentType", "ContentID")
            self.check(image, dict.fromkeys(names, str), names, "image")
            images[image["ContentID"].removeprefix("cid:")] = base64.b64decode(image["Content"], validate=True)
        if self.is_test:
            return {"ErrorCode": 0, "Message": "Test job accepted", "MessageID": "0-test", "To": address}
        self.arrived.append(
            Arrived(
                address=address,
                name=name,
                sender=parseaddr(letter["From"])[1],
                reply_to=letter.get("ReplyTo", ""),
                subject=letter["Subject"],
                html=letter["HtmlBody"],
                text=letter["TextBody"],
                headers=headers,
                images=images,
            )
        )
        number = f"b7bc2f4a-{len(self.arrived):04d}"
        return {
            "ErrorCode": 0,
            "Message": "OK",
            "MessageID": number,
            "SubmittedAt": "2025-04-03T09:00:00Z",
            "To": address,
        }
