"""Take the README's picture from the shipped April issue: `make pictures` (needs Debian's chromium)."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "newsletter.png"
WIDTH, HEIGHT = 1160, 1400
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #d9d5ca; display: flex; gap: 40px; justify-content: center; padding-top: 40px }}
iframe {{ border: 0; height: 1800px; background: #fff; box-shadow: 0 2px 24px #0003 }}
</style><iframe src="{light}" style="width:640px"></iframe><iframe src="{dark}" style="width:375px"></iframe>"""
CHROMIUM = [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--allow-file-access-from-files",
]


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from rtesmail.content.issues import load_issue
    from rtesmail.content.workspace import load_workspace
    from rtesmail.rendering.edition import render_edition
    from rtesmail.rendering.slots import fill_html, preview_values

    workspace = load_workspace(ROOT)
    edition = render_edition(workspace, load_issue(workspace, "2025-04-mensuelle").issue)
    html = fill_html(edition.html, preview_values(workspace))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for look, query in (("light", "not all"), ("dark", "all")):
            shown = html.replace("(prefers-color-scheme: dark)", query).replace("(prefers-color-scheme:dark)", query)
            (folder / f"{look}.html").write_text(shown, encoding="utf-8")
        page = folder / "page.html"
        page.write_text(PAGE.format(light="light.html", dark="dark.html"), encoding="utf-8")
        subprocess.run(
            [
                *CHROMIUM,
                f"--user-data-dir={folder}/profile",
                f"--window-size={WIDTH},{HEIGHT}",
                f"--screenshot={PICTURE}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )


if __name__ == "__main__":
    main()
