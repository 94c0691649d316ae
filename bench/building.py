"""How long the April issue takes to be built and to be rendered again, beside npm mjml's own command on the same MJML.

`rtesmail build` and `mjml` are whole processes: reading files, checking the MJML, HTML with the style sheet inlined,
plain text, web version and calendar entries for the one; MJML to HTML for the other. A build again finds its HTML kept,
one after a save makes it anew, one with nothing kept compiles its templates too. The demo's pool holds some dozens of
snippets; after five years there may be thirty times as many. What the preview does after a save is work within a
process that runs already: it reads the issue's files and renders them, then checks. All in turn, in rounds; a ratio is
the median of those of the rounds.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from results import ROOT, Row, show

from rtesmail.checks.registry import run_checks
from rtesmail.content.beginning import initialise_workspace
from rtesmail.content.issues import load_issue
from rtesmail.content.workspace import load_workspace
from rtesmail.model.publication import Workspace
from rtesmail.rendering import html
from rtesmail.rendering.edition import render_edition
from rtesmail.rendering.mjml_check import remove_stamps

ROUNDS = 11
YEARS = 5
ISSUE = "2025-04-mensuelle"
MJML = ROOT / "bench" / "peers" / "node_modules" / ".bin" / "mjml"


def mjml_of(workspace: Workspace) -> str:
    """Give the issue's MJML as the converter gets it."""
    held: list[str] = []
    convert = html.convert

    def listen(stamped: str, language: str, locate: Callable[[str], Path]) -> str:
        held.append(stamped)
        return convert(stamped, language, locate)

    html.convert = listen
    try:
        render_edition(workspace, load_issue(workspace, ISSUE).issue, keep=False)
    finally:
        html.convert = convert
    return remove_stamps(held[0])


def process(*command: str | Path, temporary: Path | None = None) -> float:
    """Run a command to its end, with its own folder for temporary files when one is given; give its seconds."""
    environment = {**os.environ, "TMPDIR": str(temporary)} if temporary else None
    begun = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True, capture_output=True, env=environment)
    return time.perf_counter() - begun


def work(do: Callable[[], object]) -> float:
    """Give the seconds that a call takes."""
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def fill_pool(root: Path) -> None:
    """Give a workspace the snippets of five years: the demo's, under other names, thirty times."""
    pool = root / "issues" / "snippets"
    old = pool / "old"
    old.mkdir()
    for path in [path for path in pool.rglob("*.md") if path.name != "README.md"]:
        text = re.sub(r"(?m)^id: .*\n", "", path.read_text(encoding="utf-8"))
        for number in range(YEARS * 6):
            (old / f"{path.stem}-{number}.md").write_text(text, encoding="utf-8")


def measure() -> list[Row]:
    """Give a build, and a rendering after a save without and with its checks, beside npm mjml's command."""
    with tempfile.TemporaryDirectory() as name:
        root = initialise_workspace(Path(name) / "workspace", with_templates=True).root
        workspace = load_workspace(root)
        source = Path(name) / "april.mjml"
        source.write_text(mjml_of(workspace), encoding="utf-8")

        snippet = root / load_issue(workspace, ISSUE).issue.snippets[0].path

        def save(number: int) -> None:
            text = snippet.read_text(encoding="utf-8")
            snippet.write_text(re.sub(r"(?m)^title: .*$", f"title: Numéro {number}", text), encoding="utf-8")

        def render() -> None:
            render_edition(workspace, load_issue(workspace, ISSUE).issue, keep=False)

        def check() -> None:
            loaded = load_issue(workspace, ISSUE)
            edition = render_edition(workspace, loaded.issue, keep=False)
            run_checks(workspace, loaded.issue, edition, loaded.findings)

        rtesmail = Path(sys.executable).with_name("rtesmail")
        build = (rtesmail, "-C", root, "build", ISSUE)
        old_house = initialise_workspace(Path(name) / "old", with_templates=True).root
        fill_pool(old_house)

        def measured(number: int) -> tuple[float, ...]:
            npm = process(MJML, source, "-o", Path(name) / "april.html")
            save(2 * number)
            after_save = process(*build)
            again = process(*build)
            old = process(rtesmail, "-C", old_house, "build", ISSUE)
            shutil.rmtree(root / "out")
            with tempfile.TemporaryDirectory() as temporary:
                first = process(*build, temporary=Path(temporary))
            save(2 * number + 1)
            return npm, again, old, after_save, first, work(render), work(check)

        rounds = [measured(number) for number in range(ROUNDS + 1)][1:]
    names = (
        "npm mjml, whole process",
        "rtesmail build again",
        "rtesmail build again, five years of snippets",
        "rtesmail build after a save",
        "rtesmail build with nothing kept",
        "a save rendered",
        "a save rendered and checked",
    )
    return [
        Row(
            f"building: {what}",
            statistics.median(times) * 1000,
            "ms",
            "npm mjml",
            statistics.median(own / peer for own, peer in zip(times, peers, strict=True)),
            f"{min(times) * 1000:.0f} to {max(times) * 1000:.0f} ms",
        )
        for peers in [[one[0] for one in rounds]]
        for what, times in zip(names, zip(*rounds, strict=True), strict=True)
    ]


if __name__ == "__main__":
    show(measure())
