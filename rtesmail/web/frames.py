"""The copies of an edition that the preview's frames show. The edition itself is never touched."""

import re
from collections.abc import Callable
from enum import StrEnum

FRAME_SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""No scripts, forms or navigation of our page. Same origin, so that our script can swap the content in place;
that is safe only because `allow-scripts` is absent."""

_TAG = r"<{name}\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>"
_STYLE_BLOCK = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.IGNORECASE | re.DOTALL)
_MEDIA_ATTRIBUTE = re.compile(r"(\smedia\s*=\s*)(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_SCHEME_CONDITION = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_IMAGE_TAG = re.compile(_TAG.format(name="img"), re.IGNORECASE)
_IMAGE_SOURCE = re.compile(r"\s(?:src|srcset)\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)
_CONTENT_ID = re.compile(r"([\"'(]|&quot;)cid:([^\"')\s>&]+)")
_LINK_TAG = re.compile(_TAG.format(name="a"), re.IGNORECASE)
_OUTSIDE_HREF = re.compile(r"\shref\s*=\s*[\"']?(?![\"']?#)", re.IGNORECASE)
_TARGET = re.compile(r"\starget\s*=", re.IGNORECASE)
_HEAD_END = re.compile(r"</head\s*>", re.IGNORECASE)


class Scheme(StrEnum):
    """The colours that a reader's device asks for."""

    LIGHT = "light"
    DARK = "dark"


def prepare_frame(html: str, scheme: Scheme, *, with_images: bool, image_url: Callable[[str], str]) -> str:
    """Give the HTML of one frame from an edition's filled HTML.

    `image_url` gives the address of a carried image by its content id.
    """
    shown = switch_scheme(html, scheme)
    shown = show_images(shown, image_url) if with_images else hide_images(shown)
    return open_links_outside(shown)


def frame_policy(*, with_images: bool) -> str:
    """Give the Content-Security-Policy of a frame: styles as mail carries them, no script whatever the mail holds."""
    images = "'self' https: data:" if with_images else "'none'"
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src {images}; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'self'; sandbox {FRAME_SANDBOX}"
    )


def switch_scheme(html: str, scheme: Scheme) -> str:
    """Make the colour-scheme conditions of `html` true or false, whatever the machine's own setting."""

    def settle(found: re.Match[str]) -> str:
        # Conditions rather than `all`/`not all`: they also stand within `… and (max-width: 480px)`.
        return "(min-width: 0px)" if found[1].lower() == scheme.value else "(max-width: 0px)"

    settled = _STYLE_BLOCK.sub(lambda b: b[1] + _SCHEME_CONDITION.sub(settle, b[2]) + b[3], html)
    settled = _MEDIA_ATTRIBUTE.sub(lambda a: a[1] + _SCHEME_CONDITION.sub(settle, a[2]), settled)
    canvas = f"<style>:root {{ color-scheme: only {scheme.value} !important; }}</style>"
    return _HEAD_END.sub(lambda end: canvas + end[0], settled, count=1)


def show_images(html: str, image_url: Callable[[str], str]) -> str:
    """Point `cid:` addresses at `image_url`."""
    return _CONTENT_ID.sub(lambda found: found[1] + image_url(found[2]), html)


def hide_images(html: str) -> str:
    """Leave the words of every picture in its place, as a client that loads no images does."""
    return _IMAGE_TAG.sub(lambda tag: _IMAGE_SOURCE.sub("", tag[0]), html)


def open_links_outside(html: str) -> str:
    """Make links open beside the preview; those to a place in the same mail keep scrolling there."""

    def aim(found: re.Match[str]) -> str:
        tag = found[0]
        if _TARGET.search(tag) or not _OUTSIDE_HREF.search(tag):
            return tag
        return f'{tag[:2]} target="_blank" rel="noopener"{tag[2:]}'

    return _LINK_TAG.sub(aim, html)
