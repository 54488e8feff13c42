"""Ask a person before calls that need it; the turn waits here, over restarts if need be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from dragoman.agents.parts import Parts
from dragoman.agents.state import TurnState, calls_of, plain
from dragoman.tools import Call


async def approve(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Interrupt once for all calls of the plan that need a person's word.

    The node holds nothing but the interrupt, because what stands before one runs again on resume.
    The resume value maps call ids to the fields of `Decision`.
    """
    planned = calls_of(state["planned"])
    suspect = state.get("suspect", {})
    asked = [call for call in planned if call.id in suspect or call.id in state["ruled"]]
    if not asked:
        return {}
    asking = {"calls": plain(asked), "reasons": suspect, "outside": state.get("outside", [])}
    decisions: dict[str, dict[str, Any]] = interrupt(asking)
    at = runtime.context.now().astimezone(UTC).isoformat(timespec="milliseconds")
    decided = [_entry(call, decisions.get(call.id), suspect.get(call.id, ""), at) for call in asked]
    return {
        "planned": plain([_decided(call, decisions.get(call.id)) for call in planned]),
        "approvals": [*state.get("approvals", []), *decided],
    }


def _entry(call: Call, decision: dict[str, Any] | None, why: str, at: str) -> dict[str, Any]:
    """What is kept of one decision, beside the call as it then ran."""
    decision = decision or {"approve": True}
    edited = decision["approve"] and bool(decision.get("arguments"))
    outcome = "edited" if edited else "approved" if decision["approve"] else "rejected"
    return {
        "call": call.id,
        "tool": call.tool,
        "asked": call.arguments,
        "why": why,
        "outcome": "expired" if decision.get("expired") else outcome,
        "reason": decision.get("reason", ""),
        "decided_at": at,
    }


def _decided(call: Call, decision: dict[str, Any] | None) -> Call:
    if decision is None:
        return call
    if not decision["approve"]:
        reason = decision.get("reason") or "no reason given"
        if decision.get("expired"):
            return replace(call, error=f"Not run: {reason}")
        return replace(call, error=f"A person rejected this call: {reason}")
    return replace(call, arguments=decision.get("arguments") or call.arguments)
