"""What was done to the world: written down before and after, so that nothing happens twice.

A ``once`` call is recorded as started before it runs, and as done or failed after it. Whoever finds
it started only knows that the process died or gave up in between, and that nobody can say whether
it happened: it is repeated only under the same idempotency key, else a person decides. What is done
or failed is never run again under its key: a tool may fail after it has acted.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import aiosqlite

from dragoman.errors import EffectNotFoundError, LedgerError
from dragoman.tools.call import as_plain

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

_COLUMNS = "key, thread, tool, arguments, started_at, state, result, finished_at"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One effect as the ledger knows it."""

    key: str
    """Idempotency key: the same for every attempt at the same call."""

    state: State
    """``started`` means that nobody knows whether it happened."""

    result: Any = None
    """What the tool returned, as JSON data, when it is done; its error text, when it failed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """One effect as a person looks at it."""

    key: str
    """Idempotency key that it ran under."""

    thread: str
    """Thread id, without the tenant; ``direct`` for a call outside of any turn."""

    tool: str
    """Name of the tool."""

    arguments: dict[str, Any]
    """The arguments as they were."""

    started_at: str
    """When it was begun, ISO 8601 in UTC."""

    state: State
    """``started`` while nobody knows whether it happened."""

    result: Any = None
    """What the tool returned, or what a person wrote down about it."""

    finished_at: str = ""
    """When its outcome was recorded, ISO 8601 in UTC; empty while it is unknown."""


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
    """The table of effects in the threads' database.

    The connection decides how safe it is: with ``PRAGMA synchronous = FULL`` a row outlives a power
    cut, with ``NORMAL`` (in WAL mode) a killed process only.

    Usage:
        earlier = await ledger.begin(key, thread, "refund", {"order": "A-7"})
        if earlier is None:
            ...  # ours to run, and to finish
    """

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
        rows = list(await self._connection.execute_fetchall(query, (key,)))
        if not rows:
            return None
        (row,) = rows
        return Entry(key=key, state=row[0], result=None if row[1] is None else json.loads(row[1]))

    async def begin(
        self, key: str, thread: str, tool: str, arguments: Mapping[str, Any]
    ) -> Entry | None:
        """Record, durably, that the call is about to run.

        Returns:
            ``None`` when this is the first attempt, so that of any number of callers only one is
            told to go ahead; else the entry that an earlier attempt has left.

        Raises:
            LedgerError: the record cannot be written; the call must not run.
        """
        with _reported(f"{tool} was not called"):
            cursor = await self._connection.execute(
                "INSERT INTO effects (key, thread, tool, arguments, state, started_at) "
                "VALUES (?, ?, ?, ?, 'started', ?) ON CONFLICT (key) DO NOTHING",
                (key, thread, tool, _as_json(dict(arguments)), _now()),
            )
            await self._connection.commit()
            return None if cursor.rowcount == 1 else await self.find(key)

    async def finish(self, key: str, state: Literal["done", "failed"], result: Any) -> None:
        """Record, durably, how the call ended.

        Raises:
            LedgerError: the record cannot be written; the call counts as started only.
        """
        with _reported(f"The call {key} ended, but is not recorded"):
            await self._connection.execute(
                "UPDATE effects SET state = ?, result = ?, finished_at = ? WHERE key = ?",
                (state, _as_json(result), _now(), key),
            )
            await self._connection.commit()

    async def reopen(self, key: str) -> None:
        """Let the call of `key` run again although it has ended, under the same key.

        Only for a tool that does nothing twice under one key, or on the word of a person who knows
        that nothing was done.

        Raises:
            LedgerError: the record cannot be written.
        """
        with _reported(f"The call {key} is not repeated"):
            await self._connection.execute("DELETE FROM effects WHERE key = ?", (key,))
            await self._connection.commit()

    async def unknown(self, prefix: str) -> list[Effect]:
        """Effects that were begun and never finished, oldest first.

        Args:
            prefix: ``<tenant>/``, which their threads begin with.
        """
        query = (
            f"SELECT {_COLUMNS} FROM effects WHERE state = 'started' "  # noqa: S608 - our own names
            "AND substr(thread, 1, ?) = ? ORDER BY started_at"
        )
        found = await self._connection.execute_fetchall(query, (len(prefix), prefix))
        return [_effect(row, prefix) for row in found]

    async def of(self, thread: str, prefix: str) -> list[Effect]:
        """All effects of one thread, oldest first.

        Args:
            thread: The thread's key.
            prefix: ``<tenant>/``, which it begins with.
        """
        query = f"SELECT {_COLUMNS} FROM effects WHERE thread = ? ORDER BY started_at, rowid"  # noqa: S608 - our own names
        found = await self._connection.execute_fetchall(query, (thread,))
        return [_effect(row, prefix) for row in found]

    async def settle(self, prefix: str, key: str, *, happened: bool, note: str) -> Effect:
        """Record what a person found out about an effect whose outcome was unknown.

        Raises:
            EffectNotFoundError: there is no such effect, or its outcome is known.
            LedgerError: the record cannot be written.
        """
        state: State = "done" if happened else "failed"
        text = f"A person has checked: {'it was done' if happened else 'it was not done'}. {note}"
        with _reported("The outcome is not recorded"):
            cursor = await self._connection.execute(
                "UPDATE effects SET state = ?, result = ?, finished_at = ? "
                "WHERE key = ? AND state = 'started' AND substr(thread, 1, ?) = ?",
                (state, _as_json(text.strip()), _now(), key, len(prefix), prefix),
            )
            await self._connection.commit()
        if cursor.rowcount != 1:
            raise EffectNotFoundError(
                f"There is no effect {key!r} whose outcome is unknown.",
                cure="See: dragoman approvals unknown (--tenant NAME)",
            )
        query = f"SELECT {_COLUMNS} FROM effects WHERE key = ?"  # noqa: S608 - our own names
        (row,) = await self._connection.execute_fetchall(query, (key,))
        return _effect(row, prefix)


def _effect(row: Any, prefix: str) -> Effect:
    return Effect(
        key=row[0],
        thread=row[1].removeprefix(prefix),
        tool=row[2],
        arguments=json.loads(row[3]),
        started_at=row[4],
        state=row[5],
        result=None if row[6] is None else json.loads(row[6]),
        finished_at=row[7] or "",
    )


@contextmanager
def _reported(what: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerError(
            f"{what}: the ledger of effects cannot be written ({error}).",
            cure="Check the disk and the rights of the data folder, then resume the thread.",
        ) from error


def _as_json(value: Any) -> str:
    return json.dumps(as_plain(value), ensure_ascii=False)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
