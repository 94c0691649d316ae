"""Caniemail's titles and platforms, which are English, in the reader's language where a few words do it."""

from gettext import gettext as _
from gettext import pgettext

from rtesmail.model.wordings import in_words


def feature_words(title: str) -> str:
    """Name what a letter uses; a bare name of CSS, such as display:flex, is the same in every language."""
    whole = {
        "HTML5 semantics": _("HTML5 semantics"),
        "Image maps": _("Image maps"),
        "Local anchors": _("Local anchors"),
        "mailto: links": _("mailto: links"),
        "Embedded <svg> image": _("Embedded <svg> image"),
        "Video as Image Assets": _("Video as Image Assets"),
        "CSS Variables (Custom Properties)": _("CSS Variables (Custom Properties)"),
    }
    if title in whole:
        return whole[title]
    endings = (
        ("image format", _("{name} image format")),
        ("element", _("{name} element")),
        ("attribute", _("{name} attribute")),
        ("attributes", _("{name} attributes")),
        ("CSS property", _("{name} property")),
        ("property", _("{name} property")),
        ("properties", _("{name} properties")),
        ("unit", _("{name} unit")),
        ("keyword", _("{name} keyword")),
    )
    return in_words(title, ((rf"(?P<name>.+) {ending}", words) for ending, words in endings))


def platform_words(platform: str, title: str) -> str:
    """Name where a program runs; systems have their own names."""
    return {
        "desktop-app": pgettext("mail program", "Desktop"),
        "desktop-webmail": _("Desktop Webmail"),
        "mobile-webmail": _("Mobile Webmail"),
    }.get(platform, title)
