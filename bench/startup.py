"""How long `rtesmail --help` takes, as a ratio to importing Typer alone: `make bench`.

Both are whole processes, run in turn so that a machine that slows down slows both; the ratio is the median of pairs.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 21
HELP = [str(Path(sys.executable).with_name("rtesmail")), "--help"]
TYPER = [sys.executable, "-c", "import typer"]


def seconds(command: list[str]) -> float:
    """Run a command to its end and give its wall time."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    for command in (HELP, TYPER):
        seconds(command)
    pairs = [(seconds(HELP), seconds(TYPER)) for _run in range(RUNS)]
    ratios = [helped / typer for helped, typer in pairs]
    print(f"{RUNS} pairs of whole processes, Python {sys.version.split()[0]}")
    print(f"rtesmail --help    median {statistics.median(h for h, _ in pairs) * 1000:6.1f} ms")
    print(f"import typer       median {statistics.median(t for _, t in pairs) * 1000:6.1f} ms")
    print(f"ratio              median {statistics.median(ratios):6.2f}   (aim: at most 1.50)")


if __name__ == "__main__":
    main()
