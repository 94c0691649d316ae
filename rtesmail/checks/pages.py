"""Where each check is explained: the paragraph of the reference that bears its name."""

from rtesmail.checks.registry import ON_REQUEST, all_checks

PAGE = "docs/reference/checks.md"
"""In the source of rtesmail. A path and no address: the project has no site of its own."""
SENDER_PAGE = "docs/reference/sender.md"
"""For what `rtesmail doctor` finds; these names begin with `sender-`."""


def page_of(check: str) -> str:
    """Give the page and place that explain a check; empty for a mistake of a file, which its own words explain."""
    if check.startswith("sender-"):
        return f"{SENDER_PAGE}#{check}"
    return f"{PAGE}#{check}" if check in ON_REQUEST or any(one.name == check for one in all_checks()) else ""
