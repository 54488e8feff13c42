"""What was done to the world: written down before and after, so that nothing happens twice.

A ``once`` call is recorded as started before it runs and as done after it. Whoever finds it
started but not done knows that the process died in between, and that nobody can say whether it
happened: it is repeated only under the same idempotency key, else a person decides.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import aiosqlite

State = Literal["started", "done", "failed"]

_TABLE = """
CREATE TABLE IF NOT EXISTS effects (
    key TEXT PRIMARY KEY,
    thread TEXT NOT NULL,
    tool TEXT NOT NULL,
    arguments TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('started', 'done', 'failed')),
    result TEXT,
    started_at TEXT NOT NULL,
    finished_at TEXT
)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One effect as the ledger knows it."""

    key: str
    """Idempotency key: the same for every attempt at the same call."""

    state: State
    """``started`` means that nobody knows whether it happened."""

    result: Any = None
    """What the tool returned, when it is done; its error text, when it failed."""


def effect_key(thread: str, turn: str, position: str, tool: str) -> str:
    """The key of one planned call: stable over retries, different for every other call.

    Args:
        thread: Thread id, tenant included.
        turn: Turn id inside the thread.
        position: Place of the call in the turn's plan, for example ``"1.0"``.
        tool: Name of the tool.
    """
    text = "\x1f".join((thread, turn, position, tool))
    return "drg-" + hashlib.sha256(text.encode()).hexdigest()[:32]


class Ledger:
    """The table of effects in the threads' database."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        """Use an open connection; call `setup` once before anything else."""
        self._connection = connection

    async def setup(self) -> None:
        """Create the table when it is missing."""
        await self._connection.execute(_TABLE)
        await self._connection.commit()

    async def find(self, key: str) -> Entry | None:
        """The entry of `key`, or ``None`` when the call was never begun."""
        query = "SELECT state, result FROM effects WHERE key = ?"
        async with self._connection.execute(query, (key,)) as cursor:
            row = await cursor.fetchone()
        if row is None:
            return None
        return Entry(key=key, state=row[0], result=json.loads(row[1]) if row[1] else None)

    async def begin(self, key: str, thread: str, tool: str, arguments: Mapping[str, Any]) -> None:
        """Record, durably, that the call is about to run."""
        await self._connection.execute(
            "INSERT INTO effects (key, thread, tool, arguments, state, started_at) "
            "VALUES (?, ?, ?, ?, 'started', ?) "
            "ON CONFLICT (key) DO UPDATE SET state = 'started', started_at = excluded.started_at",
            (key, thread, tool, json.dumps(arguments, ensure_ascii=False, default=str), _now()),
        )
        await self._connection.commit()

    async def finish(self, key: str, state: Literal["done", "failed"], result: Any) -> None:
        """Record, durably, how the call ended."""
        await self._connection.execute(
            "UPDATE effects SET state = ?, result = ?, finished_at = ? WHERE key = ?",
            (state, json.dumps(result, ensure_ascii=False, default=str), _now(), key),
        )
        await self._connection.commit()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
