"""Renew rtesmail/checks/data/caniemail.json from the npm package: `npm pack caniemail`, unpack, then

    .venv/bin/python .ci/caniemail.py package

Of each feature that can be seen on an element are kept its name and the mail programs that do not know it, as they were
last tested.
"""

import json
import shutil
import sys
from pathlib import Path

DATA = Path(__file__).parents[1] / "rtesmail" / "checks" / "data"
# What stands in style sheets alone: an edition carries its styles on its elements, and a sheet only adds to them.
_SHEET_ONLY = ("css-at-", "css-selector-", "css-pseudo-", "css-nesting", "css-comments")


def trimmed(whole: dict[str, object]) -> dict[str, object]:
    """Give what the check needs; clients are numbered, so that the file stays small."""
    features: list[dict[str, object]] = [f for f in whole["data"] if f["category"] in ("css", "html", "image")]  # type: ignore[attr-defined,index]
    names = whole["nicenames"]
    clients = sorted({(name, platform) for f in features for name, all_ in f["stats"].items() for platform in all_})  # type: ignore[attr-defined]
    number = {client: n for n, client in enumerate(clients)}
    kept = {}
    for feature in features:
        if feature["slug"].startswith(_SHEET_ONLY):  # type: ignore[attr-defined]
            continue
        without = [
            number[name, platform]
            for name, all_ in feature["stats"].items()  # type: ignore[attr-defined]
            for platform, versions in all_.items()
            if versions and list(versions.values())[-1].startswith("n")
        ]
        if without:
            kept[feature["slug"]] = {"title": feature["title"], "without": sorted(without)}
    return {
        "source": "https://www.caniemail.com/, by the npm package caniemail",
        "updated": whole["last_update_date"],
        "families": names["family"],  # type: ignore[index]
        "platforms": names["platform"],  # type: ignore[index]
        "clients": clients,
        "features": kept,
    }


def main() -> None:
    package = Path(sys.argv[1])
    whole = json.loads((package / "dist" / "data" / "caniemail.json").read_text(encoding="utf-8"))
    DATA.mkdir(exist_ok=True)
    text = json.dumps(trimmed(whole), ensure_ascii=False, separators=(",", ":"))
    # A line for each feature: what a renewal changes can be read in the diff.
    text = text.replace('"features":{', '"features":{\n').replace("]},", "]},\n")
    (DATA / "caniemail.json").write_text(text + "\n", encoding="utf-8")
    shutil.copy(package / "LICENSE", DATA / "LICENSE-caniemail.txt")


main()
