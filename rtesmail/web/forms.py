"""The preview's forms: only those of its own pages, as it runs now, are read."""

import secrets
from gettext import gettext as _
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from rtesmail.web.public.bodies import Fields


async def read_own_form(request: "Request", token: str) -> "Fields":
    """Give the fields of a form that carries this run's token; none of any other.

    Raises:
        HTTPException: it is too large, or comes too slowly.
    """
    from rtesmail.web.public.bodies import MOST_FORM_BYTES, first, form_fields, read_body

    body = await read_body(request, MOST_FORM_BYTES)
    fields = form_fields(request.headers.get("content-type", ""), body)
    return fields if secrets.compare_digest(first(fields, "token").encode(), token.encode()) else ()


def foreign_form() -> "Response":
    """Refuse a form that is none of this run's own."""
    from starlette.responses import PlainTextResponse

    words = _("This form is not from the preview as it runs now. Load the page again, then do it again.")
    return PlainTextResponse(words + "\n", status_code=403)
