"""Calls to providers that recognise a repeated one: kept before they leave, repeated after a crash.

Only a process that died leaves an open call: it was made or about to be, and nobody heard the answer. While the
provider remembers its key, the very same call tells what became of it, or makes it happen once.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rtesmail.delivery import ledger
from rtesmail.delivery.clock import Clock
from rtesmail.model.mailing import DeliveryState, Outcome
from rtesmail.model.publication import TransportSettings
from rtesmail.store.moments import from_text, to_text
from rtesmail.store.transactions import reading, transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

    from rtesmail.delivery.transports.contract import RepeatingTransport

# Whose outcome is still unknown: claimed before this call was kept, and never settled nor claimed again since.
_OPEN = """
SELECT call.idempotency_key, call.payload, call.deliveries, call.expires_at
FROM provider_calls AS call
WHERE call.mailing_id = :mailing AND call.transport = :transport AND call.answered_at IS NULL AND call.expires_at > :now
  AND NOT EXISTS (
    SELECT 1 FROM json_each(call.deliveries) AS one
    LEFT JOIN deliveries AS delivery ON delivery.id = one.value
    WHERE delivery.state IS NOT 'sending' OR delivery.sending_at > call.made_at)
ORDER BY call.id
"""
_CLOSE = "UPDATE provider_calls SET answered_at = ?, payload = x'' WHERE answered_at IS NULL"


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call without an answer that its provider still remembers, if it ever had it."""

    key: str
    payload: bytes = field(repr=False)
    deliveries: tuple[int, ...]
    expires_at: datetime


class StoredCalls:
    """The book of one mailing's calls through one transport."""

    def __init__(self, store: "Database", mailing: int, transport: str, now: Clock) -> None:
        self._store, self._mailing, self._transport, self._now = store, mailing, transport, now
        self._answered: list[str] = []

    def keep(self, key: str, payload: bytes, deliveries: Sequence[int], *, life: timedelta) -> None:
        """Keep a call, and close those that were answered; it is on the disk when this returns.

        Raises:
            StoppedError: it cannot be written; the call must not be made.
        """
        now = self._now()
        with transaction(self._store) as connection:
            connection.executemany(f"{_CLOSE} AND idempotency_key = ?", [(to_text(now), key) for key in self._answered])
            connection.execute(
                "INSERT INTO provider_calls (mailing_id, transport, idempotency_key, payload, deliveries, made_at, "
                "expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    self._mailing,
                    self._transport,
                    key,
                    payload,
                    json.dumps(list(deliveries)),
                    to_text(now),
                    to_text(now + life),
                ),
            )
        self._answered.clear()

    def answered(self, key: str) -> None:
        """Note that what became of a call is known.

        It closes with the next call that is kept: by then the engine has settled its outcome. Closed any earlier, a
        crash in between would leave it unknown.
        """
        self._answered.append(key)

    def close(self) -> None:
        """Close all calls of this mailing through this transport, of earlier runs too: each has its outcome."""
        with transaction(self._store) as connection:
            connection.execute(
                f"{_CLOSE} AND mailing_id = ? AND transport = ?", (to_text(self._now()), self._mailing, self._transport)
            )


def open_calls(store: "Database", mailing: int, transport: str, *, now: datetime) -> tuple[OpenCall, ...]:
    """Give the calls of a mailing that can still be repeated, oldest first."""
    with reading(store) as connection:
        rows = connection.execute(_OPEN, {"mailing": mailing, "transport": transport, "now": to_text(now)}).fetchall()
    return tuple(
        OpenCall(
            row["idempotency_key"], row["payload"], tuple(json.loads(row["deliveries"])), from_text(row["expires_at"])
        )
        for row in rows
    )


def repeat_open_calls(store: "Database", mailing: int, transport: "RepeatingTransport", now: Clock) -> list[Outcome]:
    """Make the open calls of a dead run again; give what became of their deliveries. Closes the transport.

    Raises:
        StoppedError: the provider cannot be reached; nothing is known that was not known before.
    """
    return asyncio.run(_repeat(store, mailing, transport, now))


def settle_open_calls(store: "Database", mailing: int, transport: "RepeatingTransport", now: Clock) -> int:
    """Repeat the open calls of a dead run and settle their deliveries; give the number of those accepted.

    Call it only while holding the sending lock, and before rows left `sending` are called unknown. Afterwards no call
    of the mailing is open: what is not settled now was made too long ago.

    Raises:
        StoppedError: the provider cannot be reached; the calls stay open for the next try.
    """
    outcomes = repeat_open_calls(store, mailing, transport, now)
    with transaction(store) as connection:
        ledger.settle(connection, outcomes, now=now())
        connection.execute(f"{_CLOSE} AND mailing_id = ? AND transport = ?", (to_text(now()), mailing, transport.name))
    return sum(outcome.state is DeliveryState.ACCEPTED for outcome in outcomes)


def settle_calls_of_dead_run(
    store: "Database", mailing: int, transports: Iterable[TransportSettings], now: Clock
) -> int:
    """Settle, as `settle_open_calls` does, the calls that a dead run made through any transport; mostly there are none.

    Raises:
        StoppedError: a provider cannot be reached.
        WorkspaceError: its transport cannot be made any more.
    """
    from rtesmail.delivery.transports.contract import RepeatingTransport
    from rtesmail.delivery.transports.registry import build_transport

    accepted = 0
    for settings in transports:
        if open_calls(store, mailing, settings.name, now=now()):
            way_out = build_transport(settings)
            if isinstance(way_out, RepeatingTransport):
                accepted += settle_open_calls(store, mailing, way_out, now)
    return accepted


async def _repeat(store: "Database", mailing: int, transport: "RepeatingTransport", now: Clock) -> list[Outcome]:
    outcomes: list[Outcome] = []
    try:
        for call in open_calls(store, mailing, transport.name, now=now()):
            # Those before it may have taken their time.
            if call.expires_at > now():
                outcomes += await transport.repeat(call.payload, call.deliveries)
    finally:
        await transport.close()
    return outcomes
