"""What became of each step of each run: the record that a run goes on from after a crash.

The tables lie in a database of their own, ``runs.sqlite`` in the data folder, which several
processes may open: a run can be listed, answered and cancelled while another process works on it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiosqlite

from dragoman.tools.call import as_plain

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, task TEXT NOT NULL, file TEXT NOT NULL,
    texts TEXT NOT NULL, inputs TEXT NOT NULL, status TEXT NOT NULL, output TEXT, error TEXT,
    started_at TEXT NOT NULL, ended_at TEXT, cancel INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS steps (
    run TEXT NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 1, input TEXT, output TEXT, error TEXT,
    started_at TEXT NOT NULL, seconds REAL NOT NULL DEFAULT 0, usage TEXT,
    PRIMARY KEY (run, path)
);
CREATE TABLE IF NOT EXISTS questions (
    run TEXT NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
    choices TEXT NOT NULL, shown TEXT, asked_at TEXT NOT NULL, answer TEXT,
    PRIMARY KEY (run, path)
);
"""
_RUN = "id, tenant, task, file, texts, inputs, status, output, error, started_at, ended_at, cancel"
_STEP = "path, kind, status, attempt, input, output, error, started_at, seconds, usage"


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run of a task."""

    id: str
    """What it is called by."""

    tenant: str
    """Whose it is."""

    task: str
    """Name of the task."""

    file: str
    """The task file."""

    texts: dict[str, str]
    """The files as they were when the run began."""

    inputs: dict[str, Any]
    """What it was given."""

    status: str
    """``running``, ``waiting`` for a person, ``done``, ``failed``, ``interrupted`` or
    ``cancelled``."""

    output: Any = None
    """What it gave."""

    error: dict[str, Any] | None = None
    """Why it failed: code, message, step."""

    started_at: str = ""
    """When, ISO 8601 in UTC."""

    ended_at: str | None = None
    """When it ended, or stopped last."""

    cancel: bool = False
    """Whether somebody wants it to end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRecord:
    """One step of a run."""

    path: str
    """Where in the task, for example ``triage[3].classify``."""

    kind: str
    """What kind of step it is."""

    status: str
    """``running``, ``waiting``, ``done``, ``failed``, ``again`` after a failure, ``skipped``."""

    attempt: int = 1
    """Which attempt it is or was."""

    input: Any = None
    """What it was given, references filled in."""

    output: Any = None
    """What it gave."""

    error: dict[str, Any] | None = None
    """Why it failed."""

    started_at: str = ""
    """When it was begun."""

    seconds: float = 0.0
    """How long it took."""

    usage: dict[str, float] = field(default_factory=dict)
    """Model calls, tokens and money."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a run asks a person."""

    path: str
    """The step that asks."""

    kind: str
    """``text``, ``choice``, ``approval``, or ``effect``: whether something has happened."""

    text: str
    """The question."""

    choices: tuple[str, ...]
    """What may be answered; anything when empty."""

    shown: Any
    """What the person needs to see."""

    asked_at: str
    """When."""

    answer: Any = None
    """The answer; None while there is none."""


