"""How long a save takes to show in an open page of the preview, in a real Chromium, beside loading that page anew.

The preview is a process of its own, as the command runs it; the page shows the April issue in its three frames. The
clock runs from the moment before the file is written to the moment when all three frames hold the new words. Each kind
of file in turn; a ratio is that of a save to the load of the same page in the same round.
"""

import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from results import Row, show

from rtesmail.content.beginning import initialise_workspace
from rtesmail.web.chromium import Chromium

ROUNDS = 11
ISSUE = "2025-04-mensuelle"
SNIPPET = "issues/snippets/agenda/2025-04-24-travailler-avec-l-ess.md"
TITLE = "title: Acteurs publics, comment travailler avec l'ESS ?"
_SECTION = "<mj-section><mj-column><mj-text>{word}</mj-text></mj-column></mj-section>"
SAVES = {
    "a snippet": (SNIPPET, TITLE, "title: {word}"),
    "issue.toml": (f"issues/{ISSUE}/issue.toml", 'title = "Avril 2025"', 'title = "{word}"'),
    "a template": ("templates/monthly.mjml.j2", "</mj-body>", f"{_SECTION}</mj-body>"),
    "rtesmail.toml": ("rtesmail.toml", 'full_name = "', 'full_name = "{word} '),
}
SERVE = """
import sys
from pathlib import Path
from rtesmail.web.serving import serve_preview
serve_preview(Path(sys.argv[1]), port=0, on_ready=lambda address: print(address, flush=True))
"""
FRAMES = "[...document.querySelectorAll('iframe')].map((frame) => frame.contentDocument.documentElement)"


def until(browser: Chromium, condition: str) -> float:
    """Wait, within the page, until a condition holds; give the moment it did, in seconds."""
    script = f"""new Promise((done) => {{
      const end = Date.now() + 20000;
      const holds = () => {{ try {{ return {condition}; }} catch {{ return false; }} }};
      const look = () => holds() || Date.now() > end ? done(holds() ? Date.now() : 0) : setTimeout(look, 1);
      look();
    }})"""
    moment = browser.value(script)
    assert moment, f"never true: {condition}"
    return float(moment) / 1000


def load(browser: Chromium, address: str) -> float:
    """Load the page until all three frames hold the mail; give the seconds."""
    begun = time.time()
    browser.call("Page.navigate", url=address)
    browser.value("new Promise((done) => setTimeout(done, 0))")
    done = until(browser, f"document.readyState === 'complete' && {FRAMES}.every((f) => f.innerText.length > 500)")
    until(browser, "document.getElementById('live').dataset.state === 'watching'")
    return done - begun


def save(browser: Chromium, path: Path, old: str, new: str, word: str) -> float:
    """Write a file once and give the seconds until every frame holds the word; put the file back and wait again."""
    good = path.read_text(encoding="utf-8")
    assert old in good, f"{path} does not hold {old}"
    begun = time.time()
    path.write_text(good.replace(old, new.format(word=word)), encoding="utf-8")
    seconds = until(browser, f"{FRAMES}.every((f) => f.outerHTML.includes('{word}'))") - begun
    path.write_text(good, encoding="utf-8")
    until(browser, f"{FRAMES}.every((f) => !f.outerHTML.includes('{word}'))")
    return seconds


def measure() -> list[Row]:
    """Give the time of a save of each kind of file beside a load of the page."""
    with tempfile.TemporaryDirectory() as name:
        root = initialise_workspace(Path(name) / "workspace", with_templates=True).root
        server = subprocess.Popen([sys.executable, "-c", SERVE, str(root)], stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        address = f"{server.stdout.readline().strip()}issue/{ISSUE}"
        browser = Chromium(Path(name) / "profile")
        try:
            taken: dict[str, list[tuple[float, float]]] = {kind: [] for kind in SAVES}
            for turn in range(ROUNDS + 1):
                for kind, (path, old, new) in SAVES.items():
                    loaded = load(browser, address)
                    pair = (save(browser, root / path, old, new, f"Mot{turn}"), loaded)
                    if turn:
                        taken[kind].append(pair)
        finally:
            browser.close()
            server.send_signal(signal.SIGINT)
            server.wait(timeout=20)
            server.stdout.close()
    return [
        Row(
            f"preview: {kind} saved, shown in three frames",
            statistics.median(saved for saved, _loaded in pairs) * 1000,
            "ms",
            "loading the page",
            statistics.median(saved / loaded for saved, loaded in pairs),
            f"{min(s for s, _l in pairs) * 1000:.0f} to {max(s for s, _l in pairs) * 1000:.0f} ms",
        )
        for kind, pairs in taken.items()
    ]


if __name__ == "__main__":
    show(measure())
