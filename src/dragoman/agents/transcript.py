"""What was said in each thread, one row a turn, in the threads' database."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import aiosqlite

TurnStatus = Literal["running", "waiting", "done", "failed", "cancelled", "interrupted"]

_TABLE = """
CREATE TABLE IF NOT EXISTS turns (
    thread TEXT NOT NULL,
    number INTEGER NOT NULL,
    turn TEXT NOT NULL UNIQUE,
    question TEXT NOT NULL,
    answer TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL,
    record TEXT NOT NULL DEFAULT '{}',
    asked_at TEXT NOT NULL,
    PRIMARY KEY (thread, number)
)
"""
_COLUMNS = "turn, number, question, answer, language, status, asked_at, record"


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """One question and what came of it."""

    id: str
    """Turn id, unique over all threads."""

    number: int
    """Place in the thread, from 1."""

    question: str
    """What was asked, as it was written."""

    answer: str
    """What was answered; empty unless `status` is ``done``."""

    language: str
    """BCP-47 tag of the answer."""

    status: TurnStatus
    """``running`` after a restart means that the process ended in the middle of the turn."""

    asked_at: str
    """When it was asked, ISO 8601 in UTC."""

    record: Mapping[str, Any]
    """Citations, calls and usage of the turn, for display."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadSummary:
    """One line of a thread list."""

    id: str
    """Thread id without the tenant."""

    turns: int
    """Number of turns."""

    first_question: str
    """The question that opened it."""

    last_asked_at: str
    """When the latest question came, ISO 8601 in UTC."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """A question and its answer, as somebody else recorded them."""

    question: str
    """What was asked."""

    answer: str
    """What was answered."""


class Transcript:
    """The table of turns. A thread's key is ``<tenant>/<thread>``."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        """Use an open connection; call `setup` once before anything else."""
        self._connection = connection

    async def setup(self) -> None:
        """Create the table when it is missing."""
        await self._connection.execute(_TABLE)
        await self._connection.commit()

    async def begin(self, thread: str, turn: str, question: str, *, agent: str = "") -> None:
        """Write down a question, and whom it was put to, before anything is done about it."""
        await self._connection.execute(
            "INSERT INTO turns (thread, number, turn, question, status, asked_at, record) VALUES "
            "(?, 1 + (SELECT COALESCE(MAX(number), 0) FROM turns WHERE thread = ?), ?, ?, "
            "'running', ?, ?)",
            (
                thread,
                thread,
                turn,
                question,
                datetime.now(UTC).isoformat(timespec="milliseconds"),
                json.dumps({"agent": agent} if agent else {}),
            ),
        )
        await self._connection.commit()

    async def begin_with(
        self, thread: str, exchanges: Sequence[Exchange], record: Mapping[str, Any]
    ) -> None:
        """Write down what was said elsewhere as the first turns of a new thread."""
        for exchange in exchanges:
            turn = uuid.uuid4().hex
            await self.begin(thread, turn, exchange.question)
            await self.finish(turn, answer=exchange.answer, language="", record=record)

    async def finish(
        self, turn: str, *, answer: str, language: str, record: Mapping[str, Any]
    ) -> None:
        """Write down the answer; doing it again changes nothing."""
        await self._connection.execute(
            "UPDATE turns SET status = 'done', answer = ?, language = ?, record = ? WHERE turn = ?",
            (answer, language, json.dumps(record, ensure_ascii=False, default=str), turn),
        )
        await self._connection.commit()

    async def wait(self, turn: str, record: Mapping[str, Any]) -> None:
        """Write down that the turn waits for a person, and for what."""
        await self._connection.execute(
            "UPDATE turns SET status = 'waiting', record = ? WHERE turn = ?",
            (json.dumps(record, ensure_ascii=False, default=str), turn),
        )
        await self._connection.commit()

    async def mark(self, turn: str, status: TurnStatus) -> None:
        """Write down that the turn waits for a person, failed or was cancelled."""
        await self._connection.execute("UPDATE turns SET status = ? WHERE turn = ?", (status, turn))
        await self._connection.commit()

    async def turns(self, thread: str) -> list[Turn]:
        """All turns of a thread, oldest first; empty for an unknown thread."""
        query = f"SELECT {_COLUMNS} FROM turns WHERE thread = ? ORDER BY number"  # noqa: S608 - our own names
        return [_turn(row) for row in await self._connection.execute_fetchall(query, (thread,))]

    async def threads(self, tenant: str) -> list[ThreadSummary]:
        """The threads of a tenant, the latest first."""
        prefix = f"{tenant}/"
        query = (
            "SELECT thread, COUNT(*), MAX(asked_at), "
            "(SELECT question FROM turns AS first WHERE first.thread = turns.thread "
            "ORDER BY number LIMIT 1) "
            "FROM turns WHERE substr(thread, 1, ?) = ? GROUP BY thread ORDER BY MAX(asked_at) DESC"
        )
        return [
            ThreadSummary(
                id=row[0][len(prefix) :],
                turns=row[1],
                last_asked_at=row[2],
                first_question=row[3],
            )
            for row in await self._connection.execute_fetchall(query, (len(prefix), prefix))
        ]

    async def waiting(self, tenant: str) -> list[tuple[str, Turn]]:
        """The turns of a tenant that wait for a person, with their threads' keys, oldest first."""
        prefix = f"{tenant}/"
        query = (
            f"SELECT {_COLUMNS}, thread FROM turns WHERE status = 'waiting' "  # noqa: S608 - our own names
            "AND substr(thread, 1, ?) = ? ORDER BY asked_at"
        )
        found = await self._connection.execute_fetchall(query, (len(prefix), prefix))
        return [(row[8], _turn(row)) for row in found]

    async def copy(self, thread: str, target: str, turns: int) -> int:
        """Begin `target` with the first turns of `thread`; the number of turns that it then has.

        A turn that has not ended ends here: what it would go on from is not copied.
        """
        kept = [turn for turn in await self.turns(thread) if turn.number <= turns]
        for turn in kept:
            await self._connection.execute(
                f"INSERT INTO turns (thread, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own names
                (
                    target,
                    uuid.uuid4().hex,
                    turn.number,
                    turn.question,
                    turn.answer,
                    turn.language,
                    "interrupted" if turn.status in {"running", "waiting"} else turn.status,
                    turn.asked_at,
                    json.dumps(turn.record, ensure_ascii=False),
                ),
            )
        await self._connection.commit()
        return len(kept)

    async def delete(self, thread: str) -> int:
        """Forget a thread; the number of turns that were forgotten."""
        cursor = await self._connection.execute("DELETE FROM turns WHERE thread = ?", (thread,))
        await self._connection.commit()
        return cursor.rowcount


def _turn(row: aiosqlite.Row | Sequence[Any]) -> Turn:
    return Turn(
        id=row[0],
        number=row[1],
        question=row[2],
        answer=row[3],
        language=row[4],
        status=row[5],
        asked_at=row[6],
        record=json.loads(row[7]),
    )
