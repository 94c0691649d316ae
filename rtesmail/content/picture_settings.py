"""What `rtesmail.toml` says of pictures: whether they travel in the message, else where they are found."""

from gettext import gettext as _

from rtesmail.content.publishing import is_archive_address
from rtesmail.content.reading import Reader
from rtesmail.model.pictures import PictureDelivery, PictureSettings


def read_pictures(table: Reader) -> PictureSettings:
    """Give the `[pictures]` table; what is wrong is noted and replaced by a default."""
    table.only(PictureSettings.__struct_fields__)
    delivery = PictureDelivery(table.choice("delivery", list(PictureDelivery), PictureDelivery.EMBEDDED))
    url = table.one_line("base_url")
    if url and not (url.startswith("https://") and is_archive_address(url)):
        table.wrong(
            "base_url",
            "bad-url",
            _("base_url should be the https address of a folder: mail programs show no other pictures."),
            'base_url = "https://www.example.org/letters/images"',
        )
        return PictureSettings()
    if delivery is PictureDelivery.EMBEDDED:
        return PictureSettings()
    if not url:
        table.wrong(
            "delivery",
            "missing-field",
            _("Hosted pictures need the address at which they are found."),
            'base_url = "https://www.example.org/letters/images"',
        )
        return PictureSettings()
    return PictureSettings(delivery, f"{url.rstrip('/')}/")
