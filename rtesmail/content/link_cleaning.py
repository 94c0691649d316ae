"""Links as their authors meant them: out of mail filters' wrappings, without what follows the reader."""

import base64
import binascii
import re
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit, urlunsplit

from rtesmail.content.fields import is_url

_DEEPEST = 5
# What services add to an address to count clicks: Google Analytics, Mailchimp, Meta, Google Ads, Microsoft Advertising,
# Marketo, HubSpot, Piano (AT Internet), Matomo, X, Yandex, Instagram, Vero, Omeda, Comscore, LinkedIn, TikTok.
_COUNTER = re.compile(
    r"(?:utm_\w+|mc_[ce]id|fbclid|gclid|gclsrc|gad_(?:source|campaignid)|_g[al]|srsltid|dclid|gbraid|wbraid|msclkid|mkt_tok"
    r"|_hs(?:enc|mi)|__hs(?:tc|sc|fp)|at_(?:medium|campaign)|xtor|(?:mtm|pk|piwik|matomo)_\w+|twclid|yclid|igsh(?:id)?"
    r"|vero_\w+|oly_\w+|ns_(?:campaign|mchannel)|trk(?:Campaign)?|li_fat_id|ttclid)",
    re.IGNORECASE,
)
# Proofpoint's third version: the address between underscores, then the signs taken out of it, in base64.
_DEFENSE = re.compile(r"/v3/__(.+)__;([A-Za-z0-9_=-]*)(?:!.*)?")
_STANDS_FOR = re.compile(r"\*(?:\*([A-Za-z0-9_-]))?")
_RUNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# Sites and mail filters that carry the whole address in their query: how their own path begins, and under which name.
_WRAPPERS = {
    "www.google.com": ("/url", "q"),
    "www.google.fr": ("/url", "q"),
    "l.facebook.com": ("/l.php", "u"),
    "lm.facebook.com": ("/l.php", "u"),
    "www.youtube.com": ("/redirect", "q"),
    "www.linkedin.com": ("/redir/", "url"),
    "antiphishing.vadesecure.com": ("/v", "u"),
    "linkprotect.cudasvc.com": ("/url", "a"),
    "clicktime.symantec.com": ("/", "u"),
}


def clean_link(url: str) -> str:
    """Give the address behind a link, without tracking; empty when no mail should carry it."""
    found = _without_blanks(url)
    for _turn in range(_DEEPEST):
        try:
            inner = _unwrapped(found)
        except (ValueError, binascii.Error):
            inner = ""
        if not inner or inner == found:
            break
        found = _without_blanks(inner)
    try:
        found = without_counters(found) if urlsplit(found).scheme in ("http", "https") else found
    except ValueError:
        return ""
    return found if is_url(found) else ""


def _without_blanks(url: str) -> str:
    """Give an address as browsers ask for it: line ends and what hides a scheme fall out, blanks inside are written."""
    found = re.sub(r"\s*[\r\n]+\s*|[\x00-\x08\x0b-\x1f\x7f-\x9f\t]+", "", url.strip())
    return found.replace(" ", "%20").replace("\u00a0", "%20")


def _unwrapped(url: str) -> str:
    """Give the address that a filter or a search engine wrapped, empty when none did."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    query = parse_qs(parts.query)
    if host.endswith(".safelinks.protection.outlook.com"):
        return query.get("url", [""])[0]
    if host == "urldefense.proofpoint.com":
        wrapped = query.get("u", [""])[0]
        is_second = parts.path.startswith("/v2/")
        return unquote(wrapped.replace("-", "%").replace("_", "/") if is_second else wrapped)
    if host in ("urldefense.com", "urldefense.us"):
        return _third_version(url)
    start, name = _WRAPPERS.get(host, ("", ""))
    if name and parts.path.startswith(start):
        return query.get(name, query.get("url", [""]))[0]
    return ""


def _third_version(url: str) -> str:
    found = _DEFENSE.search(url)
    if not found:
        return ""
    signs = iter(base64.urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4)).decode("utf-8"))

    def put_back(mark: re.Match[str]) -> str:
        count = _RUNS.index(mark[1]) + 2 if mark[1] else 1
        return "".join(next(signs, "*" if count == 1 else "") for _turn in range(count))

    text = _STANDS_FOR.sub(put_back, found[1])
    # One slash of https:// is lost on the way through some mail programs.
    return re.sub(r"^(https?):/(?=[^/])", r"\1://", text)


def without_counters(address: str) -> str:
    """Give an address without what counts clicks; unchanged when there is nothing of the kind.

    Raises:
        ValueError: it is no address.
    """
    parts = urlsplit(address)
    kept = [pair for pair in parts.query.split("&") if not _COUNTER.fullmatch(pair.partition("=")[0])]
    is_counter = any(_COUNTER.fullmatch(name) for name, _value in parse_qsl(parts.fragment))
    if len(kept) == parts.query.count("&") + 1 and not is_counter:
        return address
    return urlunsplit(parts._replace(query="&".join(kept), fragment="" if is_counter else parts.fragment))


def page_key(address: str) -> str:
    """Give by what two addresses are known to lead to one page; empty for what is no page of its own.

    Left out is what does not change the page: scheme, www, what counts clicks, a last slash, a part. A site's front
    page is no single thing, unless a query says what it shows: `/?p=12` is how many sites call an article.
    """
    try:
        parts = urlsplit(without_counters(address.strip()))
        host, path = (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/")
    except ValueError:
        return ""
    if not host or not (path or parts.query):
        return ""
    return f"{host}{path}?{parts.query}" if parts.query else f"{host}{path}"
