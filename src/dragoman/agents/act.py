"""Run the planned calls and show the planner what came of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from dragoman.agents.events import PassagesEvent, ToolEndEvent, ToolStartEvent
from dragoman.agents.parts import Parts
from dragoman.agents.plan import SEARCH
from dragoman.agents.recall import render, within_budget
from dragoman.agents.state import ChatMessage, TurnState, calls_of, passages_of, plain
from dragoman.memory import Passage
from dragoman.tools import Call
from dragoman.tools.call import as_plain
from dragoman.tools.execute import Executor


async def act(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Run the calls that a person has not rejected; append the observations to `messages`."""
    parts = runtime.context
    planned = calls_of(state["planned"])
    for call in planned:
        runtime.stream_writer(ToolStartEvent(call=call))
    executor = Executor(
        registry=parts.registry,
        ledger=parts.ledger,
        thread=state["thread"],
        turn=state["turn"],
        default_seconds=parts.settings.tool_seconds,
    )
    ran = {call.id: call for call in await executor.run([c for c in planned if not c.error])}
    passages = passages_of(state)
    done: list[Call] = []
    for call in planned:
        finished = ran.get(call.id, call)
        if finished.tool == SEARCH and isinstance(finished.result, list):
            finished = _taken_in(finished, passages, parts)
        finished = replace(finished, result=as_plain(finished.result))
        done.append(finished)
        runtime.stream_writer(ToolEndEvent(call=finished))
    if len(passages) > len(state["passages"]):
        runtime.stream_writer(PassagesEvent(passages=tuple(passages)))
    return {
        "planned": [],
        "calls": [*state.get("calls", []), *plain(done)],
        "passages": plain(passages),
        "messages": [*state["messages"], ChatMessage(role="user", content=_observations(done))],
    }


def _taken_in(call: Call, passages: list[Passage], parts: Parts) -> Call:
    """Number the passages that a search found and keep them; its result says which are new."""
    known = {passage.hash for passage in passages}
    new = within_budget(
        [passage for passage in call.result if passage.hash not in known],
        count=parts.settings.passage_count,
        tokens=parts.settings.passage_tokens,
    )
    text = render(new, first=len(passages) + 1) or "No new passages."
    passages.extend(new)
    return replace(call, result=text)


def _observations(calls: Sequence[Call]) -> str:
    lines = [
        f"{call.tool}({json.dumps(call.arguments, ensure_ascii=False, default=str)}) = "
        f"{call.observation()}"
        for call in calls
    ]
    return "Results:\n" + "\n".join(lines) + "\n\nPlan:"
