"""Look at what a tainted turn wants to do: does it stem from the user, or must a person decide?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from anyio.to_thread import run_sync
from langgraph.runtime import Runtime

from dragoman.agents.parts import Parts
from dragoman.agents.replay import Replay
from dragoman.agents.state import TurnState, calls_of
from dragoman.agents.taint import is_guarded, outside_text
from dragoman.errors import ModelMistake
from dragoman.tools import Call
from dragoman.tools.registry import Registry


async def screen(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Set `ruled`, the calls that need a person by a rule, and `suspect`, those by their origin.

    A node of its own before the interrupt, because a model is asked here, once, and because a rule
    may look at the world: asked again after the person's word, it could say something else.
    """
    parts = runtime.context
    ruled = await run_sync(_ruled, calls_of(state["planned"]), parts.registry)
    guarded = [
        call
        for call in calls_of(state["planned"])
        if not call.error and is_guarded(call, parts.registry)
    ]
    outside = outside_text(state, parts) if guarded else []
    if not outside:
        return {"ruled": ruled, "suspect": {}, "outside": []}
    began = time.perf_counter()
    open_ = [call for call in guarded if call.id not in ruled and _can_run(call, parts.registry)]
    replay = Replay(state, parts)
    if open_:
        await replay.until(open_)
    reason = (
        f"The assistant has read what others wrote ({'; '.join(outside)}), and what the user wrote "
        "does not by itself lead to this call."
    )
    return {
        "ruled": ruled,
        "suspect": {call.id: reason for call in open_ if not replay.leads_to(call)},
        "outside": outside,
        "usage": replay.usage,
        "worked": state.get("worked", 0.0) + time.perf_counter() - began,
    }


def _ruled(planned: Sequence[Call], registry: Registry) -> list[str]:
    """Ids of the calls that a person must agree to; one that cannot run needs nobody's word."""
    return [
        call.id
        for call in planned
        if _can_run(call, registry)
        and registry.get(call.tool).needs_approval(registry.validate(call.tool, call.arguments))
    ]


def _can_run(call: Call, registry: Registry) -> bool:
    try:
        registry.validate(call.tool, call.arguments)
    except ModelMistake:
        return False
    return True
