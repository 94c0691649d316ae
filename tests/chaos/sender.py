"""A program that forks senders on request: real processes, to be killed, without the seconds that imports take.

It reads one JSON object a line and answers with one: `{"start": job}` gives the new process's number,
`{"look": number}` its exit status or null while it lives. A job names what is done (`do`), where (`root`, `port`), and
how it ends early: `kill_at` counts the calls into SQLite and the network; kill -9 comes before the one of that number.
"""

import importlib
import json
import os
import resource
import signal
import socket
import sqlite3
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rtesmail.cli.main import bind_language
from rtesmail.delivery import scheduling, sending
from rtesmail.delivery.approvals import load_edition
from rtesmail.delivery.resolving import Decision, decide
from rtesmail.model.errors import RtesmailError
from rtesmail.model.mailing import DeliveryState
from rtesmail.model.publication import (
    Configuration,
    Identity,
    Theme,
    TransportKind,
    TransportSettings,
    Workspace,
)
from rtesmail.store.opening import open_store

ISSUE, LIST = "2025-04-mensuelle", "abonnes"
SQLITE_CALLS = ("execute", "executemany")
SOCKET_CALLS = ("connect", "send", "recv_into", "close")
# What the code imports when it first needs it.
BEFORE_THE_FORKS = (
    "aiosmtplib",
    "sqlite_utils",
    "rtesmail.delivery.carriers",
    "rtesmail.delivery.messages.composing",
    "rtesmail.delivery.engine",
    "rtesmail.delivery.provider_calls",
    "rtesmail.delivery.signing.signatures",
    "rtesmail.delivery.transports.registry",
    "rtesmail.delivery.transports.smtp.transport",
    "rtesmail.rendering.edition",
)


def workspace_in(root: Path) -> Workspace:
    identity = Identity(
        "RTES", "Réseau", "c@rtes.example", "stop@rtes.example", public_url="https://lettre.rtes.example"
    )
    return Workspace(root, Configuration(identity, Theme({}, {}, "", ""), {}, {}))


def transport_to(port: int, connections: int) -> TransportSettings:
    return TransportSettings(
        "smtp", TransportKind.SMTP, host="127.0.0.1", port=port, connections=connections, rest_seconds=0
    )


def clock_of(root: Path) -> Callable[[], datetime]:
    """Give the machine's clock, moved by the seconds in the file `clock`, which may change at any moment."""
    file = root / "clock"
    return lambda: datetime.now(UTC) + timedelta(seconds=float(file.read_text() or 0))


def die_at(number: int, trace: Path) -> None:
    """Kill this process before its call of that number into SQLite or the network; `trace` says where it was."""
    left = number

    def watch(frame: Any, event: str, called: Any) -> None:
        nonlocal left
        if event != "c_call":
            return
        name, target = called.__name__, getattr(called, "__self__", None)
        wanted = SQLITE_CALLS if isinstance(target, sqlite3.Connection) else SOCKET_CALLS
        if name not in wanted or not isinstance(target, sqlite3.Connection | socket.socket):
            return
        left -= 1
        if left == 0:
            trace.write_text(f"{frame.f_code.co_name}: {name}", encoding="utf-8")
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)


def act(job: dict[str, Any]) -> str:
    """Do what a job says; give words about it."""
    root = Path(job["root"])
    workspace, now = workspace_in(root), clock_of(root)
    transport = transport_to(job["port"], job["connections"])
    store = open_store(workspace.database)
    (digest,) = store.conn.execute("SELECT digest FROM editions").fetchone()
    if job["do"] == "send":
        report = sending.send_mailing(
            store,
            workspace,
            issue_id=ISSUE,
            edition=load_edition(store, digest),
            list_name=LIST,
            transport=transport,
            now=now,
            limit=job.get("limit"),
            wait_seconds=job.get("wait", 0.0),
        )
        return f"sent {report.sent_now}"
    if job["do"] == "run":
        lines = scheduling.run_due(
            store,
            workspace,
            render=lambda _issue: load_edition(store, digest),
            transport_for=lambda _edition, _list: transport,
            now=now,
        )
        return "\n".join(line.message for line in lines)
    if job["do"] == "schedule":
        deadline = now() + timedelta(hours=job["hours"])
        scheduling.schedule_mailing(store, workspace, ISSUE, LIST, at=now(), not_after=deadline, now=now)
        return "scheduled"
    if job["do"] == "cancel":
        _mailing, skipped = scheduling.cancel_mailing(store, workspace, ISSUE, LIST, now=now)
        return f"skipped {skipped}"
    decision = Decision(DeliveryState.UNKNOWN, DeliveryState(job["as"]), "Une Relectrice")
    _mailing, count = decide(store, workspace, ISSUE, LIST, decision, now)
    return f"resolved {count}"


def child(job: dict[str, Any]) -> int:
    with Path(job["said"]).open("w", encoding="utf-8") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    if "largest_file" in job:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["largest_file"], job["largest_file"]))
    if "kill_at" in job:
        die_at(job["kill_at"], Path(job["said"]).with_suffix(".trace"))
    try:
        os.write(1, act(job).encode())
    except RtesmailError as error:
        os.write(1, f"{type(error).__name__}: {error} → {error.hint}".encode())
        return error.exit_code
    except BaseException:  # noqa: BLE001 - the end of this process: the test shows what it was
        os.write(2, traceback.format_exc().encode())
        return 1
    return 0


def main() -> None:
    bind_language()
    for name in BEFORE_THE_FORKS:
        importlib.import_module(name)
    for line in sys.stdin:
        asked = json.loads(line)
        if "start" in asked:
            number = os.fork()
            if number == 0:
                os._exit(child(asked["start"]))
            answer: int | None = number
        else:
            ended, status = os.waitpid(asked["look"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else None
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
