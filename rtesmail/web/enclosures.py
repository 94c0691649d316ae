"""What an issue's page leads to or loads beside itself: the mail in its frames, its pictures, the letter on paper."""

import threading
from collections.abc import Callable
from gettext import gettext as _
from typing import TYPE_CHECKING

from rtesmail.model.errors import RtesmailError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from rtesmail.model.publication import Workspace
    from rtesmail.rendering.letter import Letter
    from rtesmail.web.asking import Askings
    from rtesmail.web.readings import Reading, Readings
    from rtesmail.web.views import Pages

MOST_LETTERS = 8
"""Letters on paper kept at hand, each of some hundreds of kilobytes."""


class Enclosures:
    """Their endpoints; they run in Starlette's threads. `missing` makes the page for what is not there."""

    def __init__(
        self, readings: "Readings", askings: "Askings", pages: "Pages", missing: "Callable[[str], Response]"
    ) -> None:
        self._readings = readings
        self._askings = askings
        self._pages = pages
        self._missing = missing
        self._one_press = threading.Lock()
        self._letters: dict[str, tuple[Reading, Letter]] = {}

    def show_frame(self, request: "Request") -> "Response":
        from starlette.responses import HTMLResponse

        from rtesmail.web.asking import with_asked
        from rtesmail.web.choices import image_url, read_choice
        from rtesmail.web.frames import frame_policy, prepare_frame
        from rtesmail.web.personas import find_person
        from rtesmail.web.showing import show_edition

        issue_id = request.path_params["issue_id"]
        shelf = self._readings.shelf()
        reading = self._readings.read(issue_id)
        if shelf.workspace is None or reading is None or reading.edition is None:
            return self._missing(_("This issue cannot be shown at the moment."))
        marked = with_asked(shelf.workspace, reading, self._askings.find(issue_id))
        choice = read_choice(request.query_params)
        digest = reading.edition.digest
        person = find_person(shelf.workspace, choice.person)
        html = prepare_frame(
            show_edition(marked, reading.edition, choice, shelf.workspace, person).framed,
            choice.scheme,
            with_images=choice.has_images,
            # A picture that changes under its name must not come from the browser's memory.
            image_url=lambda content_id: f"{image_url(issue_id, content_id)}?edition={digest[:12]}",
        )
        policy = frame_policy(with_images=choice.has_images)
        return HTMLResponse(html, headers={"content-security-policy": policy})

    def show_image(self, request: "Request") -> "Response":
        from starlette.responses import Response

        reading = self._readings.read(request.path_params["issue_id"])
        carried = reading.edition.pictures if reading and reading.edition else ()
        for image in carried:
            if image.content_id == request.path_params["content_id"]:
                return Response(image.content, media_type=image.media_type)
        return self._missing(_("The edition carries no such picture."))

    def show_mark(self, _request: "Request") -> "Response":
        """Give the sign for the browser's tab: a PDF names none, and browsers then ask for it at this address."""
        from starlette.responses import FileResponse

        from rtesmail.web.views import STATIC

        return FileResponse(STATIC / "mark.svg")

    def await_letter(self, request: "Request") -> "Response":
        """Say that the letter is being set until it is, since that takes seconds where a mail takes none."""
        from starlette.responses import HTMLResponse, RedirectResponse

        shelf, reading = self._readings.shelf(), self._readings.read(request.path_params["issue_id"])
        if shelf.workspace is None or reading is None or reading.issue is None:
            return self._missing(_("This issue cannot be shown at the moment."))
        if self._kept_letter(reading) is not None:
            return RedirectResponse(f"{request.url.path}.pdf", status_code=303)
        return HTMLResponse(self._pages.setting(reading.issue))

    def show_letter(self, request: "Request") -> "Response":
        """Give the letter on paper, printed on demand and kept until a file changes."""
        from starlette.responses import Response

        shelf, reading = self._readings.shelf(), self._readings.read(request.path_params["issue_id"])
        if shelf.workspace is None or reading is None or reading.issue is None:
            return self._missing(_("This issue cannot be shown at the moment."))
        try:
            letter = self._print(shelf.workspace, reading)
        except RtesmailError as error:
            return self._missing(f"{error} {error.hint}".strip())
        # A browser's own viewer puts the page into an object, and styles it.
        policy = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        return Response(letter.content, media_type="application/pdf", headers={"content-security-policy": policy})

    def _print(self, workspace: "Workspace", reading: "Reading") -> "Letter":
        from rtesmail.rendering.letter import render_letter

        assert reading.issue is not None
        # Whoever comes while it is printed waits for that one.
        with self._one_press:
            kept = self._kept_letter(reading)
            if kept is not None:
                return kept
            letter = render_letter(workspace, reading.issue)
            self._letters.pop(reading.issue_id, None)
            self._letters[reading.issue_id] = (reading, letter)
            while len(self._letters) > MOST_LETTERS:
                del self._letters[next(iter(self._letters))]
            return letter

    def _kept_letter(self, reading: "Reading") -> "Letter | None":
        """Give the letter of this very reading: another one is made whenever a file changes."""
        of, letter = self._letters.get(reading.issue_id, (None, None))
        return letter if of is reading else None
