"""Mailjet's stand-in."""

import base64
import re
from typing import Any

from rtesmail.model.publication import TransportKind

from .stand_in import KEY, PUBLIC_KEY, Arrived, Reply, StandIn


class MailjetStandIn(StandIn):
    """https://dev.mailjet.com/email/guides/send-api-v31/ (fields, errors, sandbox) and /email/reference/send-emails/
    (limits, fields that are Mailjet's own)."""

    path = "/v3.1/send"
    _OWN = re.compile(
        "(from|sender|subject|to|cc|bcc|reply-to|return-path|delivered-to|dkim-signature|date|message-id|list-id"
        "|user-agent|x-mailer|x-feedback-id|received|authentication-results)",
        re.IGNORECASE,
    )

    def __init__(self) -> None:
        super().__init__(TransportKind.MAILJET)

    def is_allowed(self, headers: Any) -> bool:
        login = base64.b64encode(f"{PUBLIC_KEY}:{KEY}".encode()).decode()
        return headers["Authorization"] == f"Basic {login}"

    def denied(self) -> Reply:
        words = f"API key authentication/authorization failure for {KEY}."
        return Reply(401, {"ErrorCode": "mj-0015", "StatusCode": 401, "ErrorMessage": words})

    def take(self, content: Any) -> Reply:
        self.check(content, {"Messages": list, "SandboxMode": bool}, ("Messages",), "call")
        if len(content["Messages"]) > 50:
            self.problem("more than 50 messages")
        is_sandbox = content.get("SandboxMode", False)
        told = [self._take(one, is_sandbox=is_sandbox) for one in content["Messages"]]
        has_errors = any(one["Status"] == "error" for one in told)
        return Reply(400 if has_errors else 200, {"Messages": told})

    def _take(self, letter: Any, *, is_sandbox: bool) -> dict[str, Any]:
        fields = {
            "From": dict,
            "To": list,
            "ReplyTo": dict,
            "Subject": str,
            "TextPart": str,
            "HTMLPart": str,
            "Headers": dict,
            "CustomID": str,
            "TrackOpens": str,
            "TrackClicks": str,
            "TemplateLanguage": bool,
            "InlinedAttachments": list,
        }
        self.check(letter, fields, ("From", "To"), "letter")
        person = letter["To"][0]
        for one in (letter["From"], person, letter.get("ReplyTo", {"Email": "x"})):
            self.check(one, {"Email": str, "Name": str}, ("Email",), "address")
        if len(letter["To"]) != 1:
            self.problem("more than one person in a letter")
        if (letter.get("TrackOpens"), letter.get("TrackClicks")) != ("disabled", "disabled"):
            self.problem("the letter would be tracked")
        for name in letter["Headers"]:
            if self._OWN.fullmatch(name):
                return self._error("send-0011", 400, self.problem(f'header "{name}" may not be overridden'), "Headers")
        if person["Email"] in self.bad:
            return self._error("mj-0013", 400, f'"{person["Email"]}" is an invalid email address.', "To[0].Email")
        images = {}
        for image in letter.get("InlinedAttachments", ()):
            names = ("ContentType", "Filename", "ContentID", "Base64Content")
            self.check(image, dict.fromkeys(names, str), names, "image")
            images[image["ContentID"]] = base64.b64decode(image["Base64Content"], validate=True)
        if is_sandbox:
            number = 0
        else:
            number = 1000 + len(self.arrived)
            self.arrived.append(
                Arrived(
                    address=person["Email"],
                    name=person.get("Name", ""),
                    sender=letter["From"]["Email"],
                    reply_to=letter.get("ReplyTo", {}).get("Email", ""),
                    subject=letter["Subject"],
                    html=letter["HTMLPart"],
                    text=letter["TextPart"],
                    headers=dict(letter["Headers"]),
                    images=images,
                )
            )
        to = {"Email": person["Email"], "MessageUUID": "", "MessageID": number, "MessageHref": ""}
        return {"Status": "success", "CustomID": letter["CustomID"], "To": [to], "Cc": [], "Bcc": []}

    def _error(self, code: str, status: int, words: str, related: str) -> dict[str, Any]:
        error = {
            "ErrorIdentifier": "88b5ca9f",
            "ErrorCode": code,
            "StatusCode": status,
            "ErrorMessage": words,
            "ErrorRelatedTo": [related],
        }
        return {"Status": "error", "Errors": [error]}
