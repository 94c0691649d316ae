"""What was made before is given again, only where it would be made the same; nothing depends on what is kept."""

import json
import os
import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtesmail.content.bundled import bundled_root
from rtesmail.content.workspace import load_workspace
from rtesmail.rendering.environment import open_templates
from rtesmail.rendering.keeping import KEPT, MOST_KEPT, _files_of, digest_of, kept, state_of
from rtesmail.rendering.translations import state_of_texts

ISSUE = "2025-04-mensuelle"

PARTS = st.lists(st.one_of(st.text(), st.binary()), max_size=4)


def as_bytes(parts: list[str | bytes]) -> list[bytes]:
    return [part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part for part in parts]


@given(PARTS, PARTS)
def test_what_is_made_of_other_parts_has_another_name(one: list[str | bytes], other: list[str | bytes]) -> None:
    assert (digest_of(*one) == digest_of(*other)) == (as_bytes(one) == as_bytes(other))


def test_the_folder_never_grows_beyond_its_bound(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    for number in range(MOST_KEPT + 20):
        old = folder / f"{number:03}"
        old.write_bytes(b"")
        os.utime(old, (number, number))
    kept(folder, "new", lambda: b"made")
    left = {path.name for path in folder.iterdir()}
    assert len(left) == MOST_KEPT
    assert "020" not in left
    assert "022" in left
    assert "new" in left


def test_a_mistake_is_told_each_time_and_never_kept(tmp_path: Path) -> None:
    for _time in range(2):
        with pytest.raises(ZeroDivisionError):
            kept(tmp_path / "kept", "name", lambda: b"%d" % (1 // 0))
    assert not (tmp_path / "kept").exists()


def test_another_version_of_a_library_makes_letters_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "somelibrary"
    library.mkdir()
    (library / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    states = {state_of("somelibrary")}
    for text in ("a = 1", "a = 12"):
        (library / "part.py").write_text(text)
        os.utime(library / "part.py", (1, 1))
        _files_of.cache_clear()
        states.add(state_of("somelibrary"))
    assert len(states) == 3
    assert state_of("no_such_library") == "no_such_library:(0, 0)"


def test_another_catalogue_makes_calendar_entries_anew(tmp_path: Path) -> None:
    states = {state_of_texts(tmp_path)}
    for text in ("Online", "En ligne"):
        (tmp_path / "rtesmail.mo").write_text(text)
        os.utime(tmp_path / "rtesmail.mo", (1, 1))
        states.add(state_of_texts(tmp_path))
    assert len(states) == 3


def digest(rtesmail, root: Path, **environment: str) -> str:
    done = rtesmail("build", ISSUE, "--json", cwd=root, **environment)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["digest"])


def built(root: Path) -> dict[str, bytes]:
    folder = root / "out" / ISSUE
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_letter_built_again_is_the_same_whatever_became_of_what_was_kept(rtesmail, demo_workspace: Path) -> None:
    first = digest(rtesmail, demo_workspace)
    files, folder = built(demo_workspace), demo_workspace / "out" / KEPT
    assert list(folder.iterdir())
    assert digest(rtesmail, demo_workspace) == first
    assert built(demo_workspace) == files
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"</", b"<b></", 1))
    assert digest(rtesmail, demo_workspace) == first
    assert built(demo_workspace) == files
    shutil.rmtree(folder)
    folder.write_text("in the way")
    assert digest(rtesmail, demo_workspace) == first
    assert built(demo_workspace) == files


def test_a_change_shows_in_the_next_build(rtesmail, demo_workspace: Path) -> None:
    before = digest(rtesmail, demo_workspace)
    look = demo_workspace / "templates" / "parts" / "look.css.j2"
    look.parent.mkdir()
    shipped = Path(__file__).parents[2] / "templates" / "parts" / "look.css.j2"
    look.write_text(shipped.read_text(encoding="utf-8") + "\np { letter-spacing: 1px; }\n", encoding="utf-8")
    changed = digest(rtesmail, demo_workspace)
    assert changed != before
    assert b"letter-spacing:1px" in built(demo_workspace)["edition.html"].replace(b": ", b":")
    look.unlink()
    assert digest(rtesmail, demo_workspace) == before


def test_templates_are_compiled_once_and_again_when_what_is_kept_is_damaged(
    rtesmail, demo_workspace: Path, tmp_path: Path
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    first = digest(rtesmail, demo_workspace, TMPDIR=str(place))
    (folder,) = place.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU
    compiled = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}
    assert compiled
    assert digest(rtesmail, demo_workspace, TMPDIR=str(place)) == first
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()} == compiled
    for number, path in enumerate(compiled):
        whole = path.read_bytes()
        path.write_bytes((whole[: number * 7], whole[:-5], b"\0" * 90, whole[:20] + b"\xff" * 40)[number % 4])
    assert digest(rtesmail, demo_workspace, TMPDIR=str(place)) == first


def test_compiled_templates_never_fill_the_disk_nor_touch_what_others_keep(
    rtesmail, demo_workspace: Path, tmp_path: Path
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    digest(rtesmail, demo_workspace, TMPDIR=str(place))
    (folder,) = place.iterdir()
    for number in range(MOST_KEPT):
        path = folder / f"rtesmail_{number}.cache"
        path.write_bytes(b"old")
        os.utime(path, (1, 1))
    others = folder / "__jinja2_others.cache"
    others.write_bytes(b"not ours")
    os.utime(others, (1, 1))
    shutil.copy(bundled_root() / "templates" / "monthly.mjml.j2", demo_workspace / "templates")
    digest(rtesmail, demo_workspace, TMPDIR=str(place))
    assert len(list(folder.glob("rtesmail_*.cache"))) == MOST_KEPT
    assert others.read_bytes() == b"not ours"


def test_where_compiled_templates_cannot_be_kept_a_letter_is_built_all_the_same(
    rtesmail, demo_workspace: Path, tmp_path: Path
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    (place / f"_jinja2-cache-{os.getuid()}").write_text("somebody else's")
    assert digest(rtesmail, demo_workspace, TMPDIR=str(place)) == digest(rtesmail, demo_workspace)


def test_a_template_compiled_for_one_language_does_not_speak_in_another(demo_workspace: Path) -> None:
    (demo_workspace / "templates" / "words.txt.j2").write_text("{{ ['un', 'deux', 'trois'] | listing }}")
    workspace = load_workspace(demo_workspace)
    for _time in range(2):
        said = [open_templates(workspace, language).render("words.txt.j2", {}) for language in ("fr", "en")]
        assert said == ["un, deux et trois", "un, deux and trois"]
