"""Run the planned calls and show the planner what came of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from dragoman.agents.events import PassagesEvent, ToolEndEvent, ToolStartEvent
from dragoman.agents.parts import Parts
from dragoman.agents.plan import SEARCH, person_said
from dragoman.agents.prompts.preamble import observations
from dragoman.agents.prompts.results import result_line
from dragoman.agents.recall import render, within_budget
from dragoman.agents.references import next_wave
from dragoman.agents.state import ChatMessage, TurnState, calls_of, passages_of, plain
from dragoman.memory import Passage
from dragoman.tools import Call
from dragoman.tools.call import as_plain
from dragoman.tools.execute import Executor


async def act(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Run the calls that can run; then the deferred ones whose results are there become `planned`.

    What nothing is planned after is told to the planner as one observation.
    """
    parts, began = runtime.context, time.perf_counter()
    planned = calls_of(state["planned"])
    for call in planned:
        runtime.stream_writer(ToolStartEvent(call=call))
    executor = Executor(
        registry=parts.registry,
        ledger=parts.ledger,
        thread=state["thread"],
        turn=state["turn"],
        default_seconds=parts.settings.tool_seconds,
        results=parts.results,
        user=state.get("user", ""),
        groups=state.get("groups"),
        said=person_said(state),
    )
    ran = {call.id: call for call in await executor.run([c for c in planned if not c.error])}
    passages = passages_of(state)
    finished: list[Call] = []
    for call in planned:
        result = ran.get(call.id, call)
        if result.tool == SEARCH and isinstance(result.result, list):
            result = _taken_in(result, passages, parts)
        result = replace(result, result=as_plain(result.result))
        finished.append(result)
        runtime.stream_writer(ToolEndEvent(call=result))
    if len(passages) > len(state["passages"]):
        runtime.stream_writer(PassagesEvent(passages=tuple(passages)))
    done = [*calls_of(state.get("calls", [])), *finished]
    ready, waiting = next_wave(calls_of(state.get("deferred", [])), done)
    return {
        "planned": plain(ready),
        "deferred": plain(waiting),
        "calls": plain(done),
        "passages": plain(passages),
        "messages": state["messages"] if ready else _observed(state, done, parts),
        "worked": state.get("worked", 0.0) + time.perf_counter() - began,
    }


def _observed(state: TurnState, done: Sequence[Call], parts: Parts) -> list[ChatMessage]:
    """The turn's messages with the results of the last plan."""
    step = f"{state['step']}."
    lines = [
        result_line(call, numbered=parts.plans_ahead) for call in done if call.id.startswith(step)
    ]
    message = ChatMessage(role="user", content=observations("\n".join(lines)))
    return [*state["messages"], message]


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
