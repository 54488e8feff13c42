"""Give an answer again that was given before to the same question, with its citations.

Off unless the setting ``answer_cache_hours`` says how long an answer holds. Only an answer that was
made of passages alone is kept: no tool was called, nothing is known about the person, nothing was
said before it in the thread, and it passed its review with a citation. It ends when a document that
was read for it changes or goes, or is closed to some groups.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from anyio.to_thread import run_sync
from langgraph.runtime import Runtime

from dragoman.agents.events import PassagesEvent, TokenEvent
from dragoman.agents.parts import Parts
from dragoman.agents.seen import memory_for
from dragoman.agents.state import TurnState, passages_of
from dragoman.memory import Memory, MemoryView, Passage

_KEPT = ("answer", "citations", "passages")
_BLAMELESS = {"problem": "", "rewritten": False, "templated": False, "removed_citations": ()}


def may_be_cached(state: TurnState, parts: Parts) -> bool:
    """Whether the answer to this question can be the same for somebody else, so far as is known."""
    personal = state.get("history") or state.get("facts") or state.get("images")
    if personal or parts.privacy.has_names(state["shown"]):
        return False
    return parts.memory is not None and parts.settings.answer_cache_hours > 0


def versions(memory: Memory | MemoryView, passages: Sequence[Passage]) -> dict[str, str]:
    """The hashes of the documents that `passages` were read from; empty when one is gone already.

    What changes from now on is noticed when the answer is kept.
    """
    read: dict[str, str] = {}
    for passage in passages:
        document = memory.document(passage.document_id)
        if document is None or memory.verify(passage, passage.text) is None:
            return {}
        read[document.document_id] = document.hash
    return read


async def look_up(state: TurnState, parts: Parts) -> dict[str, Any]:
    """What of the state an earlier answer gives: `cached`, its text, citations and passages.

    Empty when there is none.
    """
    memory = memory_for(state, parts)
    if memory is None or not may_be_cached(state, parts):
        return {}
    found = await parts.privacy.masked(await run_sync(_get, memory, state, parts))
    return {"cached": True, "usage": {}, **found} if found else {}


async def say_again(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Say the earlier answer that `recall` found."""
    runtime.stream_writer(PassagesEvent(passages=tuple(passages_of(state))))
    runtime.stream_writer(TokenEvent(text=state["answer"]))
    return {"cached": True}


async def keep(state: TurnState, parts: Parts) -> None:
    """Keep the turn's answer for others, when it may be given to them."""
    memory = memory_for(state, parts)
    if memory is not None and may_be_cached(state, parts) and _rests_on_passages(state):
        await run_sync(_put, memory, state, parts)


def _rests_on_passages(state: TurnState) -> bool:
    """Whether passages are all that the answer was made of, and it is a good one."""
    review = state["review"]
    return bool(
        state["citations"]
        and state.get("read")
        and not (state.get("calls") or state.get("missing") or state.get("stopped"))
        and not (state.get("cached") or state.get("at_once"))
        and not (review["problem"] or review["templated"])
    )


def _get(memory: Memory | MemoryView, state: TurnState, parts: Parts) -> dict[str, Any] | None:
    question, language = state["shown"], state["language"]
    if not (cache := memory.answers).count():
        return None
    found = cache.get(question, language=language, engine=_scope(parts)) or cache.get(
        question,
        language=language,
        engine=_scope(parts),
        vector=memory.embedder.embed_queries([question])[0],
    )
    return None if found is None else {**json.loads(found.answer), "review": _BLAMELESS}


def _put(memory: Memory | MemoryView, state: TurnState, parts: Parts) -> None:
    question = state["shown"]
    memory.answers.put(
        question,
        # With what the documents hold, not with names: those are this thread's alone.
        json.dumps(
            parts.privacy.restored({name: state.get(name) for name in _KEPT}), ensure_ascii=False
        ),
        language=state["language"],
        engine=_scope(parts),
        documents=state["read"],
        vector=memory.embedder.embed_queries([question])[0],
        ttl=timedelta(hours=parts.settings.answer_cache_hours),
    )


def _scope(parts: Parts) -> str:
    """The engine, and a digest of what it is told before every question: role and tools."""
    told = [parts.spec.model_dump_json(), *(dict(message) for message in parts.preamble)]
    digest = hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:16]
    return f"{parts.engine.spec} {digest}"
