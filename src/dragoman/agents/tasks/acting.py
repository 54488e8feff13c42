"""A step that calls a tool: approved where it must be, and its effect exactly once.

An effect's key comes from the run, the step's path and the item. A tool that takes the key is
called again under it after a crash; of one that takes none, a person is asked what happened.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dragoman.agents.tasks.journal import Question, StepRecord, now
from dragoman.agents.tasks.signals import Failed
from dragoman.agents.tasks.spec import ToolStep
from dragoman.errors import ModelMistake, OutcomeUnknownMistake, ToolFailedMistake
from dragoman.tools import Call, Tool
from dragoman.tools.call import as_plain
from dragoman.tools.execute import Executor
from dragoman.tools.ledger import effect_key
from dragoman.tools.registry import Registry

if TYPE_CHECKING:
    from dragoman.agents.tasks.walk import Walk

HAPPENED, AGAIN = "happened", "run it"
_TURN = "task"


async def act(
    walk: Walk,
    step: ToolStep,
    tool: Tool,
    given: Mapping[str, Any],
    record: StepRecord,
    *,
    again: bool,
) -> Any:
    """The tool's result.

    Raises:
        Failed: the tool failed, was refused or gave no answer in time.
        Waiting: a person must answer first.
    """
    if step.timeout is not None:
        tool = dataclasses.replace(tool, timeout=step.timeout)
    registry = Registry([tool])
    try:
        arguments = registry.validate(tool.name, given["with"])
    except ModelMistake as mistake:
        raise Failed("task", str(mistake), code="DRG-TASK-TOOL") from None
    if step.approval or tool.needs_approval(arguments):
        await _approved(walk, step, tool, given, record)
    thread = f"{walk.run.tenant}/{walk.run.id}"
    key = effect_key(thread, _TURN, record.path, tool.name)
    if tool.effect == "once":
        known = await _settled(walk, tool, key, record, again=again)
        if known is not None:
            return known
    executor = Executor(
        registry=registry,
        ledger=walk.ledger,
        thread=thread,
        turn=_TURN,
        default_seconds=walk.settings.tool_seconds,
    )
    call = Call(id=record.path, tool=tool.name, arguments=dict(given["with"]))
    try:
        return as_plain(await executor.perform(call))
    except OutcomeUnknownMistake as mistake:
        if tool.effect == "once" and not tool.idempotency_key:
            return await _settled(walk, tool, key, record, again=False) or await act(
                walk, step, tool, given, record, again=False
            )
        raise Failed("timeout", str(mistake)) from None
    except ToolFailedMistake as mistake:
        raise Failed("tool", str(mistake), code="DRG-TOOL-FAILED") from None
    except ModelMistake as mistake:
        raise Failed("task", str(mistake), code="DRG-TASK-TOOL") from None


async def _approved(
    walk: Walk, step: ToolStep, tool: Tool, given: Mapping[str, Any], record: StepRecord
) -> None:
    text = given["approval"] if isinstance(given["approval"], str) else f"May {step.tool} run?"
    answer = await walk.ask(
        Question(
            path=f"{record.path}?approval",
            kind="approval",
            text=text,
            choices=("yes", "no"),
            shown={"tool": tool.name, "arguments": given["with"]},
            asked_at=now(),
        )
    )
    if answer != "yes":
        raise Failed("task", "A person rejected this call.")


async def _settled(walk: Walk, tool: Tool, key: str, record: StepRecord, *, again: bool) -> Any:
    """What to take for the result of a call that an earlier attempt has begun; None to call."""
    earlier = await walk.ledger.find(key)
    if earlier is None or earlier.state == "done":
        return None  # the ledger hands out what is done
    if tool.idempotency_key:
        if earlier.state == "failed" and (again or record.attempt > 1):
            await walk.ledger.reopen(key)
        return None
    if earlier.state == "failed" and not again:
        return None
    path = f"{record.path}?effect"
    state = (
        "was begun, and nobody knows whether it happened"
        if earlier.state == "started"
        else (f"failed ({earlier.result})")
    )
    answer = await walk.ask(
        Question(
            path=path,
            kind="effect",
            text=f"The call of {tool.name} {state}. Has it happened, or shall it run?",
            choices=(HAPPENED, AGAIN),
            shown=record.input,
            asked_at=now(),
        )
    )
    # The answer is good for this attempt only: another crash must ask again.
    await walk.journal.forget_question(walk.run.id, path)
    if answer == AGAIN:
        await walk.ledger.reopen(key)
        return None
    result = "A person has checked: it was done."
    await walk.ledger.finish(key, "done", result)
    return result
