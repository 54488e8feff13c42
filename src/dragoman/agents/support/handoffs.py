"""The table of conversations that are with a person, in the threads' database.

A thread is with one person at most (a unique index), and each change of who has it is one statement
with its condition, so that two people, or two processes, cannot both have it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import aiosqlite

from dragoman.agents.support.handoff import HandOff, Message

_TABLES = """
CREATE TABLE IF NOT EXISTS handoffs (
    id TEXT PRIMARY KEY, thread TEXT NOT NULL, turn TEXT NOT NULL UNIQUE, agent TEXT NOT NULL,
    reason TEXT NOT NULL, language TEXT NOT NULL, staff_language TEXT NOT NULL,
    summary TEXT NOT NULL DEFAULT '', draft TEXT NOT NULL, privacy TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'taken', 'closed')),
    person TEXT NOT NULL DEFAULT '', opened_at TEXT NOT NULL, taken_at TEXT NOT NULL DEFAULT '',
    closed_at TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS one_hand_off ON handoffs (thread) WHERE status <> 'closed';
CREATE TABLE IF NOT EXISTS handoff_messages (
    number INTEGER PRIMARY KEY, handoff TEXT NOT NULL, turn TEXT NOT NULL, author TEXT NOT NULL,
    person TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL,
    delivered INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS messages_of ON handoff_messages (handoff);
CREATE UNIQUE INDEX IF NOT EXISTS one_customer_message
    ON handoff_messages (turn) WHERE author = 'customer';
"""
_COLUMNS = (
    "id, thread, turn, agent, reason, language, staff_language, summary, draft, status, person, "
    "opened_at, taken_at, closed_at"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Undelivered:
    """A turn whose answer does not hold yet what the staff wrote."""

    thread: str
    """The thread's key."""

    turn: str
    """Id of the turn."""


class HandOffs:
    """The conversations that are with a person. A thread's key is ``<tenant>/<thread>``."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        """Use an open connection; call `setup` once before anything else."""
        self._connection = connection

    async def setup(self) -> None:
        """Create the tables when they are missing."""
        await self._connection.executescript(_TABLES)
        await self._connection.commit()

    async def open(self, found: HandOff, words: str, *, privacy: str) -> str:
        """Write down a hand-off; its id. Again for its turn, as after a crash, changes nothing.

        Args:
            found: The hand-off, with the thread's key as its thread.
            words: What the customer wrote.
            privacy: The agent's policy on personal data, as JSON, for what the staff writes.
        """
        await self._connection.execute(
            "INSERT OR IGNORE INTO handoffs (id, thread, turn, agent, reason, language, "
            "staff_language, draft, privacy, opened_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                uuid.uuid4().hex[:12],
                found.thread,
                found.turn,
                found.agent,
                found.reason,
                found.language,
                found.staff_language,
                found.draft,
                privacy,
                found.opened_at,
            ),
        )
        ((id_,),) = await self._connection.execute_fetchall(
            "SELECT id FROM handoffs WHERE turn = ?", (found.turn,)
        )
        await self.add(id_, turn=found.turn, text=words, at=found.opened_at)
        return str(id_)

    async def add(self, id_: str, *, turn: str, text: str, at: str) -> None:
        """Keep what the customer wrote in a turn; a second time changes nothing."""
        await self._connection.execute(
            "INSERT OR IGNORE INTO handoff_messages (handoff, turn, author, person, text, at) "
            "VALUES (?, ?, 'customer', '', ?, ?)",
            (id_, turn, text, at),
        )

    async def summarize(self, id_: str, summary: str) -> None:
        """Write down what it is about."""
        await self._connection.execute(
            "UPDATE handoffs SET summary = ? WHERE id = ?", (summary, id_)
        )

    async def current(self, thread: str) -> HandOff | None:
        """The hand-off that the thread is in, without its messages; None when it is in none."""
        rows = await self._connection.execute_fetchall(
            f"SELECT {_COLUMNS} FROM handoffs WHERE thread = ? AND status <> 'closed'",  # noqa: S608 - our own names
            (thread,),
        )
        return next((_hand_off(row) for row in rows), None)

    async def privacy(self, id_: str) -> str:
        """The policy on personal data that was given with a hand-off, as JSON."""
        ((policy,),) = await self._connection.execute_fetchall(
            "SELECT privacy FROM handoffs WHERE id = ?", (id_,)
        )
        return str(policy)

    async def get(self, tenant: str, id_: str) -> HandOff | None:
        """One hand-off of a tenant."""
        return next(iter(await self._found(tenant, "AND id = ?", id_)), None)

    async def all(self, tenant: str, *, closed: bool = False) -> list[HandOff]:
        """The hand-offs of a tenant, the oldest first; those that are over only when `closed`."""
        return await self._found(tenant, "" if closed else "AND status <> 'closed'")

    async def take(self, id_: str, person: str, *, by_force: bool = False) -> bool:
        """Give an open one to `person`, by force also somebody else's; whether it is theirs."""
        cursor = await self._connection.execute(
            "UPDATE handoffs SET status = 'taken', person = ?, taken_at = ? "
            "WHERE id = ? AND (status = 'open' OR (status = 'taken' AND person <> ? AND ?))",
            (person, _now(), id_, person, by_force),
        )
        if cursor.rowcount:
            return True
        rows = await self._connection.execute_fetchall(
            "SELECT 1 FROM handoffs WHERE id = ? AND status = 'taken' AND person = ?", (id_, person)
        )
        return bool(list(rows))

    async def say(self, id_: str, person: str, text: str) -> str:
        """Keep what `person` answers, while it is theirs; the turn it answers, else empty."""
        rows = await self._connection.execute_fetchall(
            "INSERT INTO handoff_messages (handoff, turn, author, person, text, at, delivered) "
            "SELECT handoff, turn, 'staff', ?, ?, ?, 0 FROM handoff_messages "
            "WHERE handoff = ? AND author = 'customer' AND EXISTS "
            "(SELECT 1 FROM handoffs WHERE id = ? AND status = 'taken' AND person = ?) "
            "ORDER BY number DESC LIMIT 1 RETURNING turn",
            (person, text, _now(), id_, id_, person),
        )
        return next((str(row[0]) for row in rows), "")

    async def said(self, turn: str) -> list[Message]:
        """What the staff has answered a turn with, in order."""
        rows = await self._connection.execute_fetchall(
            "SELECT author, person, text, at, turn FROM handoff_messages "
            "WHERE turn = ? AND author = 'staff' ORDER BY number",
            (turn,),
        )
        return [_message(row) for row in rows]

    async def deliver(self, turn: str) -> None:
        """Note that the answer of a turn holds all that the staff has said."""
        await self._connection.execute(
            "UPDATE handoff_messages SET delivered = 1 WHERE turn = ?", (turn,)
        )

    async def undelivered(self) -> list[Undelivered]:
        """What a crash kept from being delivered."""
        rows = await self._connection.execute_fetchall(
            "SELECT DISTINCT handoffs.thread, handoff_messages.turn FROM handoff_messages "
            "JOIN handoffs ON handoffs.id = handoff WHERE delivered = 0"
        )
        return [Undelivered(thread=row[0], turn=row[1]) for row in rows]

    async def close(self, id_: str, person: str) -> bool:
        """Give the conversation back to the agent, while it is `person`'s; whether it was."""
        cursor = await self._connection.execute(
            "UPDATE handoffs SET status = 'closed', closed_at = ? "
            "WHERE id = ? AND status = 'taken' AND person = ?",
            (_now(), id_, person),
        )
        return bool(cursor.rowcount)

    async def forget(self, thread: str) -> None:
        """Forget the hand-offs of a thread."""
        await self._connection.execute(
            "DELETE FROM handoff_messages WHERE handoff IN "
            "(SELECT id FROM handoffs WHERE thread = ?)",
            (thread,),
        )
        await self._connection.execute("DELETE FROM handoffs WHERE thread = ?", (thread,))

    async def _found(self, tenant: str, condition: str, *values: str) -> list[HandOff]:
        prefix = f"{tenant}/"
        rows = await self._connection.execute_fetchall(
            f"SELECT {_COLUMNS} FROM handoffs WHERE substr(thread, 1, ?) = ? {condition} "  # noqa: S608 - our own names
            "ORDER BY opened_at, id",
            (len(prefix), prefix, *values),
        )
        found = [_hand_off(row) for row in rows]
        return [replace(one, messages=await self._messages(one.id)) for one in found]

    async def _messages(self, id_: str) -> tuple[Message, ...]:
        rows = await self._connection.execute_fetchall(
            "SELECT author, person, text, at, turn FROM handoff_messages "
            "WHERE handoff = ? ORDER BY number",
            (id_,),
        )
        return tuple(_message(row) for row in rows)


def _hand_off(row: aiosqlite.Row | Sequence[Any]) -> HandOff:
    names = _COLUMNS.split(", ")
    return HandOff(**dict(zip(names, row, strict=True)))


def _message(row: aiosqlite.Row | Sequence[Any]) -> Message:
    return Message(author=row[0], person=row[1], text=row[2], at=row[3], turn=row[4])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
