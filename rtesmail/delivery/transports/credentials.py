"""The password of a way out, or a provider's key."""

from gettext import gettext as _

from rtesmail.content.passwords import named_password
from rtesmail.model.publication import TransportSettings


def read_password(settings: TransportSettings) -> str:
    """Read what `password_env` or `password_file` names.

    Raises:
        WorkspaceError: the variable or file is missing, empty or unreadable.
    """

    def lacking(place: str) -> str:
        return _("Transport {name} lacks its password or key: {place} is missing or empty.").format(
            name=settings.name, place=place
        )

    return named_password(settings.password_env, settings.password_file, lacking)
