"""Turns that wait for a person: what is waited for, how long, and what is said meanwhile."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dragoman.agents.result import ApprovalRequest, Decision, PendingApproval
from dragoman.agents.state import calls_of
from dragoman.agents.transcript import Turn
from dragoman.errors import InvalidInputError, ModelMistake
from dragoman.languages import isolate, profile
from dragoman.settings import Settings
from dragoman.tools import Call
from dragoman.tools.registry import Registry

_LONGEST_VALUE = 80


def requests_of(asking: Mapping[str, Any], registry: Registry) -> tuple[ApprovalRequest, ...]:
    """The requests in what the node `approve` interrupted the turn with."""
    return tuple(
        ApprovalRequest(
            call=call,
            description=registry.get(call.tool).description,
            reason=asking["reasons"].get(call.id, ""),
            outside=tuple(asking["outside"]),
        )
        for call in calls_of(asking["calls"])
    )


def waiting_record(
    requests: Sequence[ApprovalRequest],
    *,
    agent: str,
    language: str,
    thread_language: Mapping[str, Any],
    since: datetime,
) -> dict[str, Any]:
    """What the transcript keeps of a waiting turn, so that it can be listed without an engine."""
    return {
        "agent": agent,
        "thread_language": thread_language,
        "language": language,
        "since": since.astimezone(UTC).isoformat(timespec="milliseconds"),
        "requests": [dataclasses.asdict(request) for request in requests],
    }


def pending(turn: Turn, *, thread: str, settings: Settings, now: datetime) -> PendingApproval:
    """A waiting turn as people decide on it.

    Args:
        turn: A turn whose status is ``waiting``.
        thread: Thread id without the tenant.
        settings: How long a decision may take.
        now: The present moment.
    """
    record = turn.record
    requests = tuple(
        ApprovalRequest(
            **{**stored, "call": Call(**stored["call"]), "outside": tuple(stored["outside"])}
        )
        for stored in record["requests"]
    )
    until = ""
    if settings.approval_seconds:
        end = datetime.fromisoformat(record["since"]) + timedelta(seconds=settings.approval_seconds)
        until = end.isoformat(timespec="milliseconds")
    return PendingApproval(
        thread=thread,
        turn=turn.id,
        agent=record.get("agent", ""),
        question=turn.question,
        language=record["language"],
        text=awaiting(requests, record["language"]),
        since=record["since"],
        until=until,
        expired=bool(until) and now >= datetime.fromisoformat(until),
        requests=requests,
    )


def awaiting(requests: Sequence[ApprovalRequest], language: str) -> str:
    """What the person who asked is told while a decision is waited for."""
    known = profile(language)
    action = "; ".join(_shown(request.call) for request in requests)
    if known.direction == "rtl":
        action = isolate(action)
    return known.replies.awaiting_approval.format(action=action)


def word(decisions: Mapping[str, Decision]) -> dict[str, dict[str, Any]]:
    """Decisions as the interrupted node reads them."""
    return {
        call_id: {
            "approve": decision.approve,
            "arguments": decision.arguments,
            "reason": decision.reason,
        }
        for call_id, decision in decisions.items()
    }


def expiry(found: PendingApproval) -> dict[str, dict[str, Any]]:
    """The word on calls that nobody decided on in time."""
    reason = f"nobody agreed to it until {found.until}"
    return {
        request.call.id: {"approve": False, "reason": reason, "expired": True}
        for request in found.requests
    }


def check_decisions(
    found: PendingApproval, decisions: Mapping[str, Decision], registry: Registry
) -> None:
    """Refuse what cannot be done, before anything is.

    Raises:
        InvalidInputError: a decision is missing, edited arguments do not fit the tool, or the tool
            is not among this assistant's.
    """
    asked = {request.call.id: request.call for request in found.requests}
    if missing := sorted(asked.keys() - decisions.keys()):
        raise InvalidInputError(
            f"There is no decision on {', '.join(missing)}.", cure="Decide on every call."
        )
    for call_id, call in asked.items():
        decision = decisions[call_id]
        if not decision.approve:
            continue
        if call.tool not in registry:
            raise InvalidInputError(
                f"The tool {call.tool!r} is not among the tools here, so it cannot be run.",
                cure="Approve it in the program that offers the tool, or reject it here.",
            )
        edited = decision.arguments
        try:
            registry.validate(call.tool, call.arguments if edited is None else edited)
        except ModelMistake as mistake:
            raise InvalidInputError(
                f"These arguments cannot be used: {mistake}.",
                cure="Correct them; the call still waits.",
            ) from None


def _shown(call: Call) -> str:
    arguments = ", ".join(
        f"{name}: {_value(value)}" for name, value in call.arguments.items() if value is not None
    )
    return f"{call.tool} ({arguments})"


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"
