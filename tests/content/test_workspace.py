"""A wrong configuration is told line by line, and secrets stay out of it."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtesmail.content.workspace import find_workspace, load_workspace
from rtesmail.model.errors import ContentError, WorkspaceError

CONFIGURATION = (Path(__file__).parent / "conftest.py").read_text(encoding="utf-8").split('"""')[3]


def told(root: Path, old: str, new: str) -> list[tuple[str, int | None]]:
    path = root / "rtesmail.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_workspace(root)
    return [(f.check, f.line) for f in caught.value.findings]


def line_of(root: Path, start: str) -> int:
    lines = (root / "rtesmail.toml").read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, start=1) if line.startswith(start))


def test_a_good_configuration_is_read(root: Path) -> None:
    configuration = load_workspace(root).configuration
    assert configuration.identity.name == "Maison"
    assert [s.id for s in configuration.publications["monthly"].sections] == ["lead", "agenda", "more"]
    assert configuration.transports["box"].folder == root / "out" / "outbox"


def test_the_workspace_is_found_from_a_folder_inside_it(root: Path) -> None:
    assert find_workspace(root / "issues" / "snippets") == root


def test_no_workspace_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as caught:
        find_workspace(tmp_path)
    assert "rtesmail init" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "check", "line"),
    [
        ('name = "Maison"\n', 'nom = "Maison"\n', "unknown-field", "nom"),
        ('contact = "contact@maison.example"', 'contact = "contact"', "bad-address", "contact"),
        ('ink = "#1d2b2a"', 'ink = "#123"', "bad-colour", "ink"),
        ('sender = "letter"', 'sender = "leter"', "unknown-value", "sender ="),
        ('kinds = ["event"]', 'kinds = ["evnt"]', "unknown-value", 'kinds = ["evnt"]'),
        ('order = "start"', 'order = "begin"', "unknown-value", 'order = "begin"'),
        ("maximum = 3", 'maximum = "3"', "wrong-number", 'maximum = "3"'),
        ('id = "more"', 'id = "agenda"', "duplicate", "[[publications.monthly.sections]]"),
        ('folder = "out/outbox"', 'folder = "out/outbox"\npassword = "s3cret"', "secret-in-clear", "password"),
        ('folder = "out/outbox"', "folder = 3", "wrong-type", "folder"),
        ('folder = "out/outbox"', 'folder = "out/outbox"\nverp = true', "missing-field", "verp"),
        (
            'address = "lettre@maison.example"',
            'address = "a@maison.example"\nmot_de_passe = "x"',
            "secret-in-clear",
            "mot",
        ),
        ('folder = "out/outbox"', 'folder = "o"\nAPI_KEY = "s3cret"', "secret-in-clear", "API_KEY"),
        ('folder = "out/outbox"', 'folder = "o"\npassword_env = "s3cret !"', "secret-in-clear", "password_env"),
        ('folder = "out/outbox"', 'folder = "o"\nhost = "me:s3cret@smtp.example"', "bad-host", "host"),
        ('id = "more"', 'id = "Et aussi"', "bad-name", 'id = "Et aussi"'),
        ('title = "La lettre"', 'title = "La\\nlettre"', "control-character", 'title = "La'),
        ('kinds = ["event"]', 'kinds = [\n"article",\n"evnt"]', "unknown-value", '"evnt"'),
        ('order = "title"', 'order = "title"\nregions = ["Bretange"]', "unknown-value", 'regions = ["Bretange'),
        ('order = "title"', 'order = "title"\nlevels = ["comune"]', "unknown-value", "levels"),
        ('transport = "box"', 'transport = "bux"', "unknown-value", "transport ="),
        ('contact = "contact@maison.example"\n', "", "missing-field", "[identity]"),
        ('template = "monthly"\n', 'template = "monthly"\nlanguage = "klingon"\n', "unknown-value", "language"),
    ],
)
def test_each_mistake_is_told_at_its_line(root: Path, old: str, new: str, check: str, line: str) -> None:
    found = told(root, old, new)
    assert check in [name for name, _line in found]
    if check != "duplicate":
        assert (check, line_of(root, line)) in found


@pytest.mark.parametrize(("written", "meant"), [('"3"', 3), ('" 12 "', 12), ('"1001"', 0), ('"trois"', 0), ("2.5", 0)])
def test_a_number_between_quotation_marks_is_offered_as_the_number(root: Path, written: str, meant: int) -> None:
    path = root / "rtesmail.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("maximum = 3", f"maximum = {written}"), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_workspace(root)
    assert [finding.hint for finding in caught.value.findings] == [f"maximum = {meant}"]


