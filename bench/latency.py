"""What more connections bring when the server is far away: each of its replies comes 50 ms late."""

import subprocess
import sys
import tempfile
from pathlib import Path

from house import build_house
from results import Row
from sending import PEERS
from sinks import slow_sink

MILLISECONDS = 50
CONNECTIONS = (8, 32, 96)
MESSAGES_EACH = 30


def measure() -> list[Row]:
    """Send as many messages over each connection, over more and more connections."""
    with tempfile.TemporaryDirectory() as folder, slow_sink(MILLISECONDS) as port:
        rates = [_rate(Path(folder) / str(number), port, number) for number in CONNECTIONS]
    return [
        Row(
            f"server {MILLISECONDS} ms away: {number} connections", rate, "messages/s", "8 connections", rate / rates[0]
        )
        for number, rate in zip(CONNECTIONS, rates, strict=True)
    ]


def _rate(root: Path, port: int, connections: int) -> float:
    people = connections * MESSAGES_EACH
    build_house(root, people)
    command = [sys.executable, str(PEERS / "send_rtesmail.py"), str(root), str(port), str(connections)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    if int(said[1]) != people:
        raise SystemExit(f"rtesmail sent {said[1]} messages instead of {people}")
    return people / float(said[0])


if __name__ == "__main__":
    from results import show

    show(measure())
