"""What `rtesmail.toml` says of the feeds that drafts are made of."""

from collections.abc import Mapping
from gettext import gettext as _
from pathlib import Path
from urllib.parse import urlsplit

from rtesmail.content.answers import read_answer
from rtesmail.content.date_answers import Answer
from rtesmail.content.fields import is_url
from rtesmail.content.kinds import KINDS
from rtesmail.content.reading import Reader, named_tables, one_of
from rtesmail.content.servers import read_path
from rtesmail.model.feeds import Default, FeedSettings, FeedText
from rtesmail.model.quoting import quoted

KEYS = ("url", "kind", "text", "keep_days", "set")
MOST_DAYS = 3650
_EXAMPLE = 'url = "https://www.example.org/feed"'
# A programme is made of days with lines of their own, which no feed tells.
_MADE_BY_HAND = ("programme",)
_OWN_KINDS = ("article", "event")


def read_feeds(feeds: Reader, root: Path, regions: tuple[str, ...]) -> dict[str, FeedSettings]:
    """Give every `[feeds.NAME]`; what is wrong is noted and replaced by a default."""
    return {name: _feed(name, table, root, regions) for name, table in named_tables(feeds)}


def _feed(name: str, table: Reader, root: Path, regions: tuple[str, ...]) -> FeedSettings:
    table.only(KEYS)
    url, path = _source(table, root)
    kinds = [kind for kind in KINDS if kind not in _MADE_BY_HAND]
    kind = table.reference("kind", kinds, _("A feed cannot give snippets of the kind {name}."))
    kind = kind if kind in kinds else ""
    defaults = _defaults(table.table("set"), (kind,) if kind else _OWN_KINDS, regions)
    text = FeedText(table.choice("text", [text.value for text in FeedText], FeedText.WHOLE.value))
    days = table.integer("keep_days", 60, least=0, most=MOST_DAYS)
    return FeedSettings(name, url, path, kind, text, days, defaults)


def _source(table: Reader, root: Path) -> tuple[str, Path | None]:
    written = table.one_line("url", required=True)
    if "://" not in written:
        return "", read_path(table, "url", root)
    # Calendars are offered so; what answers there is an ordinary web server.
    scheme, _sign, rest = written.partition("://")
    url = f"https://{rest}" if scheme.lower() == "webcal" else written
    if not is_url(url):
        table.wrong("url", "bad-url", _("url is neither an https:// address nor a file."), _EXAMPLE)
        return "", None
    if urlsplit(url).username is not None:
        # The address is not shown: the password stands in it.
        table.wrong(
            "url",
            "secret-in-clear",
            _("The address holds a name or a password, which must not stand in this file."),
            _("Take the feed that everybody may read."),
        )
        return "", None
    return url, None


def _defaults(table: Reader, kinds: tuple[str, ...], regions: tuple[str, ...]) -> Mapping[str, Default]:
    """Check each field by the rules that the drafts will be read with."""
    found: dict[str, Default] = {}
    for name in table.values:
        typed = ", ".join(table.texts(name)) if isinstance(table.values[name], list) else table.text(name)
        answer = _answer(kinds, name, typed)
        if answer.message:
            table.wrong(name, "unknown-value", answer.message, answer.hint)
        elif isinstance(answer.value, str):
            found[name] = answer.value
        elif not isinstance(answer.value, Mapping):
            found[name] = tuple(str(item) for item in answer.value)
    for region in found.get("regions", ()) if regions else ():
        if region not in regions:
            message = _("There is no region {name}.").format(name=quoted(region))
            table.wrong("regions", "unknown-value", message, one_of(region, regions))
    return found


def _answer(kinds: tuple[str, ...], name: str, typed: str) -> Answer:
    """Give the answer of the first kind that has such a field, else why the first has none."""
    answers = [read_answer(kind, name, typed) for kind in kinds]
    return next((answer for answer in answers if not answer.message), answers[0])
