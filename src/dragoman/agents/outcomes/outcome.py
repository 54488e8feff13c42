"""How a turn ended, told from its state at the end or from what was kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast, get_args

from dragoman.agents.state import TurnState
from dragoman.agents.transcript import Turn

Outcome = Literal["supported", "answered", "asked_back", "gave_up", "handed_off", "open", "failed"]
"""``supported``: rests on a cited passage, a tool's result or a prepared answer; ``answered``: on
nothing that can be checked, as small talk does; ``asked_back``: the person was asked for what was
missing; ``gave_up``: it was said that there is no answer, or a budget ended the work; ``open``: it
waits for a person, or goes on; ``failed``: it was cut off."""

_KNOWN = frozenset(get_args(Outcome))


def outcome_of(state: TurnState) -> Outcome:
    """How a turn that has its answer ended. `handed_off` is what `TurnState.outcome` says."""
    if (known := state.get("outcome", "")) in _KNOWN:
        return cast("Outcome", known)
    if state.get("missing"):
        return "asked_back"
    if state.get("stopped") or (state.get("documents_only") and not state.get("evidence")):
        return "gave_up" if not state.get("at_once") else "supported"
    if state.get("at_once") or state.get("cached"):
        return "supported"
    return _by_support(state)


def kept_outcome(turn: Turn) -> Outcome:
    """How a turn ended, as it is kept; of turns from before this was kept, as its parts tell."""
    if turn.status == "done":
        known = turn.record.get("outcome", "")
        return cast("Outcome", known) if known in _KNOWN else _by_support(turn.record)
    return "open" if turn.status in {"waiting", "running"} else "failed"


def _by_support(record: Mapping[str, Any]) -> Outcome:
    review = record.get("review") or {}
    succeeded = any(not call.get("error") for call in record.get("calls", ()))
    if record.get("citations") or succeeded:
        return "supported"
    return "gave_up" if review.get("templated") or record.get("calls") else "answered"
