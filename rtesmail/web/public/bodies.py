"""What a POST brings: a form of a browser or of a mail provider, never larger than a form is."""

import asyncio
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from starlette.requests import Request

MOST_FORM_BYTES = 16_384
MOST_HOOK_BYTES = 2_000_000
"""Amazon SNS sends at most 256 KB, others batches of some hundred events."""
_SECONDS = 15.0
_MOST_FIELDS = 200

Fields = tuple[tuple[str, str], ...]


async def read_body(request: "Request", most: int) -> bytes:
    """Give the body of a request.

    Raises:
        HTTPException: it is larger than `most` bytes (413), or comes too slowly (408).
    """
    from starlette.exceptions import HTTPException

    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    return bytes(body)


def form_fields(content_type: str, body: bytes) -> Fields:
    """Give the fields of a form in their order, urlencoded or multipart (RFC 7578); none when it is neither.

    RFC 8058 section 3.2 lets a mail provider send either. Files in a form are no fields of ours and left out.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return _multipart_fields(content_type, body)
    if kind in ("application/x-www-form-urlencoded", ""):
        try:
            found = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            return ()
        return tuple(found)
    return ()


def first(fields: Fields, name: str) -> str:
    """Give the first field of that name, empty when there is none."""
    return next((value for key, value in fields if key == name), "")


def every(fields: Fields, name: str) -> tuple[str, ...]:
    """Give all fields of that name."""
    return tuple(value for key, value in fields if key == name)


def _multipart_fields(content_type: str, body: bytes) -> Fields:
    head = f"Content-Type: {' '.join(content_type.split())}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=policy.HTTP).parsebytes(head + body)
    if not message.is_multipart():
        return ()
    found = []
    for part in list(message.iter_parts())[:_MOST_FIELDS]:
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes) and part.get_filename() is None:
            found.append((name, content.decode("utf-8", "replace").removesuffix("\r\n")))
    return tuple(found)
