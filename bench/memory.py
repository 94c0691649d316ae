"""Peak memory of a whole run, few people beside many: `memory.py [FEW MANY]`."""

import subprocess
import sys
import tempfile
from pathlib import Path

from house import build_house
from results import Row
from sending import CONNECTIONS, PEERS
from sinks import sink

FEW, MANY = 10_000, 100_000


def measure(few: int = FEW, many: int = MANY) -> list[Row]:
    """Give the peak of each run in MB; the ratio is to the smaller one."""
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        peaks = [_peak(Path(folder) / str(number), port, number) for number in (few, many)]
    peer = f"{few:,} people"
    return [
        Row(f"memory: {number:,} people", peak / 1024, "MB", peer, peak / peaks[0])
        for number, peak in zip((few, many), peaks, strict=True)
    ]


def _peak(root: Path, port: int, people: int) -> int:
    build_house(root, people)
    command = [sys.executable, str(PEERS / "send_rtesmail.py"), str(root), str(port), str(CONNECTIONS)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    if int(said[1]) != people:
        raise SystemExit(f"rtesmail sent {said[1]} messages instead of {people}")
    return int(said[2])


if __name__ == "__main__":
    from results import show

    show(measure(*(int(text) for text in sys.argv[1:3])))
