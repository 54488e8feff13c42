"""How much one turn may take: steps, tokens and time."""

from __future__ import annotations

from dragoman.agents.state import TurnState
from dragoman.settings import Settings


def exhausted(state: TurnState, settings: Settings) -> str:
    """Which budget is used up: ``steps``, ``tokens``, ``seconds``, or empty."""
    usage = state.get("usage", {})
    tokens = usage.get("input_tokens", 0) + usage.get("output_tokens", 0)
    if state.get("step", 0) >= settings.max_steps:
        return "steps"
    if settings.turn_tokens and tokens >= settings.turn_tokens:
        return "tokens"
    if settings.turn_seconds and state.get("worked", 0.0) >= settings.turn_seconds:
        return "seconds"
    return ""
