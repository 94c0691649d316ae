"""The kinds of snippet. A new one is a row here, two templates and a sample in `templates/snippets/`."""

from collections.abc import Mapping

from msgspec import Struct

from rtesmail.content.dates import as_day, as_moment
from rtesmail.content.fields import as_boolean, as_image, as_level, as_registration, as_text, as_texts
from rtesmail.content.notes import FieldType
from rtesmail.content.programme import as_days


class Kind(Struct, frozen=True):
    """What a kind of snippet holds beside the common fields.

    Each group of `required` asks for at least one of its fields; `body` and `lead` may stand in it.
    """

    fields: Mapping[str, FieldType]
    required: tuple[tuple[str, ...], ...] = ()


KINDS: Mapping[str, Kind] = {
    "article": Kind({"source": as_text, "date": as_day}, required=(("body", "lead"),)),
    "event": Kind(
        {
            "start": as_moment,
            "end": as_moment,
            "place": as_text,
            "online": as_boolean,
            "format": as_text,
            "organisers": as_texts,
            "registration": as_registration,
            "note": as_text,
        },
        required=(("start",), ("place", "online")),
    ),
    "programme": Kind(
        {
            "days": as_days,
            "place": as_text,
            "address": as_text,
            "organisers": as_texts,
            "partners": as_texts,
            "context": as_text,
            "audience": as_text,
            "registration": as_registration,
        },
        required=(("days",),),
    ),
    "publication": Kind(
        {"series": as_text, "number": as_text, "pages": as_text, "cover": as_image}, required=(("series",),)
    ),
    "call": Kind({"deadline": as_moment, "organiser": as_text}, required=(("deadline",),)),
    "quote": Kind({"author": as_text, "role": as_text, "source": as_text}, required=(("body",), ("author", "source"))),
    "figure": Kind({"value": as_text, "unit": as_text, "source": as_text}, required=(("value",), ("unit",))),
    "editorial": Kind({"signature": as_text, "role": as_text}, required=(("signature",), ("body",))),
    "member": Kind(
        {"authority": as_text, "level": as_level, "region": as_text, "joined": as_day},
        required=(("authority",), ("level",)),
    ),
    "job": Kind(
        {"employer": as_text, "place": as_text, "deadline": as_moment, "contract": as_text}, required=(("employer",),)
    ),
}
