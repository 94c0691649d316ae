"""Expressions of any shape, and what they mean for one person, told without SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from hypothesis import strategies as st

from rtesmail.audience.segments.syntax import (
    AllOf,
    Among,
    AnyOf,
    Comparison,
    Node,
    Not,
    Number,
    OneOf,
    OnList,
    Today,
    Value,
)
from rtesmail.model.people import folded, role_key
from rtesmail.model.territories import region_key

WORDS: Mapping[str, tuple[str, ...]] = {
    "level": ("", "commune", "Région", "departement", "intercommunalités"),
    "region": ("", "32", "Bretagne", "hauts-de-france", "Pays imaginaire", "nowhere", "'); DROP TABLE lists; --"),
    "departement": ("", "01", "1", "2a", "971", "59"),
    "role": ("", "élu", "Technicienne", "maire adjoint", "!!!", "???", 'x" OR 1=1 --'),
    "language": ("", "fr", "EN", "de"),
    "organisation": ("", "ville a", "Ailleurs", "' OR ''='"),
    "kind": ("", "commune", "ept", "Métropole"),
    "siren": ("", "200 054 781", "213100555"),
    "insee": ("", "01004", "1004", "75056"),
}
ROLES = ("", "élus", "presse", "partenaires", "technicien", "!!!", "maire", "%", "');--")
DAYS: st.SearchStrategy[Value] = st.sampled_from((date(2026, 2, 28), date(2026, 3, 1), date(2026, 12, 31), Today()))
SIZES: st.SearchStrategy[Value] = st.sampled_from(
    ("", "grande", "3500", "x'y", Number("3500"), Number("12.5"), Number("0"), Number("-1"))
)
ATTRIBUTES = ("attributes.taille", "attributes.Taille", "attributes.other", "attributes.code postal")
SIGNS = ("==", "!=", "<", "<=", ">", ">=")


def _comparisons() -> st.SearchStrategy[Node]:
    words = st.sampled_from(sorted(WORDS)).flatmap(
        lambda name: st.builds(Comparison, st.just(name), st.sampled_from(SIGNS[:2]), st.sampled_from(WORDS[name]))
    )
    several = st.sampled_from(sorted(WORDS)).flatmap(
        lambda name: st.builds(
            OneOf, st.just(name), st.lists(st.sampled_from(WORDS[name]), min_size=1, max_size=3).map(tuple)
        )
    )
    days = st.builds(Comparison, st.just("mandate_end"), st.sampled_from(SIGNS), DAYS)
    unknown_days = st.builds(Comparison, st.just("mandate_end"), st.sampled_from(SIGNS[:2]), st.just(""))
    sizes = st.builds(
        lambda name, sign, value: Comparison(name, sign if isinstance(value, Number) else SIGNS[len(sign) % 2], value),
        st.sampled_from(ATTRIBUTES),
        st.sampled_from(SIGNS),
        SIZES,
    )
    some_sizes = st.builds(OneOf, st.sampled_from(ATTRIBUTES), st.lists(SIZES, min_size=1, max_size=3).map(tuple))
    roles = st.builds(Among, st.sampled_from(ROLES), st.just("roles"))
    lists = st.builds(OnList, st.sampled_from(("abonnes", "d'\"été")))
    return st.one_of(words, several, days, unknown_days, sizes, some_sizes, roles, lists)


def nodes() -> st.SearchStrategy[Node]:
    """Expressions over every field, several steps deep."""
    return st.recursive(
        _comparisons(),
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(AllOf, st.lists(inner, min_size=2, max_size=4).map(tuple)),
            st.builds(AnyOf, st.lists(inner, min_size=2, max_size=4).map(tuple)),
        ),
        max_leaves=8,
    )


@dataclass
class Person:
    """One person as the plain evaluation sees them."""

    words: dict[str, str]
    roles: list[str]
    mandate_end: str
    attributes: dict[str, str]
    lists: set[str]
    id: int = field(default=0)


_LEVELS = {
    "commune": "commune",
    "region": "région",
    "departement": "département",
    "intercommunalites": "intercommunalité",
}
_KINDS = {"commune": "commune", "ept": "EPT", "metropole": "métropole"}


def holds(node: Node, person: Person, today: date) -> bool:
    """Say whether the expression holds for one person."""
    match node:
        case AllOf(parts):
            return all(holds(part, person, today) for part in parts)
        case AnyOf(parts):
            return any(holds(part, person, today) for part in parts)
        case Not(part):
            return not holds(part, person, today)
        case OnList(name):
            return name in person.lists
        case Among(value, _field):
            if not value:
                return not person.roles
            return any(_alike(role, value, role_key) for role in person.roles)
        case OneOf(name, values):
            return any(_compare(name, "==", value, person, today) for value in values)
        case Comparison(name, sign, value):
            return _compare(name, sign, value, person, today)


def _compare(name: str, sign: str, value: Value, person: Person, today: date) -> bool:
    if sign == "!=":
        return not _compare(name, "==", value, person, today)
    if name == "mandate_end":
        wanted = today.isoformat() if isinstance(value, Today) else value.isoformat() if isinstance(value, date) else ""
        return _ordered(person.mandate_end, sign, wanted) and (sign == "==" or person.mandate_end != "")
    if name.startswith("attributes."):
        stored = person.attributes.get(name[11:].lower(), "")
        if isinstance(value, Number):
            known = {"3500": 3500.0, "3 500": 3500.0, "12,5": 12.5, "0": 0.0}
            return stored in known and _ordered(known[stored], sign, float(value.text))
        return _alike(stored, str(value), folded)
    stored = person.words[name]
    text = str(value)
    if name in ("region", "role", "organisation"):
        return _alike(stored, text, {"region": region_key, "role": role_key, "organisation": folded}[name])
    if name == "level":
        text = _LEVELS.get(folded(text), text)
    elif name == "kind":
        text = _KINDS.get(folded(text), text)
    elif name in ("departement", "insee"):
        text = {"1": "01", "2a": "2A", "1004": "01004"}.get(text, text)
    elif name == "siren":
        text = text.replace(" ", "")
    return stored == text.lower() if name == "language" else stored == text


def _alike(stored: str, wanted: str, key) -> bool:
    return key(stored) == key(wanted) if key(wanted) else stored == wanted


def _ordered(one, sign: str, other) -> bool:
    return {"==": one == other, "<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[sign]
