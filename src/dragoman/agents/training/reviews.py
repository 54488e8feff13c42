"""What people said about finished turns: accepted, rejected, or how it should have been."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Self

import aiosqlite

from dragoman.errors import InvalidInputError

Verdict = Literal["accepted", "rejected", "corrected"]

_TABLE = """
CREATE TABLE IF NOT EXISTS reviews (
    turn TEXT PRIMARY KEY, thread TEXT NOT NULL, verdict TEXT NOT NULL,
    correction TEXT NOT NULL, reviewed_at TEXT NOT NULL
) WITHOUT ROWID
"""
_FORM = (
    'Write {"answer": "…", "calls": [{"tool": "…", "arguments": {…}, "result": …}]}; either may be '
    "left out, and so may a result that the turn has already."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """How a turn should have been."""

    answer: str | None = None
    """The right answer, None when it was right."""

    calls: tuple[Mapping[str, Any], ...] | None = None
    """The right calls, each with ``tool``, ``arguments`` and perhaps ``result``; None when they
    were right, empty when there should have been none."""

    @classmethod
    def read(cls, text: str) -> Self:
        """The correction that a file holds: JSON, or the right answer as plain text.

        Raises:
            InvalidInputError: it is empty, or JSON of another form.
        """
        if not text.strip():
            raise InvalidInputError("The correction is empty.", cure=_FORM)
        try:
            found = json.loads(text)
        except ValueError:
            return cls(answer=text.strip())
        if not isinstance(found, dict) or not found or found.keys() - {"answer", "calls"}:
            raise InvalidInputError("This is not a correction.", cure=_FORM)
        return cls.of(found)

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Self:
        """The correction from its JSON form.

        Raises:
            InvalidInputError: an answer that is no text, or calls without tool or arguments.
        """
        answer, calls = found.get("answer"), found.get("calls")
        if answer is not None and not (isinstance(answer, str) and answer.strip()):
            raise InvalidInputError("The corrected answer is no text.", cure=_FORM)
        if calls is not None and not (isinstance(calls, list) and all(map(_is_call, calls))):
            raise InvalidInputError("The corrected calls cannot be read.", cure=_FORM)
        return cls(answer=answer, calls=None if calls is None else tuple(calls))

    def as_dict(self) -> dict[str, Any]:
        """The JSON form, what was right left out."""
        found: dict[str, Any] = {} if self.answer is None else {"answer": self.answer}
        return found if self.calls is None else {**found, "calls": list(self.calls)}


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnReview:
    """A person's word about one turn."""

    turn: str
    """Turn id."""

    verdict: Verdict
    """Whether it may be learned from as it was, not at all, or as corrected."""

    correction: Correction = field(default_factory=Correction)
    """How it should have been."""

    reviewed_at: str = ""
    """When, ISO 8601 in UTC."""


class Reviews:
    """The table of reviews. A thread's key is ``<tenant>/<thread>``."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        """Use an open connection; call `setup` once before anything else."""
        self._connection = connection

    async def setup(self) -> None:
        """Create the table when it is missing."""
        await self._connection.execute(_TABLE)
        await self._connection.commit()

    async def put(self, thread: str, turn: str, verdict: Verdict, correction: Correction) -> None:
        """Write down the word about a turn; a later one takes its place."""
        written = json.dumps(correction.as_dict(), ensure_ascii=False)
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        await self._connection.execute(
            "INSERT OR REPLACE INTO reviews VALUES (?, ?, ?, ?, ?)",
            (turn, thread, verdict, written, now),
        )
        await self._connection.commit()

    async def of(self, thread: str) -> dict[str, TurnReview]:
        """The reviews of a thread, by turn id."""
        rows = await self._connection.execute_fetchall(
            "SELECT turn, verdict, correction, reviewed_at FROM reviews WHERE thread = ?", (thread,)
        )
        return {
            row[0]: TurnReview(
                turn=row[0],
                verdict=row[1],
                correction=Correction.of(json.loads(row[2])),
                reviewed_at=row[3],
            )
            for row in rows
        }

    async def forget(self, thread: str) -> None:
        """Forget the reviews of a thread."""
        await self._connection.execute("DELETE FROM reviews WHERE thread = ?", (thread,))
        await self._connection.commit()


def _is_call(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("tool"), str)
        and isinstance(value.get("arguments"), dict)
        and not value.keys() - {"tool", "arguments", "result"}
    )
