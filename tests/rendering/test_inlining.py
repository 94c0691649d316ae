"""Styles that were read before give the same letter as styles read anew, and nothing is read twice."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import decode, encode

from rtesmail.content.beginning import initialise_workspace
from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.rendering.inlining import MOST_REMEMBERED, STYLES, Declarations, Memory, inline_css, open_cssutils
from rtesmail.rendering.keeping import keep

ISSUE = "2025-04-mensuelle"

VALUES = st.one_of(
    st.sampled_from(["#fff", "#FFFFFF", "red", "red /* why */", "0", "1.50em", "0 0 12px", "x y", "unset", "inherit"]),
    st.sampled_from(["'Times New Roman', serif", "italic 14px/20px serif", "url(a.png)", "rgb(0,0,0)", "!", "\\e9 "]),
)
NAMES = st.sampled_from(["color", "COLOR", "margin", "margin-top", "font", "font-family", "mso-line-height-rule", "x"])
DECLARATIONS = st.lists(st.tuples(NAMES, VALUES, st.sampled_from(["", " !important", "!IMPORTANT"])), max_size=4).map(
    lambda found: "; ".join(f"{name}: {value}{end}" for name, value, end in found)
)
SELECTORS = st.sampled_from(
    ["p", ".a", "p.a, td", ".a p", "*", "p:hover", "p:first-child", "td > p", "#one", "a[href]"]
)
RULES = st.tuples(SELECTORS, DECLARATIONS).map(lambda rule: f"{rule[0]} {{ {rule[1]} }}")
SHEETS = st.lists(
    RULES | RULES.map(lambda rule: f"@media print {{ {rule} }}") | st.sampled_from(["/* é */", "} {", "@x y;"]),
    max_size=5,
).map("\n".join)


def a_page(*styles: str) -> str:
    first, second = (style.replace('"', "'") for style in styles)
    cell = f'<td class="a" style="{first}"><p id="one" style="{second}">x</p><p class="a">y</p></td>'
    return f"<html><head><title>t</title></head><body><table><tr>{cell}</tr></table></body></html>"


def inlined(styles: ModuleType, html: str, css: str, folder: Path | None = None) -> str:
    """Inline with premailer reading styles by that module; what premailer itself remembers is forgotten before."""
    inline_css("<p>x</p>", "")
    import premailer.cache
    import premailer.merge_style

    premailer.cache.cache.clear()
    readers = (premailer.premailer, premailer.merge_style)
    for reader in readers:
        reader.cssutils = styles
    try:
        return inline_css(html, css, folder)
    finally:
        for reader in readers:
            reader.cssutils = STYLES


@given(css=SHEETS, styles=st.tuples(DECLARATIONS, DECLARATIONS))
def test_a_letter_is_as_cssutils_alone_would_make_it(css: str, styles: tuple[str, str]) -> None:
    page = a_page(*styles)
    alone = inlined(open_cssutils(), page, css)
    STYLES.memory = Memory()
    first = inlined(STYLES, page, css)
    STYLES.memory = decode(encode(STYLES.memory), type=Memory)
    known = len(STYLES.memory)
    assert alone == first == inlined(STYLES, page, css)
    assert len(STYLES.memory) == known


@pytest.mark.parametrize("damage", [b"", b"{}", b"not what was written", None])
def test_what_is_kept_may_be_damaged_or_gone(tmp_path: Path, damage: bytes | None) -> None:
    STYLES.memory = Memory()
    whole = inlined(STYLES, a_page("color: #fff", ""), "p { margin: 0 }", tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(damage) if damage is not None else kept.unlink()
    STYLES.memory = Memory()
    assert inlined(STYLES, a_page("color: #fff", ""), "p { margin: 0 }", tmp_path) == whole
    assert kept.stat().st_size > 100


def test_a_mark_that_is_not_ours_is_not_taken_for_what_was_kept(tmp_path: Path) -> None:
    STYLES.memory = Memory()
    whole = inlined(STYLES, a_page("", ""), "p { margin: 0 }", tmp_path)
    (kept,) = tmp_path.iterdir()
    keep(tmp_path, kept.name, b'{"sheets": {"p { margin: 0 }": [1]}}')
    STYLES.memory = Memory()
    assert inlined(STYLES, a_page("", ""), "p { margin: 0 }", tmp_path) == whole


def test_what_is_remembered_never_grows_beyond_its_bound(tmp_path: Path) -> None:
    STYLES.memory = Memory(styles={f"margin: {n}px": Declarations(()) for n in range(MOST_REMEMBERED)})
    inlined(STYLES, a_page("color: #fff", "color: #000"), "p { margin: 0 }", tmp_path)
    assert len(STYLES.memory) < MOST_REMEMBERED
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_size < 10_000


def test_a_build_after_a_save_reads_no_style_again(tmp_path: Path) -> None:
    root = initialise_workspace(tmp_path / "workspace", with_templates=True).root
    snippet = root / load_issue(load_workspace(root), ISSUE).issue.snippets[0].path
    script = (
        f"import sys; sys.argv = ['rtesmail', '-C', {str(root)!r}, 'build', {ISSUE!r}]\n"
        "from rtesmail.cli.main import main\n"
        "try: main()\nexcept SystemExit as end: assert not end.code, end.code\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    loaded = []
    for number in range(2):
        text = snippet.read_text(encoding="utf-8")
        snippet.write_text(re.sub(r"(?m)^title: .*$", f"title: Numéro {number}", text), encoding="utf-8")
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        loaded.append({"premailer", "cssutils", "requests"} & set(done.stderr.split()))
    assert loaded == [{"premailer", "cssutils"}, {"premailer"}]