class Journal:
    """Runs, their steps and their questions."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        """Use an open connection in autocommit mode; call `setup` first."""
        self._connection = connection

    async def setup(self) -> None:
        """Create the tables when they are missing."""
        for statement in _TABLES.split(";\n"):
            await self._connection.execute(statement)

    async def begin(self, run: Run) -> None:
        """Write down a new run."""
        await self._connection.execute(
            f"INSERT INTO runs ({_RUN}) VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, NULL, 0)",  # noqa: S608 - our own names
            (
                run.id,
                run.tenant,
                run.task,
                run.file,
                _dump(run.texts),
                _dump(run.inputs),
                run.status,
                run.started_at,
            ),
        )

    async def mark(self, run: str, status: str, *, output: Any = None, error: Any = None) -> None:
        """Write down how a run stands."""
        await self._connection.execute(
            "UPDATE runs SET status = ?, output = ?, error = ?, ended_at = ? WHERE id = ?",
            (status, _dump(output), _dump(error), None if status == "running" else now(), run),
        )

    async def want_cancelled(self, run: str, *, wanted: bool) -> None:
        """Ask whoever works on a run to end it before its next step."""
        await self._connection.execute("UPDATE runs SET cancel = ? WHERE id = ?", (wanted, run))

    async def run(self, tenant: str, run: str) -> Run | None:
        """The run of that id, or of the only id that begins so."""
        found = await self._runs("AND substr(id, 1, ?) = ?", (tenant, len(run), run))
        exact = [each for each in found if each.id == run]
        return exact[0] if exact else found[0] if len(found) == 1 else None

    async def runs(self, tenant: str) -> list[Run]:
        """The runs of a tenant, the latest first."""
        return await self._runs("", (tenant,))

    async def _runs(self, condition: str, values: tuple[Any, ...]) -> list[Run]:
        query = f"SELECT {_RUN} FROM runs WHERE tenant = ? {condition} ORDER BY started_at DESC"  # noqa: S608 - the same
        return [
            Run(
                **{
                    **dict(zip(_RUN.split(", "), row, strict=True)),
                    "texts": json.loads(row[4]),
                    "inputs": json.loads(row[5]),
                    "output": _load(row[7]),
                    "error": _load(row[8]),
                    "cancel": bool(row[11]),
                }
            )
            for row in await self._connection.execute_fetchall(query, values)
        ]

    async def step(self, run: str, path: str) -> StepRecord | None:
        """The record of one step, if it was begun."""
        found = await self._steps("AND path = ?", (run, path))
        return found[0] if found else None

    async def steps(self, run: str) -> list[StepRecord]:
        """All steps of a run in the order in which they were begun."""
        return await self._steps("", (run,))

    async def _steps(self, condition: str, values: Sequence[Any]) -> list[StepRecord]:
        query = f"SELECT {_STEP} FROM steps WHERE run = ? {condition} ORDER BY rowid"  # noqa: S608 - the same
        return [
            StepRecord(
                **{
                    **dict(zip(_STEP.split(", "), row, strict=True)),
                    "input": _load(row[4]),
                    "output": _load(row[5]),
                    "error": _load(row[6]),
                    "usage": _load(row[9]) or {},
                }
            )
            for row in await self._connection.execute_fetchall(query, values)
        ]

    async def keep(self, run: str, step: StepRecord) -> None:
        """Write down how a step stands."""
        await self._connection.execute(
            f"INSERT INTO steps (run, {_STEP}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608 - the same
            "ON CONFLICT (run, path) DO UPDATE SET status = excluded.status, "
            "attempt = excluded.attempt, input = excluded.input, output = excluded.output, "
            "error = excluded.error, seconds = excluded.seconds, usage = excluded.usage",
            (
                run,
                step.path,
                step.kind,
                step.status,
                step.attempt,
                _dump(step.input),
                _dump(step.output),
                _dump(step.error),
                step.started_at or now(),
                step.seconds,
                _dump(step.usage),
            ),
        )

    async def try_again(self, run: str) -> None:
        """Let the failed steps of a run begin again."""
        await self._connection.execute(
            "UPDATE steps SET status = 'again', attempt = 1 WHERE run = ? AND status = 'failed'",
            (run,),
        )
        await self._connection.execute(
            "DELETE FROM questions WHERE run = ? AND answer IS NOT NULL AND path IN "
            "(SELECT path FROM steps WHERE run = ? AND status = 'again')",
            (run, run),
        )

    async def ask(self, run: str, question: Question) -> Question:
        """Write down a question, once; as it stands, with its answer if there is one."""
        await self._connection.execute(
            "INSERT INTO questions (run, path, kind, text, choices, shown, asked_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run, path) DO NOTHING",
            (
                run,
                question.path,
                question.kind,
                question.text,
                _dump(question.choices),
                _dump(question.shown),
                question.asked_at,
            ),
        )
        (found,) = [each for each in await self.questions(run) if each.path == question.path]
        return found

    async def questions(self, run: str) -> list[Question]:
        """The questions of a run, the answered ones included."""
        query = (
            "SELECT path, kind, text, choices, shown, asked_at, answer FROM questions "
            "WHERE run = ? ORDER BY rowid"
        )
        return [
            Question(
                path=row[0],
                kind=row[1],
                text=row[2],
                choices=tuple(json.loads(row[3])),
                shown=_load(row[4]),
                asked_at=row[5],
                answer=_load(row[6]),
            )
            for row in await self._connection.execute_fetchall(query, (run,))
        ]

    async def forget_question(self, run: str, path: str) -> None:
        """Take a question away, so that it can be asked again."""
        await self._connection.execute(
            "DELETE FROM questions WHERE run = ? AND path = ?", (run, path)
        )

    async def cancel_wanted(self, run: str) -> bool:
        """Whether somebody wants the run to end."""
        found = await self._connection.execute_fetchall(
            "SELECT cancel FROM runs WHERE id = ?", (run,)
        )
        return any(row[0] for row in found)

    async def answer(self, run: str, path: str, value: Any) -> bool:
        """Write down an answer; whether the question was there and open."""
        cursor = await self._connection.execute(
            "UPDATE questions SET answer = ? WHERE run = ? AND path = ? AND answer IS NULL",
            (_dump(value), run, path),
        )
        return cursor.rowcount == 1


def now() -> str:
    """The present moment, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _dump(value: Any) -> str | None:
    return None if value is None else json.dumps(as_plain(value), ensure_ascii=False)


def _load(text: str | None) -> Any:
    return None if text is None else json.loads(text)
