"""Rows of a measure: shown aligned, kept in bench/out/results.json, written with their conditions for the docs."""

import json
import os
import platform
import sqlite3
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
JSON = ROOT / "bench" / "out" / "results.json"
PAGE = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Row:
    """One figure beside the figure it is compared with, from the same run."""

    name: str
    value: float
    unit: str
    peer: str
    ratio: float
    spread: str = ""


def show(rows: Sequence[Row]) -> None:
    """Print rows as a table."""
    width = max(len(row.name) for row in rows)
    for row in rows:
        print(f"{row.name:<{width}}  {row.value:>10,.1f} {row.unit:<11} {row.ratio:>6.2f} × {row.peer}  {row.spread}")


def keep(rows: Sequence[Row]) -> None:
    """Write the rows for programs and for people."""
    JSON.parent.mkdir(parents=True, exist_ok=True)
    JSON.write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    table = "\n".join(
        f"| {row.name} | {row.value:,.1f} {row.unit} | {row.ratio:.2f} × {row.peer} | {row.spread} |" for row in rows
    )
    PAGE.write_text(_PAGE.format(conditions=_conditions(), table=table), encoding="utf-8")


def _conditions() -> str:
    return "\n".join(
        (
            f"- {datetime.now(UTC):%Y-%m-%d}; {_processor()}, {os.cpu_count()} cores, {platform.system()}",
            f"- Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, Postfix {_postfix()}",
        )
    )


def _processor() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    return next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), "?")


def _postfix() -> str:
    shown = subprocess.run(
        ["dpkg-query", "-W", "-f=${Version}", "postfix"], capture_output=True, text=True, check=False
    )
    return shown.stdout or "?"


_PAGE = """# Benchmarks

Written by `make bench`; run it on your machine. Seconds say much about a machine and little about a program: read the
ratios, each from one and the same run.

## Conditions of the figures below

{conditions}
- Loopback, Postfix's `smtp-sink` as the server, 8 connections, messages of the same size (about 52 KB) for each sender.
- Senders run one after the other, in rounds, after a round for warming up; a ratio is the median of those of the
  rounds, the last column has the lowest and the highest.
- `smtp-source -s 8` is the limit: a C program that sends one fixed message and keeps no account.
- rtesmail runs with everything on: an SQLite ledger on disk (synchronous FULL), the freeze of the audience, a message
  per person. Its time is that of `send_mailing`, from the freeze to the end; starting Python and importing packages is
  not counted, for no sender in Python or JavaScript.
- nodemailer's rounds with raw bytes differ greatly from one another, for a reason that we have not looked into.
- `sqlite3 .import` is the shell's, into the table `subscribers` with the same indexes (a million rows that are ready);
  rtesmail also reads encoding and columns, judges addresses, compares with who is known or said no, and writes
  memberships and the consent journal. Both clocks run from opening the file to the commit (synchronous FULL).
- `server 50 ms away`: a server of our own whose every reply comes 50 ms late; a message then takes two such waits, so
  that a connection carries ten a second at the most.
- `building`: `rtesmail build` makes HTML, text, web version and calendar entries of the April issue from its files,
  npm's `mjml` HTML of the same MJML, both as whole processes. `again`: nothing has changed, so that the HTML is found
  kept; `after a save`: it is made anew; `with nothing kept`: the templates are compiled too, as the first time. `a save
  rendered` is the preview's work after one, which keeps nothing.
- `preview`: the clock of a saved file in an open page of three frames, in a real Chromium, from before the write to the
  moment when every frame shows the new words; beside loading that page anew, in the same rounds.

## Figures

| what | median | ratio | spread |
|---|---|---|---|
{table}
"""
