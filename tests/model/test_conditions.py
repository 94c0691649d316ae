"""Blocks that only some readers get: who meets a condition, and that no reader can fall outside the variants."""

from hypothesis import given
from hypothesis import strategies as st

from rtesmail.model.conditions import Condition, both, possible_variants, variant_of

WORDS = st.sampled_from(["région", "Région", "commune", "Île-de-France", "ile de france", "Occitanie", "–", "", "a"])
VALUES = st.lists(WORDS, max_size=3).map(tuple)
CONDITIONS = st.builds(Condition, VALUES, VALUES, VALUES)
PERSON = st.tuples(WORDS | st.text(max_size=4), WORDS | st.text(max_size=4), WORDS | st.text(max_size=4))


def test_values_of_a_field_are_alternatives_and_fields_are_demands() -> None:
    condition = Condition(levels=("région",), regions=("Occitanie", "Bretagne"))
    assert condition.holds_for("région", "Occitanie", "")
    assert condition.holds_for("région", "Bretagne", "élue")
    assert not condition.holds_for("région", "Corse", "")
    assert not condition.holds_for("commune", "Occitanie", "")


def test_a_person_is_recognised_whatever_the_accents_capitals_and_signs() -> None:
    condition = Condition(regions=("Provence-Alpes-Côte d'Azur",), roles=("Élu·e",))
    assert condition.holds_for("", "provence alpes cote d’azur", "ELUE")


def test_who_says_nothing_of_a_field_meets_no_demand_on_it() -> None:
    assert not Condition(levels=("région",)).holds_for("", "Occitanie", "")
    assert not Condition(roles=("–",)).holds_for("", "", "")
    assert not Condition(roles=("–",)).holds_for("", "", "–")


@given(CONDITIONS, CONDITIONS, PERSON)
def test_both_conditions_together_hold_where_each_holds(
    one: Condition, other: Condition, person: tuple[str, ...]
) -> None:
    level, region, role = person
    joined = both(one, other)
    holds = joined is not None and joined.holds_for(level, region, role)
    assert holds == (one.holds_for(level, region, role) and other.holds_for(level, region, role))


@given(st.lists(CONDITIONS, max_size=5).map(tuple), PERSON)
def test_nobody_falls_outside_the_variants_foreseen(conditions: tuple[Condition, ...], person: tuple[str, ...]) -> None:
    foreseen = list(possible_variants(conditions))
    assert variant_of(conditions, *person) in foreseen
    assert len(foreseen) == len(set(foreseen))


def test_what_no_person_can_have_is_no_variant() -> None:
    regions = ("Bretagne", "Corse", "Normandie")
    conditions = tuple(Condition(regions=(region,)) for region in regions)
    assert list(possible_variants(conditions)) == ["000", "100", "010", "001"]


def test_eighteen_regional_agendas_and_a_block_for_regions_make_few_variants() -> None:
    regional = tuple(Condition(regions=(f"Région {n}",)) for n in range(18))
    assert len(list(possible_variants((*regional, Condition(levels=("région",)))))) == 38


def test_a_condition_is_told_in_words_of_no_language() -> None:
    assert Condition(("région",), ("Bretagne", "Corse")).words == "région · Bretagne / Corse"
