"""The node that stands in the planner's place where answers rest on documents alone."""

from __future__ import annotations

import time
from typing import Any

from anyio.to_thread import run_sync
from langgraph.runtime import Runtime

from dragoman.agents.events import PlanEvent
from dragoman.agents.follow_up import with_subject
from dragoman.agents.parts import Parts, counted
from dragoman.agents.plan_schema import NOTHING, PASSAGES
from dragoman.agents.prepared import said
from dragoman.agents.research.evidence import (
    Evidence,
    evidence_in,
    evidence_prompt,
    evidence_schema,
    nearest,
)
from dragoman.agents.research.statements import Statement, statements
from dragoman.agents.state import TurnState, passages_of, plain
from dragoman.errors import EngineReplyError, EngineRunawayError
from dragoman.languages import estimate_tokens, profile
from dragoman.models import parse_constrained

_REPLY_TOKENS = 200
_ELLIPTIC = 5
"""Tokens up to which a question says nothing without the one before it: 台湾は？ has three."""


async def find_evidence(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Set `evidence`, and leave only its passage in `passages`; without any, both are empty."""
    parts, began = runtime.context, time.perf_counter()
    passages = passages_of(state)
    usage = state.get("usage", {})
    found, wanted = None, ""
    if passages and parts.memory is not None:
        embedder, asked = parts.memory.embedder, _asked(state)
        shown = await run_sync(lambda: nearest(asked, statements(passages), embedder))
        if shown:
            found, wanted, usage = await look(parts, state, shown, usage)
    runtime.stream_writer(
        PlanEvent(
            thought=wanted,
            calls=(),
            needs=PASSAGES if found else NOTHING,
            seconds=time.perf_counter() - began,
        )
    )
    if found is None:
        return {"evidence": {}, "passages": [], "usage": usage}
    statement = found.statement
    return {
        "evidence": {"quote": statement.text, "shown": statement.shown, "answer": found.answer},
        "passages": plain([passages[statement.passage - 1]]),
        "needs_passages": True,
        "usage": usage,
    }


async def look(
    parts: Parts, state: TurnState, shown: list[Statement], usage: dict[str, int]
) -> tuple[Evidence | None, str, dict[str, int]]:
    """Ask the model which of `shown` answers: what was found, what was wanted, and the usage."""
    found, wanted = None, ""
    for before in _readings(state):
        planner = parts.engine.planner(evidence_schema(len(shown)), max_tokens=_REPLY_TOKENS)
        messages = evidence_prompt(state["shown"], shown, before=before)
        try:
            message = await planner.ainvoke([dict(entry) for entry in messages])
        except EngineRunawayError:
            continue
        usage = counted(usage, message)
        try:
            reply = parse_constrained(message)
        except EngineReplyError:
            continue
        found, wanted = evidence_in(reply, shown), str(reply.get("wanted", ""))
        if found is not None:
            break
    return found, wanted, usage


def _readings(state: TurnState) -> list[str]:
    """The questions before it to read the question with, in turn; empty for none.

    A small model that is shown the question before answers that one again. So it is shown only
    where the question hardly says anything, or has found nothing by itself.
    """
    whole = with_subject(state["shown"], state.get("history", []))
    if whole is None:
        return [""]
    before = whole.rsplit("\n", 1)[0]
    return [before] if estimate_tokens(state["shown"]) <= _ELLIPTIC else ["", before]


async def not_found(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Say plainly that the documents do not hold the answer."""
    return said(profile(state["language"]).replies.not_found, runtime)


def _asked(state: TurnState) -> str:
    return with_subject(state["shown"], state.get("history", [])) or state["shown"]
