"""What people thought of answers: a score from 1 to 5, and nothing about who gave it."""

from __future__ import annotations

from datetime import UTC, datetime

import aiosqlite

from dragoman.agents.transcript import Turn
from dragoman.errors import InvalidInputError, ThreadNotFoundError

WORST, BEST = 1, 5
"""The scores; a thumb down is the worst, a thumb up the best."""

SATISFIED = 4
"""From this score on a person counts as satisfied."""

_TABLE = """
CREATE TABLE IF NOT EXISTS ratings (
    turn TEXT PRIMARY KEY, thread TEXT NOT NULL, score INTEGER NOT NULL, rated_at TEXT NOT NULL
) WITHOUT ROWID
"""


class Ratings:
    """The table of scores. A thread's key is ``<tenant>/<thread>``."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        """Use an open connection; call `setup` once before anything else."""
        self._connection = connection

    async def setup(self) -> None:
        """Create the table when it is missing."""
        await self._connection.execute(_TABLE)
        await self._connection.commit()

    async def put(self, thread: str, turn: str, score: int) -> None:
        """Write down the score of a turn; a later one takes its place."""
        await self._connection.execute(
            "INSERT OR REPLACE INTO ratings VALUES (?, ?, ?, ?)",
            (turn, thread, score, datetime.now(UTC).isoformat(timespec="milliseconds")),
        )
        await self._connection.commit()

    async def of(self, thread: str) -> dict[str, int]:
        """The scores of a thread by turn id."""
        rows = await self._connection.execute_fetchall(
            "SELECT turn, score FROM ratings WHERE thread = ?", (thread,)
        )
        return {row[0]: row[1] for row in rows}

    async def forget(self, thread: str) -> None:
        """Forget the scores of a thread."""
        await self._connection.execute("DELETE FROM ratings WHERE thread = ?", (thread,))
        await self._connection.commit()


def rated(turns: list[Turn], *, thread: str, number: int | None, score: int) -> Turn:
    """The turn that `score` is about: that of `number`, or the latest finished one.

    Raises:
        InvalidInputError: the score is out of range, or the turn has no answer.
        ThreadNotFoundError: no such thread or turn.
    """
    if not WORST <= score <= BEST:
        raise InvalidInputError(f"A score is {WORST} to {BEST}, not {score}.")
    if not turns:
        raise ThreadNotFoundError(
            f"There is no thread {thread!r}.", cure="See: dragoman threads list (--tenant NAME)"
        )
    finished = [turn for turn in turns if turn.status == "done"]
    if number is None:
        if not finished:
            raise InvalidInputError("The thread has no answer yet.", cure="Rate it afterwards.")
        return finished[-1]
    found = [turn for turn in turns if turn.number == number]
    if not found:
        raise ThreadNotFoundError(
            f"The thread has no turn {number}; it has {len(turns)}.",
            cure="See them: dragoman threads show THREAD (--tenant NAME)",
        )
    if found[0].status != "done":
        raise InvalidInputError(f"Turn {number} has no answer: it is {found[0].status}.")
    return found[0]
