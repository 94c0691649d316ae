"""How the pictures of the workspace reach readers."""

from enum import StrEnum

from msgspec import Struct


class PictureDelivery(StrEnum):
    """Inside of each message, or on a web server that mail programs ask."""

    EMBEDDED = "embedded"
    HOSTED = "hosted"


class PictureSettings(Struct, frozen=True):
    """The `[pictures]` table. `base_url` (with its slash) is the folder of the hosted ones, empty for embedded ones."""

    delivery: PictureDelivery = PictureDelivery.EMBEDDED
    base_url: str = ""
