"""Whether a call comes from Amazon SNS: its signature, and the certificate that it is held against.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html and the pages below it: version 1 is RSA
with SHA-1, version 2 with SHA-256, over some fields in alphabetical order, each name and value on a line of its own.
"""

import base64
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from rtesmail.delivery.transports import webhooks

_CERTIFICATE = re.compile(
    r"https://sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/SimpleNotificationService-[0-9A-Za-z]+\.pem", re.ASCII
)
"""Nothing else of that host: what SNS itself answers there can hold a stranger's words."""

_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SECONDS = 10.0


@lru_cache(maxsize=8)
def fetch_certificate(url: str) -> bytes:
    """Give a certificate as PEM from Amazon's own address, where TLS vouches for it; asked once.

    Raises:
        OSError: it could not be fetched.
    """
    import requests

    response = requests.get(url, timeout=_SECONDS, allow_redirects=False, auth=lambda request: request)
    if response.status_code != requests.codes.ok:
        raise requests.HTTPError(f"{response.status_code} {url}", response=response)
    return response.content


def is_signed(message: Mapping[str, object], certificate: Callable[[str], bytes]) -> bool:
    """Tell whether Amazon signed a message; `certificate` gives the PEM at an address that is surely Amazon's."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.x509 import load_pem_x509_certificate

    algorithms: dict[object, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}
    algorithm = algorithms.get(webhooks.text_of(message, "SignatureVersion"))
    url = webhooks.text_of(message, "SigningCertURL")
    if algorithm is None or not _CERTIFICATE.fullmatch(url):
        return False
    pem = certificate(url)
    try:
        signature = base64.b64decode(webhooks.text_of(message, "Signature"), validate=True)
        key = load_pem_x509_certificate(pem).public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            return False
        key.verify(signature, _signed_text(message), padding.PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed_text(message: Mapping[str, object]) -> bytes:
    names = _NOTIFICATION if webhooks.text_of(message, "Type") == "Notification" else _CONFIRMATION
    lines = (f"{name}\n{message[name]}\n" for name in names if message.get(name) is not None)
    return "".join(lines).encode()
