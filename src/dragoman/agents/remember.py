"""Last node: write the turn into the thread's transcript, once."""

from __future__ import annotations

import json
from typing import Any

from langgraph.runtime import Runtime

from dragoman.agents.cached import keep
from dragoman.agents.outcomes.outcome import outcome_of
from dragoman.agents.parts import Parts
from dragoman.agents.state import TurnState
from dragoman.agents.taint import answer_taint


async def remember(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Record the answer under the turn's id; a repeated run after a crash changes nothing."""
    courtesy, answer = state.get("courtesy", ""), state["answer"]
    if courtesy and not answer.startswith(courtesy):
        answer = f"{courtesy}\n\n{answer}"
    await runtime.context.transcript.finish(
        state["turn"],
        answer=answer,
        language=state["language"],
        record={
            "thread_language": state["thread_language"],
            "images": state.get("images", []),
            "citations": state["citations"],
            "passages": state.get("passages", []),
            "calls": state.get("calls", []),
            "thoughts": _thoughts(state),
            "approvals": state.get("approvals", []),
            "review": state["review"],
            "usage": state.get("usage", {}),
            "taint": answer_taint(state, runtime.context),
            "agent": runtime.context.spec.name,
            "outcome": outcome_of(state),
            "handed": state.get("handed", {}),
        },
    )
    await keep(state, runtime.context)
    return {"answer": answer}


def _thoughts(state: TurnState) -> dict[str, str]:
    """What the planner thought, by the step whose calls it led to."""
    plans = [
        entry["content"] for entry in state.get("messages", []) if entry["role"] == "assistant"
    ]
    return {str(step): _thought(plan) for step, plan in enumerate(plans, 1)}


def _thought(plan: str) -> str:
    """The thought in a constrained plan; native calls stand there without one."""
    return str(json.loads(plan).get("thought", "")) if plan.startswith("{") else ""
