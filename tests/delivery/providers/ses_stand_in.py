"""The stand-in of Amazon SES, for what moto's server does not play: signatures, faults, refusals."""

import base64
import hashlib
import hmac
import re
from email import message_from_bytes
from email.policy import default
from typing import Any

from rtesmail.model.publication import TransportKind

from .stand_in import KEY, Arrived, Reply, StandIn

ACCESS_KEY = "AKIAEXAMPLE123456789"
REGION = "eu-west-3"
_AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})")


def fault(status: int, error: str, message: str) -> Reply:
    """An error as AWS's rest-json protocol has it."""
    return Reply(status, {"message": message}, {"x-amzn-ErrorType": f"{error}:http://internal.amazon.example/"})


class SesStandIn(StandIn):
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html; the signature as
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html builds it."""

    path = "/v2/email/outbound-emails"

    def __init__(self) -> None:
        super().__init__(TransportKind.SES)
        self.secrets = {ACCESS_KEY: KEY}
        self.tokens: list[str] = []
        self.letters: list[bytes] = []

    def is_allowed(self, headers: Any) -> bool:
        self.tokens.append(headers.get("X-Amz-Security-Token", ""))
        found = _AUTHORIZATION.fullmatch(headers["Authorization"])
        if found is None:
            return False
        user, scope = found[1].split("/", 1)
        day, *place = scope.split("/")
        if user not in self.secrets or place != [REGION, "ses", "aws4_request"]:
            return False
        names = found[2].split(";")
        if not {"host", "x-amz-date", "content-type"} <= set(names):
            return False
        key = f"AWS4{self.secrets[user]}".encode()
        for part in (day, *place):
            key = hmac.digest(key, part.encode(), "sha256")
        # Calls come side by side: the body is that of one of the latest.
        return any(self._signature(headers, names, scope, body, key) == found[3] for body in reversed(self.raw))

    def _signature(self, headers: Any, names: list[str], scope: str, body: bytes, key: bytes) -> str:
        fields = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
        content = hashlib.sha256(body).hexdigest()
        request = f"POST\n{self.path}\n\n{fields}\n{';'.join(names)}\n{content}"
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{headers['X-Amz-Date']}\n{scope}\n{digest}"
        return hmac.digest(key, text.encode(), "sha256").hex()

    def denied(self) -> Reply:
        words = (
            f"The request signature we calculated does not match the signature you provided. {KEY}\n\n"
            f"The Canonical String for this request should have been\n'POST\n{self.path}\n{self.tokens[-1:]}'"
        )
        return fault(403, "SignatureDoesNotMatch", words)

    def take(self, content: Any) -> Reply:
        fields = {"FromEmailAddress": str, "Destination": dict, "Content": dict, "ConfigurationSetName": str}
        self.check(content, fields, ("FromEmailAddress", "Destination", "Content"), "call")
        self.check(content["Destination"], {"ToAddresses": list}, ("ToAddresses",), "Destination")
        self.check(content["Content"], {"Raw": dict}, ("Raw",), "Content")
        self.check(content["Content"]["Raw"], {"Data": str}, ("Data",), "Raw")
        addresses = content["Destination"]["ToAddresses"]
        if len(addresses) != 1 or not addresses[0].isascii():
            self.problem(f"not one person in {addresses}")
        if addresses[0] in self.bad:
            return fault(400, "BadRequestException", "Local address contains control or whitespace")
        letter = base64.b64decode(content["Content"]["Raw"]["Data"], validate=True)
        mime: Any = message_from_bytes(letter, policy=default)
        (recipient,) = mime["To"].addresses
        if recipient.addr_spec != addresses[0]:
            self.problem(f"{addresses[0]} gets a letter to {recipient.addr_spec}")
        self.letters.append(letter)
        self.arrived.append(
            Arrived(
                address=addresses[0],
                name=recipient.display_name,
                sender=content["FromEmailAddress"],
                reply_to=str(mime["Reply-To"] or ""),
                subject=str(mime["Subject"]),
                html=mime.get_body(("html",)).get_content().replace("\r\n", "\n"),
                text=mime.get_body(("plain",)).get_content().replace("\r\n", "\n"),
                headers={name: str(value) for name, value in mime.items()},
                images={},
            )
        )
        return Reply(200, {"MessageId": f"0102018f-{len(self.arrived):04d}-000000"})
