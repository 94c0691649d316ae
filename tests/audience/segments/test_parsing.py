"""An expression is read, or the error points at the character and says what to write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.audience.segments.parsing import parse
from rtesmail.audience.segments.syntax import (
    DEEPEST,
    LONGEST_EXPRESSION,
    AllOf,
    Among,
    Comparison,
    ExpressionError,
    Not,
    OneOf,
    OnList,
    write,
)

from .expressions import nodes


def test_the_documented_expression_is_read() -> None:
    read = parse('level in ("région", "département") and region == "32" and "élu" in roles')
    assert read == AllOf(
        (OneOf("level", ("région", "département")), Comparison("region", "==", "32"), Among("élu", "roles"))
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("level == 'région'", 'level == "région"'),
        ("level == “région”", 'level == "région"'),
        ("level == « région »", 'level == "région"'),
        ('NOT on("a") OR on("b")', '(not on("a")) or on("b")'),
        ('level not in ("commune")', 'not level in ("commune",)'),
        ('"élu" not in roles', 'not "élu" in roles'),
        ('attributes."taille" == "x"', 'attributes.taille == "x"'),
        ("mandate_end < '2026-03-22'", "mandate_end < 2026-03-22"),
        ('on("a")\n  and on("b")', 'on("a") and (on("b"))'),
        ('on("a") or on("b") and on("c")', 'on("a") or (on("b") and on("c"))'),
        (r'role == "a \"b\" \\ c"', r"""role == 'a "b" \\ c'"""),
    ],
)
def test_two_ways_of_writing_the_same_are_the_same(one: str, other: str) -> None:
    assert parse(one) == parse(other)


@pytest.mark.parametrize(
    ("expression", "position", "hint"),
    [
        ("", 0, "For instance"),
        ("levl == 'x'", 0, "level"),
        ("level = 'région'", 6, "=="),
        ("level == région", 9, '"région"'),
        ("level == 'regoin'", 9, "région"),
        ("kind == 'EPY'", 8, "EPT"),
        ("level == 'région", 9, "Write a text"),
        ("level == 'région' et on('a')", 18, "and"),
        ("level == 'région' && on('a')", 18, "and"),
        ("level in 'région'", 9, "level in"),
        ("level in ('région'", 18, ""),
        ("(level == 'région'", 18, ""),
        ("level == 'région')", 17, ""),
        ("level", 5, "=="),
        ("level < 'région'", 6, "attributes"),
        ("roles == 'élu'", 6, "in roles"),
        ("'élu' in level", 9, "level =="),
        ("'élu'", 5, "level =="),
        ("region == 32", 10, '"32"'),
        ("departement == '99'", 15, ""),
        ("siren == '200054782'", 9, "nine digits"),
        ("mandate_end < demain", 14, "2026-03-22"),
        ("mandate_end < 2026-02-30", 14, "2026-03-22"),
        ("mandate_end < ''", 12, "attributes"),
        ("attributes == 'x'", 11, "attributes.taille"),
        ("attributes.taille < 'x'", 18, "3500"),
        ("on(abonnes)", 3, "on("),
        ("not", 3, "For instance"),
        ("level == 'région' ; DROP TABLE subscribers", 18, ""),
    ],
)
def test_an_error_points_at_the_character_and_says_what_to_write(expression: str, position: int, hint: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(expression)
    assert error.value.position == position
    assert hint in error.value.hint
    shown, caret = str(error.value).splitlines()[-2:]
    assert caret == " " * (4 + position) + "^"
    assert shown == f"    {expression}"


def test_the_caret_stays_under_its_character_in_a_long_or_broken_expression() -> None:
    expression = "on('a')\nor " + " or ".join("on('b')" for _ in range(60)) + " or levl == 'x'"
    with pytest.raises(ExpressionError) as error:
        parse(expression)
    shown, caret = str(error.value).splitlines()[-2:]
    assert shown[caret.index("^") :].startswith("levl")
    assert len(shown) < 120


def test_what_is_too_long_or_too_deep_is_refused_not_crashed_upon() -> None:
    with pytest.raises(ExpressionError, match="characters at most"):
        parse("on('a')" + " " * LONGEST_EXPRESSION)
    for opening in ("(", "not ", "not ("):
        with pytest.raises(ExpressionError, match="inside one another"):
            parse(opening * 1000 + "on('a')")
    parse("not " * DEEPEST + "on('a')")


@given(st.text() | st.text(alphabet="levl()=<>!\"'“” .,0123-andornotin\\\n", max_size=60))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        node, refused = parse(text), None
    except ExpressionError as error:
        node, refused = None, error
    if refused is not None:
        assert 0 <= refused.position <= len(text)
        assert str(refused).splitlines()[-1].strip() == "^"
    else:
        assert parse(write(node)) == node


@given(nodes())
def test_what_is_written_down_is_read_as_the_same(node: object) -> None:
    assert parse(write(node)) == node


def test_not_is_stronger_than_and() -> None:
    assert parse('not on("a") and on("b")') == AllOf((Not(OnList("a")), OnList("b")))
