"""What each field of a snippet is, in the words of the person who writes one."""

from gettext import pgettext

from rtesmail.model.quoting import with_name


def label(name: str) -> str:
    """Give a field's name in the terminal's language, `Lieu` for `place`; the file's own when there is none."""
    # Asked of gettext at each call: the language is not known yet when this is imported.
    labels = {
        "kind": pgettext("field", "Kind"),
        "id": pgettext("field", "Id"),
        "status": pgettext("field", "Status"),
        "only_for": pgettext("field", "Only for"),
        "image": pgettext("field", "Picture"),
        "cover": pgettext("field", "Cover"),
        "src": pgettext("field", "Picture's file or address"),
        "alt": pgettext("field", "What the picture shows"),
        "lines": pgettext("field", "Lines of the programme"),
        "time": pgettext("field", "Hour"),
        "workshops": pgettext("field", "Workshops"),
        "roles": pgettext("field", "Roles"),
        "title": pgettext("field", "Title"),
        "body": pgettext("field", "Text"),
        "lead": pgettext("field", "Introduction"),
        "url": pgettext("field", "Page to read on"),
        "image.src": pgettext("field", "Picture"),
        "image.alt": pgettext("field", "What the picture shows"),
        "levels": pgettext("field", "Levels of local government"),
        "regions": pgettext("field", "Regions"),
        "featured": pgettext("field", "Featured"),
        "publish_from": pgettext("field", "Not in an issue before"),
        "expire_at": pgettext("field", "In no issue after"),
        "source": pgettext("field", "Source"),
        "date": pgettext("field", "Date"),
        "start": pgettext("field", "Start"),
        "end": pgettext("field", "End"),
        "place": pgettext("field", "Place"),
        "online": pgettext("field", "Online"),
        "format": pgettext("field", "Format"),
        "organisers": pgettext("field", "Organisers"),
        "organiser": pgettext("field", "Organiser"),
        "registration": pgettext("field", "Registration"),
        "note": pgettext("field", "Note"),
        "days": pgettext("field", "Days"),
        "address": pgettext("field", "Address"),
        "partners": pgettext("field", "Partners"),
        "context": pgettext("field", "Context"),
        "audience": pgettext("field", "Audience"),
        "series": pgettext("field", "Series"),
        "number": pgettext("field", "Number"),
        "pages": pgettext("field", "Pages"),
        "cover.src": pgettext("field", "Cover"),
        "cover.alt": pgettext("field", "What the cover shows"),
        "deadline": pgettext("field", "Deadline"),
        "author": pgettext("field", "Author"),
        "role": pgettext("field", "Role"),
        "value": pgettext("field", "Figure"),
        "unit": pgettext("field", "Unit"),
        "signature": pgettext("field", "Signature"),
        "authority": pgettext("field", "Local authority"),
        "level": pgettext("field", "Level of local government"),
        "region": pgettext("field", "Region"),
        "joined": pgettext("field", "Member since"),
        "employer": pgettext("field", "Employer"),
        "contract": pgettext("field", "Contract"),
    }
    return labels.get(name, name)


def field_named(name: str) -> str:
    """Name a field in the terminal's language and as its file has it: `Lieu (place)`."""
    return with_name(label(name), name)
