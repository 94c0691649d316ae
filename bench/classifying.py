"""How well returned messages are told apart: precision and recall of each kind, on two collections.

`flufl.bounce` are the real messages of that package's tests (`make bounces` fetches them), `ours` the samples in
`tests/data/feedback/`. What each message is stands in the tables beside those.
"""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rtesmail.feedback.classifying import classify

ROOT = Path(__file__).parents[1]
TABLES = ROOT / "tests" / "data" / "feedback"
COLLECTIONS = {
    "flufl.bounce": (TABLES / "flufl_bounce.txt", ROOT / "build/bounces/flufl_bounce-6.0.0/tests/data"),
    "ours": (TABLES / "expected.txt", TABLES),
}


def expected(table: Path) -> dict[str, str]:
    """Give the kind of each file of a table."""
    lines = table.read_text(encoding="utf-8").splitlines()
    return {line.split()[0]: line.split()[1] for line in lines if line and not line.startswith("#")}


def rows() -> Iterator[str]:
    """Give the table's rows: collection, kind, how many there are, precision, recall."""
    for name, (table, folder) in COLLECTIONS.items():
        told = [(kind, classify((folder / file).read_bytes()).kind.value) for file, kind in expected(table).items()]
        there, said = Counter(kind for kind, _said in told), Counter(said for _kind, said in told)
        right = Counter(kind for kind, said in told if kind == said)
        for kind in sorted(there | said):
            precision = f"{right[kind] / said[kind]:.2f}" if said[kind] else "–"
            recall = f"{right[kind] / there[kind]:.2f}" if there[kind] else "–"
            yield f"| {name} | {kind} | {there[kind]} | {precision} | {recall} |"


def speed() -> float:
    """Give messages a second, over both collections, in one process."""
    contents = [(folder / file).read_bytes() for table, folder in COLLECTIONS.values() for file in expected(table)]
    start = time.perf_counter()
    for content in contents:
        classify(content)
    return len(contents) / (time.perf_counter() - start)


if __name__ == "__main__":
    print("| collection | kind | messages | precision | recall |\n|---|---|---|---|---|")
    print("\n".join(rows()))
    print(f"\n{speed():.0f} messages a second on this machine.")
