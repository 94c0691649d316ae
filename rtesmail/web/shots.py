"""An edition as pictures: each frame of the preview as a PNG, for a colleague who has none of this."""

import base64
import tempfile
from collections.abc import Iterator
from gettext import gettext as _
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from rtesmail.content.replacing import write_asked
from rtesmail.model.errors import RtesmailError
from rtesmail.web.choices import WIDTHS, Choice, Size
from rtesmail.web.frames import Scheme, frame_policy, prepare_frame

if TYPE_CHECKING:
    from rtesmail.model.publication import Workspace
    from rtesmail.web.chromium import Chromium
    from rtesmail.web.readings import Reading

TEXT_WIDTH = 760
ROWS_WIDTH = 1104
"""Widths of the pictures of the plain text and of the inbox's rows, in CSS pixels."""

MOST_PIXELS = 16_000
"""Chromium paints no picture that is higher (its largest texture): longer mails are less sharp, then cut."""

_LOADED = """new Promise((done) => {
  const pictures = [...document.images].map((picture) => picture.decode());
  Promise.allSettled([document.fonts.ready, ...pictures]).then(() => done(true));
  setTimeout(() => done(false), 10000);
})"""


class Shot(Struct, frozen=True):
    """One picture to take: its file's name without ending, its page, and its width in CSS pixels; `scale` sharpens."""

    name: str
    html: str
    width: int
    scale: int = 1


def take_shots(workspace: "Workspace", reading: "Reading", folder: Path, choice: Choice) -> tuple[Path, ...]:
    """Write the pictures of an edition into `folder`, made if need be; give their paths, in order.

    `choice` says which readers' blocks are shown. What else is in the folder stays.

    Raises:
        RtesmailError: the issue cannot be rendered, the folder not written to, or there is no browser.
    """
    from rtesmail.web.chromium import Chromium

    shots = list(shots_of(workspace, reading, choice))
    paths = []
    with tempfile.TemporaryDirectory(prefix="rtesmail-shot-", ignore_cleanup_errors=True) as profile:
        browser = Chromium(Path(profile))
        try:
            for number, shot in enumerate(shots, start=1):
                path = folder / f"{number:02}-{shot.name}.png"
                write_asked(path, take(browser, shot), _("Name a folder that is yours: --to FOLDER"))
                paths.append(path)
        finally:
            browser.close()
    return tuple(paths)


def shots_of(workspace: "Workspace", reading: "Reading", choice: Choice) -> Iterator[Shot]:
    """Give the pictures to take: the inbox rows, the mail at each width in light and dark and without images, the text.

    Raises:
        RtesmailError: the issue cannot be rendered.
    """
    from rtesmail.content.snippets import slug
    from rtesmail.web.showing import show_edition
    from rtesmail.web.views import Pages, device_name

    if reading.edition is None:
        trouble = reading.trouble
        raise RtesmailError(trouble.message if trouble else "", hint=trouble.hint if trouble else "")
    shown = show_edition(reading, reading.edition, choice, workspace)
    addresses = {
        image.content_id: f"data:{image.media_type};base64,{base64.b64encode(image.content).decode()}"
        for image in reading.edition.pictures
    }
    yield Shot(slug(_("inbox")), Pages().inbox_sheet(reading, shown), ROWS_WIDTH)
    looks = [
        (_("light"), Scheme.LIGHT, True),
        (_("dark"), Scheme.DARK, True),
        (_("without images"), Scheme.LIGHT, False),
    ]
    for words, scheme, with_images in looks:
        page = prepare_frame(
            shown.framed, scheme, with_images=with_images, image_url=lambda content_id: addresses.get(content_id, "")
        )
        page = _guarded(page, frame_policy(with_images=with_images))
        for size, width in WIDTHS.items():
            yield Shot(slug(f"{device_name(size)} {words}"), page, width, 2 if size is Size.PHONE else 1)
    yield Shot(slug(_("plain text")), Pages().text_sheet(reading, shown), TEXT_WIDTH)


def take(browser: "Chromium", shot: Shot) -> bytes:
    """Give the PNG of a whole page."""
    browser.new_page()
    # No higher than a line: the page alone says how high it is.
    screen = {"width": shot.width, "height": 20, "deviceScaleFactor": 1, "mobile": False}
    browser.call("Emulation.setDeviceMetricsOverride", **screen)
    frame = browser.call("Page.getFrameTree")["frameTree"]["frame"]["id"]
    browser.call("Page.setDocumentContent", frameId=frame, html=shot.html)
    browser.value(_LOADED)
    height = min(int(browser.call("Page.getLayoutMetrics")["cssContentSize"]["height"]), MOST_PIXELS)
    sharp = {**screen, "deviceScaleFactor": min(shot.scale, MOST_PIXELS / height)}
    browser.call("Emulation.setDeviceMetricsOverride", **sharp)
    clip = {"x": 0, "y": 0, "width": shot.width, "height": height, "scale": 1}
    taken = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
    return base64.b64decode(taken["data"])


def _guarded(html: str, policy: str) -> str:
    """Have the page keep the policy that a frame gets as a header: no script, whatever the mail holds."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
    before, head, after = html.partition("<head>")
    return before + head + meta + after if head else meta + html