def test_several_mistakes_are_told_together(root: Path) -> None:
    found = told(root, 'ink = "#1d2b2a"', 'ink = "vert"\nencre = "#000000"')
    assert [check for check, _line in found] == ["bad-colour", "unknown-field"], "in the order of the lines"


def test_a_syntax_error_is_told_at_its_line(root: Path) -> None:
    found = told(root, 'name = "Maison"', 'name = "Maison')
    assert found == [("toml-syntax", line_of(root, 'name = "Maison'))]


def test_a_password_that_would_travel_in_clear_is_refused(root: Path) -> None:
    found = told(
        root,
        'kind = "outbox"',
        'kind = "smtp"\nhost = "smtp.maison.example"\nusername = "x"\npassword_env = "P"',
    )
    assert "password-in-clear" in [check for check, _line in found]


def test_an_unknown_time_zone_is_told(root: Path) -> None:
    found = told(root, "unsubscribe", 'time_zone = "Europe/Pari"\nunsubscribe')
    assert found == [("unknown-value", line_of(root, "time_zone"))]


def test_a_secret_is_never_repeated(root: Path) -> None:
    path = root / "rtesmail.toml"
    text = path.read_text(encoding="utf-8")
    secrets = 'host = "me:s3cret@smtp.example"\nusername = "me"\npassword_env = "s3cret !"\npassword = "s3cret"\n'
    path.write_text(text.replace('kind = "outbox"', f'kind = "smtp"\n{secrets}', 1), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_workspace(root)
    assert len(caught.value.findings) >= 3
    assert "s3cret" not in str([(f.message, f.hint) for f in caught.value.findings])


WRONG_KINDS = ("true", "12", "2025-04-03", "[]", '["x", ["y"]]', "{ a = true }", "{}")


def test_a_value_of_another_kind_is_told_in_words_not_as_programs_see_it(root: Path) -> None:
    path = root / "rtesmail.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    seen = 0
    for number, line in enumerate(lines):
        key, equals, _value = line.partition(" = ")
        for wrong in WRONG_KINDS if equals else ():
            path.write_text("\n".join([*lines[:number], f"{key} = {wrong}", *lines[number + 1 :]]), encoding="utf-8")
            try:
                load_workspace(root)
            except ContentError as error:
                said = " ".join(f"{finding.message} {finding.hint}" for finding in error.findings)
                assert not re.search(r"True|None|datetime|\['|\{'|\{\}|\"\[\]", said), (line, wrong, said)
                seen += 1
    assert seen > 100


def test_a_missing_table_is_told_with_the_table_to_add(root: Path) -> None:
    path = root / "rtesmail.toml"
    text = path.read_text(encoding="utf-8")
    start, end = text.index("[theme.dark]"), text.index("[senders.letter]")
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_workspace(root)
    assert caught.value.findings[0].hint == 'Add under [theme.dark]: ink = "…"'
    assert len(caught.value.findings) == 7


def test_an_empty_configuration_says_what_is_needed(tmp_path: Path) -> None:
    (tmp_path / "rtesmail.toml").write_text("", encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_workspace(tmp_path)
    assert {"contact is missing.", "No publication is described."} <= {f.message for f in caught.value.findings}


def test_a_place_given_relative_to_here_is_found(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "issues" / "snippets")
    assert find_workspace(Path()) == root
    monkeypatch.chdir(root)
    assert load_workspace(Path()).root.is_absolute()


def test_the_line_of_each_key_is_known(root: Path) -> None:
    lines = load_workspace(root).configuration.line_of
    assert lines["identity.contact"] == line_of(root, "contact")
    assert lines["publications.monthly.sections.0.id"] == line_of(root, 'id = "lead"')


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_anything_typed_into_the_configuration_is_read_or_told(root: Path, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(CONFIGURATION)))
    end = data.draw(st.integers(start, min(start + 20, len(CONFIGURATION))))
    typed = data.draw(
        st.text(max_size=8) | st.sampled_from(['"', "[", "]", "= 3", "\n[x]\n", "= [1]", "= {}", "\r\n", "#"])
    )
    text = CONFIGURATION[:start] + typed + CONFIGURATION[end:]
    (root / "rtesmail.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    findings = None
    try:
        load_workspace(root)
    except ContentError as error:
        findings = error.findings
    assert findings is None or findings
    assert all(f.message and f.path for f in findings or ())
