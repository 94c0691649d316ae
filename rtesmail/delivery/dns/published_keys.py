"""DKIM keys as they stand in DNS (RFC 6376, section 3.6.1)."""

from collections.abc import Iterator
from gettext import gettext as _

from rtesmail.delivery.dns.alignment import read_tags
from rtesmail.delivery.dns.names import Names
from rtesmail.delivery.signing.keys import dns_record
from rtesmail.model.findings import Finding, Severity
from rtesmail.model.publication import SigningKey


def judge_key(names: Names, key: SigningKey) -> Iterator[Finding]:
    """Say what keeps verifiers from using a key, by what DNS says of it beside the key itself."""
    expected = dns_record(key)
    texts = names.texts(expected.name)
    hint = _("Publish what this prints: rtesmail dkim show")
    told = {"name": expected.name}
    if not texts:
        message = _("{name} is not in DNS: receivers cannot verify our signature.")
    elif len(texts) > 1:
        message, hint = _("{name} has several TXT records; receivers may take the wrong one."), _("Leave one.")
    else:
        tags, wanted = read_tags(texts[0]), read_tags(expected.value)
        if "p" in tags and not tags["p"]:
            message, hint = _("{name} says that the key is withdrawn."), _("Make a new one: rtesmail dkim new DOMAIN")
        elif tags.get("p") != wanted["p"] or tags.get("k", "rsa") != wanted["k"]:
            message = _("{name} holds another key than ours: every signature would fail.")
        elif unfit := _unfit(tags):
            message, hint = (
                _("{name} does not let the key sign our mail: {tag}."),
                _("Take {tag} out.").format(tag=unfit),
            )
            told["tag"] = unfit
        elif "y" in tags.get("t", "").lower().split(":"):
            message, hint = _("{name} says that signing is only tried (t=y)."), _("Take t=y out.")
            yield Finding("sender-dkim", Severity.NOTE, message.format(**told), hint)
            return
        else:
            return
    yield Finding("sender-dkim", Severity.ERROR, message.format(**told), hint)


def _unfit(tags: dict[str, str]) -> str:
    """Give what makes a verifier pass the right key over: another version, no SHA-256, not for mail."""
    allowed = (("v", ("DKIM1",)), ("h", ("sha256",)), ("s", ("*", "email")))
    return next(
        (f"{tag}={tags[tag]}" for tag, good in allowed if tag in tags and not set(tags[tag].split(":")) & set(good)), ""
    )
