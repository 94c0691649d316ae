"""Scaleway's stand-in."""

import uuid
from typing import Any

from rtesmail.model.publication import TransportKind

from .stand_in import KEY, Arrived, Reply, StandIn

PROJECT = "7c5f1a3e-0b3d-4a2c-9d55-2f8e1f0a6b11"


class ScalewayStandIn(StandIn):
    """https://www.scaleway.com/en/developers/api/transactional-email/ (fields),
    https://www.scaleway.com/en/docs/transactional-email/api-cli/send-emails-with-api (answer, ten characters),
    …/transactional-email/reference-content/tem-capabilities-and-limits (2 MB)."""

    path = "/transactional-email/v1alpha1/regions/fr-par/emails"

    def __init__(self) -> None:
        super().__init__(TransportKind.SCALEWAY)

    def is_allowed(self, headers: Any) -> bool:
        return headers["X-Auth-Token"] == KEY

    def denied(self) -> Reply:
        return Reply(401, {"type": "denied_authentication", "message": f"authentication is denied for {KEY}"})

    def take(self, content: Any) -> Reply:
        fields = {
            "project_id": str,
            "from": dict,
            "to": list,
            "subject": str,
            "text": str,
            "html": str,
            "additional_headers": list,
        }
        self.check(content, fields, ("project_id", "from", "to", "subject"), "letter")
        if len(content["to"]) != 1:
            self.problem("more than one person in a letter")
        person = content["to"][0]
        for one in (content["from"], person):
            self.check(one, {"email": str, "name": str}, ("email",), "address")
        if content["project_id"] != PROJECT:
            words = {"type": "permissions_denied", "message": "insufficient permissions"}
            return Reply(403, {**words, "details": [{"resource": "email", "action": "write"}]})
        for name in ("subject", "text", "html"):
            if len(content.get(name, "x" * 10)) < 10:
                self.problem(f"{name} has fewer than ten characters")
        headers = {}
        for one in content["additional_headers"]:
            self.check(one, {"key": str, "value": str}, ("key", "value"), "header")
            if one["key"].lower() in ("from", "to", "subject", "date", "message-id", "content-type", "mime-version"):
                self.problem(f"header {one['key']} is Scaleway's own")
            if not one["value"].isascii() or "\n" in one["value"] or one["key"] in headers:
                self.problem(f"header {one['key']} is not ASCII on one line, or not the only one")
            headers[one["key"]] = one["value"]
        if person["email"] in self.bad:
            detail = {"argument_name": "to[0].email", "reason": "format", "help_message": "Invalid email to address"}
            words = {"type": "invalid_arguments", "message": "invalid argument(s)"}
            return Reply(400, {**words, "details": [detail]})
        self.arrived.append(
            Arrived(
                address=person["email"],
                name=person.get("name", ""),
                sender=content["from"]["email"],
                reply_to=headers.get("Reply-To", ""),
                subject=content["subject"],
                html=content["html"],
                text=content["text"],
                headers=headers,
                images={},
            )
        )
        email = {
            "id": str(uuid.UUID(int=len(self.arrived))),
            "message_id": "3d928e21-187a-4539-b303-403156e37911",
            "project_id": PROJECT,
            "mail_from": content["from"]["email"],
            "rcpt_to": person["email"],
            "status": "new",
        }
        return Reply(200, {"emails": [email]})
