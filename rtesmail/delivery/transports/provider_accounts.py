"""What a provider's transport needs of its settings: an address, a key, and nothing that a provider cannot do."""

import re
from dataclasses import dataclass, field
from gettext import gettext as _
from pathlib import Path

from rtesmail.delivery.transports.credentials import read_password
from rtesmail.model.errors import WorkspaceError
from rtesmail.model.publication import TransportSettings

_KEY = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Account:
    """A way into a provider's API. `key_place` says where the key comes from, never the key."""

    transport: str
    url: str
    key_place: str
    key: str = field(repr=False)
    ca_file: Path | None = None


def open_account(settings: TransportSettings, url: str, *, elsewhere: str = "") -> Account:
    """Give the account that settings describe; `url` is the provider's address unless they name another.

    Settings without any key need one, unless `elsewhere` says where it then comes from.

    Raises:
        WorkspaceError: the key is missing or cannot be one, or the settings ask for what only our own server can do.
    """
    _refuse_what_is_ours(settings)
    has_key = bool(settings.username or settings.password_env or settings.password_file)
    place = settings.password_env or str(settings.password_file or "password_env")
    place, key = (place, read_password(settings)) if has_key or not elsewhere else (elsewhere, "")
    if key and not _KEY.fullmatch(key):
        raise WorkspaceError(
            _("Transport {name}: what {place} holds has spaces or signs that no key has.").format(
                name=settings.name, place=place
            ),
            hint=_("Copy the key again, alone and whole, from the provider's page."),
        )
    if settings.ca_file is not None and not settings.ca_file.is_file():
        raise WorkspaceError(
            _("The certificate file {path} cannot be read.").format(path=settings.ca_file),
            hint=_("Check ca_file of transport {name} in rtesmail.toml.").format(name=settings.name),
        )
    return Account(settings.name, settings.api_url or url, place, key, settings.ca_file)


def _refuse_what_is_ours(settings: TransportSettings) -> None:
    """A provider has its own envelope sender and signs by itself: to leave such a wish unheard would be a surprise."""
    wishes = {
        "envelope_sender": bool(settings.envelope_sender),
        "verp": settings.verp,
        "dkim": bool(settings.dkim),
    }
    for wish, is_there in wishes.items():
        if is_there:
            raise WorkspaceError(
                _("Transport {name} cannot have {wish}: a provider takes returns and signs by itself.").format(
                    name=settings.name, wish=wish
                ),
                hint=_("Remove {wish} from it in rtesmail.toml, and set it up at the provider.").format(wish=wish),
            )
