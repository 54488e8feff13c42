"""Find what is known about the question, cut to the budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from anyio.to_thread import run_sync
from langgraph.runtime import Runtime

from dragoman.agents.cached import look_up, may_be_cached, versions
from dragoman.agents.events import PassagesEvent
from dragoman.agents.follow_up import ADDED, with_subject
from dragoman.agents.parts import Parts
from dragoman.agents.prompts.spotlight import quoted
from dragoman.agents.seen import facts_about, memory_for
from dragoman.agents.state import TurnState, plain
from dragoman.languages import estimate_tokens, sentences
from dragoman.memory import Passage

_BEGINNING = 120


async def recall(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Set `passages`: the best ones for the question, best first, within the token budget.

    Also `facts` about the person, and an earlier answer to the same question, where there are any.
    """
    parts = runtime.context
    memory, settings = memory_for(state, parts), parts.settings
    begun: dict[str, Any] = {"passages": [], "documents_only": parts.spec.documents_only}
    if memory is None:
        return begun
    begun["facts"] = await parts.privacy.masked(await run_sync(facts_about, state, parts))
    told = cast("TurnState", {**state, **begun})
    if earlier := await look_up(told, parts):
        return {**begun, **earlier}
    count, tokens = settings.passage_count, settings.passage_tokens

    def found() -> list[Passage]:
        own = memory.search(state["shown"], k=2 * count)
        kept = within_budget(own, count=count, tokens=tokens)
        if (whole := with_subject(state["shown"], state.get("history", []))) is None:
            return kept
        shared = memory.search(whole, k=count + ADDED)
        return within_budget([*kept, *shared], count=len(kept) + ADDED, tokens=tokens)

    kept = await run_sync(found)
    if may_be_cached(told, parts):
        begun["read"] = await run_sync(versions, memory, kept)
    kept = await parts.privacy.masked(kept)
    runtime.stream_writer(PassagesEvent(passages=tuple(kept)))
    return {**begun, "passages": plain(kept)}


def within_budget(found: Sequence[Passage], *, count: int, tokens: int) -> list[Passage]:
    """The first `count` distinct passages that fit `tokens`; the first one is cut to fit."""
    kept: list[Passage] = []
    seen: set[str] = set()
    left = tokens
    for passage in found:
        if passage.hash in seen or len(kept) == count:
            continue
        if not kept:
            passage = cut(passage, tokens)  # noqa: PLW2901 - an over-long best passage is cut, not lost
        cost = estimate_tokens(passage.text)
        if cost <= left or not kept:
            kept.append(passage)
            seen.add(passage.hash)
            left -= cost
    return kept


def cut(passage: Passage, tokens: int) -> Passage:
    """`passage` with as many of its first sentences as fit `tokens`, at least one."""
    if estimate_tokens(passage.text) <= tokens:
        return passage
    end = 0
    for segment in sentences(passage.text, passage.language):
        if end and estimate_tokens(passage.text[: segment.end]) > tokens:
            break
        end = segment.end
    text = passage.text[: end or None]
    while estimate_tokens(text) > tokens:
        text = text[: len(text) * 3 // 4]
    return replace(passage, text=text, end=passage.start + len(text))


def render(passages: Sequence[Passage], *, first: int = 1) -> str:
    """Passages as people read them, numbered from `first`."""
    return "\n".join(
        f"[{number}] {_headline(passage)}\n{passage.text.strip()}"
        for number, passage in enumerate(passages, first)
    )


def material(passage: Passage, number: int) -> str:
    """A passage as the writer reads it: numbered, and every line marked as quoted."""
    return f"[{number}] {quoted(_headline(passage))}\n{quoted(passage.text.strip())}"


def outline(passages: Sequence[Passage]) -> str:
    """Passages as the planner reads them: headline and beginning, enough to see what is there."""
    return "\n".join(
        f"[{number}] {quoted(_headline(passage))}\n{quoted(_beginning(passage.text))}"
        for number, passage in enumerate(passages, 1)
    )


def _beginning(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _BEGINNING else line[:_BEGINNING].rstrip() + "…"


def _headline(passage: Passage) -> str:
    parts = [passage.title, *passage.heading_path]
    distinct = [part for index, part in enumerate(parts) if part and part not in parts[:index]]
    return " › ".join(distinct) or passage.source
