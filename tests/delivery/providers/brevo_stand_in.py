"""Brevo's stand-in."""

import re
from typing import Any

from rtesmail.model.publication import TransportKind

from .stand_in import KEY, Arrived, Reply, StandIn


class BrevoStandIn(StandIn):
    """https://developers.brevo.com/reference/sendtransacemail, and docs/heterogenous-versions-batch-emails for the key,
    docs/sandbox-mode, docs/limit-headers."""

    path = "/v3/smtp/email"

    def __init__(self) -> None:
        super().__init__(TransportKind.BREVO)
        self.keys: set[str] = set()

    def is_allowed(self, headers: Any) -> bool:
        return headers["api-key"] == KEY

    def denied(self) -> Reply:
        return Reply(401, {"code": "unauthorized", "message": f"Key not found: {KEY}"})

    def take(self, content: Any) -> Reply:
        fields = {
            "sender": dict,
            "to": list,
            "subject": str,
            "htmlContent": str,
            "textContent": str,
            "replyTo": dict,
            "headers": dict,
        }
        self.check(content, fields, ("sender", "to", "subject", "htmlContent"), "letter")
        person = content["to"][0]
        for one in (content["sender"], person, content.get("replyTo", {"email": "x"})):
            self.check(one, {"email": str, "name": str}, ("email",), "address")
        if len(content["to"]) != 1:
            self.problem("more than one person in a letter")
        headers = dict(content["headers"])
        for name, value in headers.items():
            if not isinstance(value, str) or not value.isascii() or "\n" in value:
                self.problem(f"header {name} is not ASCII text on one line")
            if name.lower() in ("from", "to", "subject", "date", "message-id", "content-type", "mime-version"):
                self.problem(f"header {name} is a standard one")
        for part in (content["subject"], content["htmlContent"], content["textContent"]):
            if re.search(r"\{\{|\{%|\{#", part):
                self.problem("the letter holds what would be read as a template")
        key = headers.pop("idempotencyKey", "")
        if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key):
            self.problem("the idempotencyKey is no UUID")
        if key in self.keys:
            return Reply(400, {"code": "duplicate_parameter", "message": "idempotencyKey was used already"})
        if person["email"] in self.bad:
            return Reply(400, {"code": "invalid_parameter", "message": "email is not valid in to"})
        self.keys.add(key)
        is_kept = headers.pop("X-Sib-Sandbox", "") != "drop"
        if is_kept:
            self.arrived.append(
                Arrived(
                    address=person["email"],
                    name=person.get("name", ""),
                    sender=content["sender"]["email"],
                    reply_to=content.get("replyTo", {}).get("email", ""),
                    subject=content["subject"],
                    html=content["htmlContent"],
                    text=content["textContent"],
                    headers=headers,
                    images={},
                )
            )
        return Reply(201, {"messageId": f"<2025.{len(self.keys)}@smtp-relay.example>"})
