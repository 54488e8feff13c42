"""Results of any size: the model reads the first part, and a handle to the rest.

The rest lies in the threads' database, so that a handle is good after a restart, and a checkpoint
stays small.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Any

import aiosqlite

from dragoman.errors import ToolFailedMistake
from dragoman.tools.call import PART_CHARACTERS, Call, as_plain, more

LONGEST = 1_000_000
"""Characters of a result that are kept; what comes after is counted and dropped."""

KEPT_WHOLE = 20_000
"""Characters up to which a result stays in its call as it is; of a longer one the first part."""

SHOWN_OTHERWISE = frozenset({"search_documents", "read_result"})
"""Tools whose results are numbered as passages, or are parts already."""

_KEPT_RESULTS = 50  # of each thread, the latest ones
_TABLE = """
CREATE TABLE IF NOT EXISTS results (
    thread TEXT NOT NULL,
    number INTEGER NOT NULL,
    turn TEXT NOT NULL,
    call TEXT NOT NULL,
    tool TEXT NOT NULL,
    text TEXT NOT NULL,
    dropped INTEGER NOT NULL,
    PRIMARY KEY (thread, number),
    UNIQUE (thread, turn, call)
)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class LongResult:
    """One result that was too long to be shown whole."""

    handle: str
    """Name under which `read_result` finds it, such as ``r1``."""

    turn: str
    """Id of the turn that it belongs to."""

    call: str
    """Id of the call in that turn."""

    tool: str
    """Name of the tool."""

    text: str
    """The result as text, up to `LONGEST` characters."""

    dropped: int
    """Characters after those, which were not kept."""


class Results:
    """Long results of all threads, by thread and handle (``r1``, ``r2``, …).

    Usage:
        results = Results(connection)
        await results.setup()
        call = await results.keep("default/t", "turn", call)
        call.observation()  # … 8,600 more characters; read_result(handle="r1", part=2)
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        """Use an open connection in autocommit mode; call `setup` once before anything else."""
        self._connection = connection
        self._storing = asyncio.Lock()

    async def setup(self) -> None:
        """Create the table when it is missing."""
        await self._connection.execute(_TABLE)
        await self._connection.commit()

    async def keep(self, thread: str, turn: str, call: Call) -> Call:
        """`call` as it is when its result is short; else stored, and with the handle to the rest.

        The same call of the same turn, run again after a crash, keeps its handle.
        """
        if call.error or call.result is None:
            return call
        text = as_text(call.result)
        if len(text) <= PART_CHARACTERS:
            return call
        kept, dropped = text[:LONGEST], max(0, len(text) - LONGEST)
        number = await self._store(thread, turn, call, kept, dropped)
        handle = f"r{number}"
        shown = call.result if len(text) <= KEPT_WHOLE else text[:PART_CHARACTERS]
        return replace(call, result=shown, handle=handle, length=len(text))

    async def part(self, thread: str, handle: str, part: int) -> str:
        """One part of a result, from 1, with words about where it stands.

        Raises:
            ToolFailedMistake: no such handle in the thread, or no such part.
        """
        query = "SELECT number, text, dropped FROM results WHERE thread = ? ORDER BY number"
        found = await self._connection.execute_fetchall(query, (thread,))
        rows = {f"r{row[0]}": (row[1], row[2]) for row in found}
        if handle not in rows:
            known = ", ".join(rows) or "none"
            raise ToolFailedMistake(f"There is no result {handle!r:.40}; the handles are: {known}.")
        text, dropped = rows[handle]
        parts = -(-len(text) // PART_CHARACTERS)
        if not 1 <= part <= parts:
            raise ToolFailedMistake(f"{handle} has parts 1 to {parts}, not {part}.")
        shown = text[(part - 1) * PART_CHARACTERS : part * PART_CHARACTERS]
        if part < parts:
            left = len(text) - part * PART_CHARACTERS
            return f"{shown}{more(left, handle, part + 1)}"
        return f"{shown} (the end; {dropped:,} more characters were not kept)" if dropped else shown

    async def of(self, thread: str) -> list[LongResult]:
        """All that is kept of a thread, the oldest first."""
        query = (
            "SELECT number, turn, call, tool, text, dropped FROM results "
            "WHERE thread = ? ORDER BY number"
        )
        return [
            LongResult(
                handle=f"r{row[0]}",
                turn=row[1],
                call=row[2],
                tool=row[3],
                text=row[4],
                dropped=row[5],
            )
            for row in await self._connection.execute_fetchall(query, (thread,))
        ]

    async def forget(self, thread: str) -> int:
        """Forget all results of a thread; how many there were."""
        cursor = await self._connection.execute("DELETE FROM results WHERE thread = ?", (thread,))
        await self._connection.commit()
        return cursor.rowcount

    async def _store(self, thread: str, turn: str, call: Call, text: str, dropped: int) -> int:
        # One call at a time: of many that end together, the last ones would make room for
        # themselves before the first ones have learned their numbers.
        async with self._storing:
            await self._connection.execute(
                "INSERT INTO results (thread, number, turn, call, tool, text, dropped) "
                "SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6 "
                "FROM results WHERE thread = ?1 "
                "ON CONFLICT (thread, turn, call) DO UPDATE SET text = ?5, dropped = ?6",
                (thread, turn, call.id, call.tool, text, dropped),
            )
            query = "SELECT number FROM results WHERE thread = ? AND turn = ? AND call = ?"
            (row,) = await self._connection.execute_fetchall(query, (thread, turn, call.id))
            await self._connection.execute(
                "DELETE FROM results WHERE thread = ?1 AND number <= "
                "(SELECT max(number) FROM results WHERE thread = ?1) - ?2",
                (thread, _KEPT_RESULTS),
            )
            await self._connection.commit()
        return int(row[0])


def as_text(result: Any) -> str:
    """A result as the planner reads it: text as it is, anything else as compact JSON."""
    plain = as_plain(result)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
