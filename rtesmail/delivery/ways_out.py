"""Which way out a mailing or a proof takes."""

from gettext import gettext as _

from rtesmail.model.errors import WorkspaceError
from rtesmail.model.publication import TransportSettings, Workspace
from rtesmail.model.quoting import quoted
from rtesmail.model.suggestions import one_of


def chosen_transport(
    workspace: Workspace, publication_id: str, name: str = "", list_name: str = ""
) -> TransportSettings:
    """Give the way out that was asked for, else the list's, else the publication's.

    Raises:
        WorkspaceError: there is no such transport, or no such publication any more.
    """
    known = workspace.configuration.transports
    publication = workspace.configuration.publications.get(publication_id)
    of_list = workspace.configuration.list_transports.get(list_name, "")
    wanted = name or of_list or (publication.transport if publication else "")
    if wanted not in known:
        raise WorkspaceError(_("There is no transport {name}.").format(name=quoted(wanted)), hint=one_of(wanted, known))
    return known[wanted]
