"""Look at what a tainted turn wants to do: does it stem from the user, or must a person decide?"""

from __future__ import annotations

import time
from typing import Any

from langgraph.runtime import Runtime

from dragoman.agents.parts import Parts
from dragoman.agents.replay import Replay
from dragoman.agents.state import TurnState, calls_of
from dragoman.agents.taint import is_guarded, outside_text
from dragoman.errors import ModelMistake
from dragoman.tools import Call
from dragoman.tools.registry import Registry


async def screen(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Set `suspect`: for the id of each call that needs a person for its origin, the reason.

    A node of its own before the interrupt, because a model is asked here, once.
    """
    parts = runtime.context
    guarded = [
        call
        for call in calls_of(state["planned"])
        if not call.error and is_guarded(call, parts.registry)
    ]
    outside = outside_text(state, parts) if guarded else []
    if not outside:
        return {"suspect": {}, "outside": []}
    began = time.perf_counter()
    open_ = [call for call in guarded if _is_open(call, parts.registry)]
    replay = Replay(state, parts)
    if open_:
        await replay.until(open_)
    reason = (
        f"The assistant has read what others wrote ({'; '.join(outside)}), and what the user wrote "
        "does not by itself lead to this call."
    )
    return {
        "suspect": {call.id: reason for call in open_ if not replay.leads_to(call)},
        "outside": outside,
        "usage": replay.usage,
        "worked": state.get("worked", 0.0) + time.perf_counter() - began,
    }


def _is_open(call: Call, registry: Registry) -> bool:
    """Whether nobody has decided yet: the call can run, and its own rule asks no person."""
    try:
        arguments = registry.validate(call.tool, call.arguments)
    except ModelMistake:
        return False
    return not registry.get(call.tool).needs_approval(arguments)
