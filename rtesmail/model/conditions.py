"""Blocks that only some readers get: whom a block is for, and which variants of an edition that makes."""

from collections.abc import Iterator
from itertools import product

from msgspec import Struct

from rtesmail.model.people import folded


class Condition(Struct, frozen=True):
    """Whom a block is for: the values of one field are alternatives, the fields together are demands.

    An empty field demands nothing. Values are compared as `folded` has them; who says nothing of a field meets no
    demand on it.
    """

    levels: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    def holds_for(self, level: str, region: str, role: str) -> bool:
        """Tell whether a person of this level, region and role gets the block."""
        return _meets(self.levels, level) and _meets(self.regions, region) and _meets(self.roles, role)

    @property
    def words(self) -> str:
        """The condition for a person to read, in any language: `région · Bretagne / Occitanie`."""
        return " · ".join(" / ".join(values) for values in (self.levels, self.regions, self.roles) if values)


def both(one: Condition, other: Condition) -> Condition | None:
    """Give the condition that holds where both hold; None when nobody can meet both."""
    fields = ((one.levels, other.levels), (one.regions, other.regions), (one.roles, other.roles))
    joined = [_common(first, second) for first, second in fields]
    is_met = all(values or not (first and second) for values, (first, second) in zip(joined, fields, strict=True))
    return Condition(*joined) if is_met else None


def variant_of(conditions: tuple[Condition, ...], level: str, region: str, role: str) -> str:
    """Give a person's variant: one digit per condition in their order, 1 where it holds; empty without conditions."""
    return "".join("1" if condition.holds_for(level, region, role) else "0" for condition in conditions)


def words_of(conditions: tuple[Condition, ...], variant: str) -> str:
    """Name a variant by the conditions that hold in it: `région + Bretagne / Corse`; empty when none does."""
    return " + ".join(c.words for c, digit in zip(conditions, variant, strict=True) if digit == "1")


def possible_variants(conditions: tuple[Condition, ...]) -> Iterator[str]:
    """Give every variant that some person can have, each once; that of whom no condition names comes first.

    Who is named by the same conditions in each field has the same variant: one person stands for all of them.
    """
    fields = [[getattr(c, name) for c in conditions] for name in ("levels", "regions", "roles")]
    seen: set[str] = set()
    for level, region, role in product(*map(_told_apart, fields)):
        variant = variant_of(conditions, level, region, role)
        if variant not in seen:
            seen.add(variant)
            yield variant


def _told_apart(named: list[tuple[str, ...]]) -> list[str]:
    """Give one value of a field for each way of being named by the conditions; `named` has what each one names."""
    values = [value for values in named for value in values]
    found: dict[tuple[bool, ...], str] = {(False,) * len(named): ""}
    for value in values:
        found.setdefault(tuple(bool(values) and _meets(values, value) for values in named), value)
    return list(found.values())


def _meets(wanted: tuple[str, ...], value: str) -> bool:
    if not wanted:
        return True
    bare = folded(value)
    return bool(bare) and any(bare == folded(one) for one in wanted)


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    if not one or not other:
        return one or other
    return tuple(value for value in one if _meets(other, value))
