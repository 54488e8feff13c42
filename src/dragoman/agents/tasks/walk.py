"""Walk through the steps of one run: what the journal holds is not done again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from dragoman.agents.tasks.acting import act
from dragoman.agents.tasks.expression import parse
from dragoman.agents.tasks.inputs import checked_inputs
from dragoman.agents.tasks.journal import Journal, Question, Run, StepRecord, now
from dragoman.agents.tasks.program import Program, fields_of
from dragoman.agents.tasks.prompting import prompted
from dragoman.agents.tasks.signals import Cancelled, Failed, Waiting
from dragoman.agents.tasks.spec import (
    AnyStep,
    AskStep,
    BranchStep,
    ForEachStep,
    OnError,
    PromptStep,
    SubTaskStep,
    ToolStep,
    kind_of,
)
from dragoman.agents.tasks.templates import filled
from dragoman.agents.tasks.toolbox import Tools
from dragoman.errors import DragomanError
from dragoman.models import Engine
from dragoman.settings import Settings
from dragoman.tools.ledger import Ledger

Scope = dict[str, Any]
_ENDED = frozenset({"done", "passed"})
_SKIPPED = {"output": None, "error": None, "status": "skipped"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """One run at work."""

    run: Run
    """The run."""

    journal: Journal
    """What has been done."""

    ledger: Ledger
    """What was done to the world."""

    tools: Tools
    """The tools of its steps."""

    engine: Callable[[], Awaitable[Engine]]
    """Gives the model, connected when it is first needed."""

    settings: Settings
    """Limits and defaults."""

    emit: Callable[[StepRecord], None]
    """Hears of every change of a step."""

    answer: Callable[[Question], Awaitable[Any]] | None = None
    """Answers questions at once; without it they wait for `dragoman runs answer`."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Waits between attempts."""

    def scope(self, program: Program, inputs: Mapping[str, Any]) -> Scope:
        """What the steps of a task may refer to at its beginning."""
        run = {
            "id": self.run.id,
            "date": self.run.started_at[:10],
            "started_at": self.run.started_at,
        }
        names = {step.name: _SKIPPED for inside, step, _ in program.steps() if inside is program}
        return {"inputs": dict(inputs), "steps": names, "run": run}

    async def recall(self, steps: Sequence[AnyStep], prefix: str, scope: Scope) -> None:
        """Take in what the journal holds of steps that an earlier process has done."""
        for step in steps:
            record = await self.journal.step(self.run.id, prefix + step.name)
            if record is None or record.status not in _ENDED:
                continue
            scope["steps"][step.name] = _seen(record)
            if isinstance(step, BranchStep):
                inner = f"{prefix}{step.name}."
                await self.recall([*step.branch.then, *step.branch.else_], inner, scope)

    async def level(
        self, program: Program, steps: Sequence[AnyStep], prefix: str, scope: Scope
    ) -> Any:
        """Run steps one after the other; the last one's output."""
        for step in steps:
            await self.step(program, step, prefix, scope)
        return scope["steps"][steps[-1].name]["output"] if steps else None

    async def step(self, program: Program, step: AnyStep, prefix: str, scope: Scope) -> str | None:
        """Run one step, unless it has been; the name of the step to go to after a failure.

        Raises:
            Failed: it failed, and the run stops.
            Waiting: a person must answer first.
            Cancelled: the run is to end.
        """
        path = prefix + step.name
        record = await self.journal.step(self.run.id, path)
        goto = step.on_error.goto if isinstance(step.on_error, OnError) else None
        if record is not None and record.status in _ENDED:
            scope["steps"][step.name] = _seen(record)
            await self.recall([step], prefix, scope)
            return goto if record.status == "passed" else None
        if await self.journal.cancel_wanted(self.run.id):
            raise Cancelled
        record = record or StepRecord(
            path=path, kind=kind_of(step), status="running", started_at=now()
        )
        began = time.perf_counter()
        try:
            record = await self._done(program, step, record, scope, began)
        except Waiting:
            stored = await self.journal.step(self.run.id, path) or record
            await self._keep(replace(stored, status="waiting"))
            raise
        except Failed as failure:
            failure.step = failure.step or path
            stored = await self.journal.step(self.run.id, path) or record
            record = replace(
                stored,
                error=failure.as_dict(),
                seconds=stored.seconds + time.perf_counter() - began,
            )
            await self._failed(program, step, record, scope, failure)
            return goto
        scope["steps"][step.name] = _seen(record)
        return None

    async def _failed(
        self, program: Program, step: AnyStep, record: StepRecord, scope: Scope, failure: Failed
    ) -> None:
        rule = step.on_error
        if isinstance(rule, OnError) and rule.steps:
            await self._keep(replace(record, status="failed"))
            await self.level(
                program,
                rule.steps,
                f"{record.path}.on_error.",
                {**scope, "error": failure.as_dict()},
            )
        goes_on = rule == "continue" or (
            isinstance(rule, OnError) and (rule.goto is not None or rule.then == "continue")
        )
        record = replace(record, status="passed" if goes_on else "failed")
        await self._keep(record)
        if not goes_on:
            raise failure
        scope["steps"][step.name] = _seen(record)

    async def _done(
        self, program: Program, step: AnyStep, record: StepRecord, scope: Scope, began: float
    ) -> StepRecord:
        try:
            if isinstance(step, ForEachStep):
                output = await self._for_each(program, step, record, scope)
            elif isinstance(step, BranchStep):
                output = await self._branch(program, step, record, scope)
            elif isinstance(step, SubTaskStep):
                output = await self._sub_task(program, step, record, scope)
            elif isinstance(step, AskStep):
                output = await self._ask(step, record, filled(fields_of(step), scope))
            else:
                return await self._attempts(program, step, record, scope)
        except DragomanError as error:  # a reference that leads nowhere, an input of a sub-task
            raise Failed("task", error.message, code=error.code) from None
        stored = await self.journal.step(self.run.id, record.path) or record
        done = replace(
            stored,
            status="done",
            output=output,
            error=None,
            seconds=stored.seconds + time.perf_counter() - began,
        )
        await self._keep(done)
        return done

    async def _attempts(
        self, program: Program, step: ToolStep | PromptStep, record: StepRecord, scope: Scope
    ) -> StepRecord:
        try:
            given = filled(fields_of(step), scope)
        except DragomanError as error:
            raise Failed("task", error.message, code=error.code) from None
        most = step.retry.attempts if step.retry else 1
        again = record.status == "again"
        while True:
            began = time.perf_counter()
            record = replace(record, status="running", input=given)
            await self._keep(record)
            try:
                if isinstance(step, PromptStep):
                    reply = await prompted(
                        await self.engine(), step, given, tenant=self.run.tenant, run=self.run.id
                    )
                    output, usage = reply.output, reply.usage
                else:
                    tool = self.tools[str(program.file), step.tool]
                    output = await act(self, step, tool, given, record, again=again)
                    usage = {}
            except Failed as failure:
                retry = step.retry
                if (
                    retry is None
                    or record.attempt >= most
                    or failure.kind == "task"
                    or not ({"any", failure.kind} & set(retry.only))
                ):
                    raise
                record = replace(
                    record,
                    attempt=record.attempt + 1,
                    error=failure.as_dict(),
                    seconds=record.seconds + time.perf_counter() - began,
                )
                await self._keep(record)
                await self.sleep(retry.wait * retry.factor ** (record.attempt - 2))
                continue
            done = replace(
                record,
                status="done",
                output=output,
                error=None,
                usage=usage,
                seconds=record.seconds + time.perf_counter() - began,
            )
            await self._keep(done)
            return done

    async def _for_each(
        self, program: Program, step: ForEachStep, record: StepRecord, scope: Scope
    ) -> list[Any]:
        items = record.input  # as they were when the step began
        if items is None:
            items = (
                parse(step.for_each).value(scope)
                if isinstance(step.for_each, str) and "${{" not in step.for_each
                else filled(step.for_each, scope)
            )
            if not isinstance(items, list):
                raise Failed("task", f"for_each needs a list, not {str(items)[:80]!r}.")
        await self._keep(replace(record, status="running", input=items))
        outputs: list[Any] = [None] * len(items)
        failures: list[Failed] = []
        waits: list[Waiting] = []
        left = iter(enumerate(items))

        async def work() -> None:
            for index, item in left:
                if failures and step.on_error != "continue":
                    return
                inner = {**scope, "steps": dict(scope["steps"]), "item": item, "index": index}
                try:
                    last = await self.level(program, step.steps, f"{record.path}[{index}].", inner)
                    outputs[index] = last if step.output is None else filled(step.output, inner)
                except Failed as failure:
                    failures.append(failure)
                except Waiting as wait:
                    waits.append(wait)

        await asyncio.gather(*(work() for _ in range(min(step.parallel, len(items)))))
        if failures and step.on_error != "continue":
            raise failures[0]
        if waits:
            raise waits[0]
        return outputs

    async def _branch(
        self, program: Program, step: BranchStep, record: StepRecord, scope: Scope
    ) -> Any:
        holds = record.input
        if holds is None:
            text = step.branch.if_.strip().removeprefix("${{").removesuffix("}}")
            holds = bool(parse(text).value(scope))
        await self._keep(replace(record, status="running", input=holds))
        steps = step.branch.then if holds else step.branch.else_
        return await self.level(program, steps, f"{record.path}.", scope)

    async def _sub_task(
        self, program: Program, step: SubTaskStep, record: StepRecord, scope: Scope
    ) -> Any:
        child = program.children[step.task]
        inputs = record.input
        if inputs is None:
            given = filled(step.arguments, scope)
            inputs = checked_inputs(child.spec, given, folder=child.folder, here=program.folder)
        await self._keep(replace(record, status="running", input=inputs))
        inner = self.scope(child, inputs)
        last = await self.level(child, child.spec.steps, f"{record.path}.", inner)
        return filled(child.spec.outputs, inner) if child.spec.outputs else last

    async def _ask(self, step: AskStep, record: StepRecord, given: dict[str, Any]) -> Any:
        await self._keep(replace(record, status="running", input=given))
        choices = ("yes", "no") if step.answer == "approval" else step.choices
        question = Question(
            path=record.path,
            kind=step.answer,
            text=given["ask"],
            choices=choices,
            shown=given["show"],
            asked_at=now(),
        )
        found = await self.ask(question, seconds=step.timeout)
        if found is None:
            if given["default"] is None:
                raise Failed("timeout", "Nobody answered in time.")
            return given["default"]
        return found == "yes" if step.answer == "approval" else found

    async def ask(self, question: Question, *, seconds: float | None = None) -> Any:
        """A person's answer; None when the time for it is over.

        Raises:
            Waiting: there is none yet.
        """
        kept = await self.journal.ask(self.run.id, question)
        if kept.answer is not None:
            return kept.answer
        if seconds is not None:
            age = datetime.now(UTC) - datetime.fromisoformat(kept.asked_at)
            if age.total_seconds() >= seconds:
                return None
        if self.answer is not None and (given := await self.answer(kept)) is not None:
            await self.journal.answer(self.run.id, kept.path, given)
            return given
        raise Waiting(kept.path)

    async def _keep(self, record: StepRecord) -> None:
        await self.journal.keep(self.run.id, record)
        self.emit(record)


def _seen(record: StepRecord) -> dict[str, Any]:
    status = "failed" if record.status == "passed" else record.status
    return {"output": record.output, "error": record.error, "status": status}
