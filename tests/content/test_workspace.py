"""A wrong configuration is told line by line, and secrets stay out of it."""

from pathlib import Path

import pytest

from rtesmail.content.workspace import find_workspace, load_workspace
from rtesmail.model.errors import ContentError, WorkspaceError


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
    ],
)
def test_each_mistake_is_told_at_its_line(root: Path, old: str, new: str, check: str, line: str) -> None:
    found = told(root, old, new)
    assert check in [name for name, _line in found]
    if check != "duplicate":
        assert (check, line_of(root, line)) in found


def test_several_mistakes_are_told_together(root: Path) -> None:
    found = told(root, 'ink = "#1d2b2a"', 'ink = "vert"\nencre = "#000000"')
    assert {check for check, _line in found} == {"bad-colour", "unknown-field"}


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
