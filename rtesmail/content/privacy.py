"""What `rtesmail.toml` says of people's data: why each list may be written to, how long anybody is kept."""

from collections.abc import Mapping

from rtesmail.content.reading import Reader, read_address
from rtesmail.model.consent import LegalBasis, ListPurpose, PrivacySettings

_LONGEST_MONTHS = 120


def read_privacy(table: Reader) -> PrivacySettings:
    """Give the `[privacy]` table; what is wrong is noted and replaced by a default."""
    table.only(PrivacySettings.__struct_fields__)
    return PrivacySettings(
        keep_months=table.integer("keep_months", PrivacySettings().keep_months, least=1, most=_LONGEST_MONTHS),
        contact=read_address(table, "contact"),
    )


def read_list_purposes(lists: Reader) -> dict[str, ListPurpose]:
    """Give what each `[lists.NAME]` says of its people's legal basis and of what they are written to for."""
    found = {}
    for name, written in lists.values.items():
        if not isinstance(written, Mapping):
            # Noted already where the lists' transports are read.
            continue
        table = lists.table(name)
        known = [basis.value for basis in LegalBasis]
        basis = LegalBasis(table.choice("legal_basis", known, known[0])) if "legal_basis" in table.values else None
        found[name] = ListPurpose(basis, table.one_line("purpose"))
    return found
