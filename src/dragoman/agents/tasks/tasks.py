"""Run tasks, go on with them, answer what they ask: the door to this package."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiosqlite
from anyio.to_thread import run_sync
from filelock import FileLock, Timeout

from dragoman.agents.tasks.graph import task_graph
from dragoman.agents.tasks.inputs import checked_inputs
from dragoman.agents.tasks.journal import Journal, Question, Run, StepRecord, now
from dragoman.agents.tasks.program import Program, fields_of, load
from dragoman.agents.tasks.signals import Cancelled, Failed
from dragoman.agents.tasks.spec import ToolStep, kind_of
from dragoman.agents.tasks.templates import filled, filled_where_known
from dragoman.agents.tasks.toolbox import collect
from dragoman.agents.tasks.walk import Walk
from dragoman.errors import InvalidInputError, RunBusyError, RunNotFoundError, RunStateError
from dragoman.models import Engine
from dragoman.settings import Settings
from dragoman.tools import Tool
from dragoman.tools.ledger import Ledger

Emit = Callable[[StepRecord], None]
Answerer = Callable[[Question], Awaitable[Any]]


class Tasks:
    """The runs of one tenant in one data folder.

    Usage:
        tasks = Tasks(settings=Settings())
        run = await tasks.run("report.yaml", {"month": "2026-10"})
        run.status, run.output
    """

    def __init__(
        self,
        *,
        settings: Settings | None = None,
        engine: Engine | None = None,
        tools: Iterable[Tool] = (),
        emit: Emit | None = None,
        answer: Answerer | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Describe them; nothing is opened yet.

        Args:
            settings: Data folder, tenant, engine, limits.
            engine: A model, which stays open; the setting's, when a step needs one, if not given.
            tools: Tools beside the built-in ones, by name.
            emit: Hears of every change of a step.
            answer: Answers questions at once; a None lets the run wait.
            sleep: Waits between attempts.
        """
        self.settings = settings or Settings()
        self._engine = engine
        self._tools = tuple(tools)
        self._emit = emit or (lambda _: None)
        self._answer = answer
        self._sleep = sleep

    async def plan(self, file: str | Path, inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Every step with what is known of its values; nothing is done, everything is checked.

        Raises:
            TaskError: the task, a tool of it or an input cannot be used.
        """
        program = await run_sync(load, Path(file))
        checked = checked_inputs(program.spec, inputs, folder=program.folder, here=Path.cwd())
        async with AsyncExitStack() as stack:
            tools = await collect(program, self.settings, self._tools, stack)
        found = []
        for inside, step, path in program.steps():
            scope = {"inputs": checked} if inside is program else {}
            entry = {
                "step": step.name,
                "kind": kind_of(step),
                "file": inside.file.name,
                "depth": sum(isinstance(part, int) for part in path) - 1,
                "values": filled_where_known(fields_of(step), scope),
            }
            if isinstance(step, ToolStep):
                tool = tools[str(inside.file), step.tool]
                entry |= {"tool": step.tool, "effect": tool.effect}
            found.append(entry)
        return found

    async def run(self, file: str | Path, inputs: Mapping[str, Any]) -> Run:
        """Run a task from its beginning, as far as it goes without a person.

        Raises:
            TaskError: the task, a tool of it or an input cannot be used; nothing was done.
        """
        program = await run_sync(load, Path(file))
        checked = checked_inputs(program.spec, inputs, folder=program.folder, here=Path.cwd())
        run = Run(
            id=uuid.uuid4().hex[:12],
            tenant=self.settings.tenant,
            task=program.spec.name,
            file=str(program.file),
            texts=program.texts(),
            inputs=checked,
            status="running",
            started_at=now(),
        )
        async with AsyncExitStack() as stack:
            tools = await collect(program, self.settings, self._tools, stack)
            self._claim(run.id, stack)
            async with self._open() as (journal, ledger, saver):
                await journal.begin(run)
                return await self._work(run, program, journal, ledger, saver, tools, stack)

    async def resume(self, run_id: str) -> Run:
        """Go on with a run that was killed, interrupted, has failed or has been answered.

        Raises:
            RunNotFoundError: no such run.
            RunStateError: it is over.
            RunBusyError: another process works on it.
        """
        async with AsyncExitStack() as stack, self._open() as (journal, ledger, saver):
            run = await self._found(journal, run_id)
            self._claim(run.id, stack)
            run = await self._found(journal, run.id)  # as it is now that nobody else works on it
            if run.status in {"done", "cancelled"}:
                raise RunStateError(f"The run {run.id} is {run.status}.", cure="Begin another run.")
            program = await run_sync(load, Path(run.file), run.texts)
            tools = await collect(program, self.settings, self._tools, stack)
            if run.status == "failed":
                await journal.try_again(run.id)
            await journal.mark(run.id, "running")
            return await self._work(run, program, journal, ledger, saver, tools, stack)

    async def answer(self, run_id: str, value: str, *, path: str | None = None) -> Question:
        """Answer a question of a run; `resume` goes on with it.

        Raises:
            RunNotFoundError: no such run, or no such open question.
            InvalidInputError: the answer is not among the choices.
        """
        async with self._open() as (journal, _, _):
            run = await self._found(journal, run_id)
            waiting = [each for each in await journal.questions(run.id) if each.answer is None]
            found = [each for each in waiting if path is None or each.path == path]
            if len(found) != 1:
                paths = ", ".join(each.path for each in waiting) or "none"
                raise RunNotFoundError(
                    f"The run {run.id} asks {len(found)} such questions.", cure=f"Open: {paths}."
                )
            question = found[0]
            if question.choices and value not in question.choices:
                raise InvalidInputError(
                    f"{value!r} is no answer to {question.path}.",
                    cure=f"Answer: {', '.join(question.choices)}.",
                )
            if run.status in {"cancelled", "done"} or not await journal.answer(
                run.id, question.path, value
            ):
                raise RunStateError(f"The run {run.id} waits for nothing.")
            return replace(question, answer=value)

    async def cancel(self, run_id: str) -> Run:
        """End a run: at once when nobody works on it, else before its next step.

        Raises:
            RunNotFoundError: no such run.
            RunStateError: it is over.
        """
        async with AsyncExitStack() as stack, self._open() as (journal, _, saver):
            run = await self._found(journal, run_id)
            if run.status in {"done", "cancelled"}:
                raise RunStateError(f"The run {run.id} is {run.status} already.")
            await journal.want_cancelled(run.id, wanted=True)
            try:
                self._claim(run.id, stack)
            except RunBusyError:
                return replace(run, cancel=True)
            await journal.mark(run.id, "cancelled")
            await saver.adelete_thread(run.id)
            return await self._found(journal, run.id)

    async def runs(self) -> list[Run]:
        """All runs, the latest first; one that was killed is ``interrupted``."""
        async with self._open() as (journal, _, _):
            return [self._as_it_is(run) for run in await journal.runs(self.settings.tenant)]

    async def show(self, run_id: str) -> tuple[Run, list[StepRecord], list[Question]]:
        """A run with its steps and questions.

        Raises:
            RunNotFoundError: no such run.
        """
        async with self._open() as (journal, _, _):
            run = await self._found(journal, run_id)
            return self._as_it_is(run), await journal.steps(run.id), await journal.questions(run.id)

    async def _work(
        self,
        run: Run,
        program: Program,
        journal: Journal,
        ledger: Ledger,
        saver: Any,
        tools: Any,
        stack: AsyncExitStack,
    ) -> Run:
        connecting = asyncio.Lock()
        connected: list[Engine] = [] if self._engine is None else [self._engine]

        async def engine() -> Engine:
            async with connecting:
                if not connected:
                    from dragoman.models.connect import connect  # noqa: PLC0415 - not every task asks a model

                    connected.append(await connect(self.settings.engine, self.settings))
                    stack.push_async_callback(connected[0].aclose)
                return connected[0]

        walk = Walk(
            run=run,
            journal=journal,
            ledger=ledger,
            tools=tools,
            engine=engine,
            settings=self.settings,
            emit=self._emit,
            answer=self._answer,
            sleep=self._sleep,
        )
        scope = walk.scope(program, run.inputs)
        await walk.recall(program.spec.steps, "", scope)
        graph = task_graph(walk, program, scope, saver)
        config = {
            "configurable": {"thread_id": run.id},
            "recursion_limit": len(program.spec.steps) + 10,
        }
        known = await graph.aget_state(config)
        try:
            start = None if known.next else {"at": ""}
            await graph.ainvoke(start, config, durability="sync")
            if (await graph.aget_state(config)).next:
                await journal.mark(run.id, "waiting")
            else:
                last = scope["steps"][program.spec.steps[-1].name]["output"]
                output = filled(program.spec.outputs, scope) if program.spec.outputs else last
                await journal.mark(run.id, "done", output=output)
                await saver.adelete_thread(run.id)
        except Failed as failure:
            await journal.mark(run.id, "failed", error=failure.as_dict())
        except Cancelled:
            await journal.mark(run.id, "cancelled")
            await saver.adelete_thread(run.id)
        except BaseException as error:
            note = {
                "kind": "interrupted",
                "code": "DRG-TURN-UNFINISHED",
                "message": type(error).__name__,
                "step": "",
            }
            await asyncio.shield(journal.mark(run.id, "interrupted", error=note))
            raise
        return await self._found(journal, run.id)

    async def _found(self, journal: Journal, run_id: str) -> Run:
        run = await journal.run(self.settings.tenant, run_id)
        if run is None:
            raise RunNotFoundError(f"There is no run {run_id!r}.", cure="See: dragoman runs list")
        return run

    def _as_it_is(self, run: Run) -> Run:
        """A run that counts as running although nobody works on it was killed."""
        if run.status != "running":
            return run
        try:
            with self._lock(run.id):
                return replace(run, status="interrupted")
        except Timeout:
            return run

    def _lock(self, run_id: str) -> FileLock:
        folder = self.settings.home / "runs"
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / f"{run_id}.lock", timeout=0, thread_local=False)

    def _claim(self, run_id: str, stack: AsyncExitStack) -> None:
        try:
            stack.enter_context(self._lock(run_id))
        except Timeout:
            raise RunBusyError(
                f"Another process works on the run {run_id}.",
                cure="Wait for it to end, or cancel it: dragoman runs cancel " + run_id,
            ) from None

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[tuple[Journal, Ledger, Any]]:
        from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer  # noqa: PLC0415 - slow to import
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver  # noqa: PLC0415 - the same

        self.settings.home.mkdir(parents=True, exist_ok=True)
        path = self.settings.home / "runs.sqlite"
        async with (
            aiosqlite.connect(path, isolation_level=None) as recording,
            aiosqlite.connect(path, isolation_level=None) as saving,
        ):
            for connection, synchronous in ((recording, "FULL"), (saving, "NORMAL")):
                await connection.execute("PRAGMA busy_timeout = 10000")
                await connection.execute("PRAGMA journal_mode = WAL")
                await connection.execute(f"PRAGMA synchronous = {synchronous}")
            journal, ledger = Journal(recording), Ledger(recording)
            saver = AsyncSqliteSaver(saving, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
            for part in (journal, ledger, saver):
                await part.setup()
            yield journal, ledger, saver
