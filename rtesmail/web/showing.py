"""What a reader gets of an edition, as the preview shows it: their blocks, their name, and the findings' places."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from rtesmail.web.choices import Choice
from rtesmail.web.places import mark_places
from rtesmail.web.readings import Reading

if TYPE_CHECKING:
    from rtesmail.model.edition import Edition
    from rtesmail.model.people import Subscriber
    from rtesmail.model.publication import Workspace


class Shown(Struct, frozen=True):
    """An edition's HTML and text as one reader gets them.

    `framed` is the HTML for frames only: with the places of findings, and every picture of the workspace from here;
    `place_of` gives the mark of each finding that shows in it, by the finding's key.
    """

    html: str
    text: str
    framed: str
    place_of: Mapping[str, str] = field(default_factory=dict)


def show_edition(
    reading: Reading, edition: "Edition", choice: Choice, workspace: "Workspace", person: "Subscriber | None" = None
) -> Shown:
    """Give what the chosen readers get; every block when nobody is chosen, or nobody who is still told apart.

    A `person` sees their own name. The links are the sample reader's: nobody can be unsubscribed from here. Counted
    links lead directly: nothing answers at their short addresses before a proof, and colleagues do not count.
    """
    from rtesmail.rendering.links import lead_directly
    from rtesmail.rendering.slots import fill_html, fill_text, preview_values

    direct = lead_directly(edition, workspace.configuration.identity.public_url)
    variant = variant_for(edition, choice, person)
    shown = direct.for_variant(variant) if variant in direct.variant_keys else direct
    values = preview_values(workspace)
    if person is not None:
        values = replace(values, email=person.email, name=person.name, organisation=person.organisation)
    html = fill_html(shown.html, values)
    marked = mark_places(html, reading.clues, choice.at)
    framed = marked.html
    for image in shown.hosted:
        # Not yet on its server, perhaps: a frame takes it from here, as it does those that are carried.
        framed = framed.replace(image.address, f"cid:{image.content_id}")
    return Shown(html, fill_text(shown.text, values), framed, marked.place_of)


def variant_for(edition: "Edition", choice: Choice, person: "Subscriber | None" = None) -> str:
    """Give the variant that is shown; empty for every block."""
    if person is not None:
        return edition.variant_of(person.level, person.region, person.role)
    return choice.readers


def way_out_of(workspace: "Workspace", reading: Reading) -> str:
    """Name the way out that a proof takes; empty when the configuration names none that exists."""
    from rtesmail.delivery.ways_out import chosen_transport
    from rtesmail.model.errors import WorkspaceError

    try:
        return chosen_transport(workspace, reading.issue.publication.id).name if reading.issue else ""
    except WorkspaceError:
        return ""
