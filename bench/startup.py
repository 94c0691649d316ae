"""How long `rtesmail --help` takes, as a ratio to importing Typer alone.

Both are whole processes, run in turn so that a machine that slows down slows both; the ratio is the median of pairs.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from results import Row

RUNS = 21
HELP = [str(Path(sys.executable).with_name("rtesmail")), "--help"]
TYPER = [sys.executable, "-c", "import typer"]


def seconds(command: list[str]) -> float:
    """Run a command to its end and give its wall time."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def measure() -> list[Row]:
    """Give the help's time beside Typer's import."""
    for command in (HELP, TYPER):
        seconds(command)
    pairs = [(seconds(HELP), seconds(TYPER)) for _run in range(RUNS)]
    ratios = [helped / typer for helped, typer in pairs]
    return [
        Row(
            "starting: rtesmail --help",
            statistics.median(helped for helped, _typer in pairs) * 1000,
            "ms",
            "import typer",
            statistics.median(ratios),
            f"{min(ratios):.2f} to {max(ratios):.2f}",
        )
    ]
