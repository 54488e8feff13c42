"""Check the draft before it is the answer: language, citations, nothing leaked.

A draft in the wrong language is written again once, this time with the other scripts ruled out by
the decoder where the script tells the languages apart; when that fails too, a prepared reply in
the right language takes its place, with the passages quoted as they are.
"""

from __future__ import annotations

import re
from typing import Any

from anyio.to_thread import run_sync
from langgraph.runtime import Runtime

from dragoman.agents.answer import prompt, shown_passages, sources
from dragoman.agents.citations import Cited, cite
from dragoman.agents.events import RewriteEvent
from dragoman.agents.localized import as_lines
from dragoman.agents.parts import Parts, counted
from dragoman.agents.prompts.spotlight import unquoted
from dragoman.agents.reporting import is_echo, is_instruction, reports_results
from dragoman.agents.research.support import cite_evidence, in_quotes, rests_on_evidence
from dragoman.agents.script_schema import only_in_script
from dragoman.agents.sending import sent
from dragoman.agents.state import ChatMessage, TurnState, calls_of, passages_of
from dragoman.errors import EngineReplyError, EngineRunawayError
from dragoman.languages import consistency, isolate_latin, profile
from dragoman.models import parse_constrained
from dragoman.tools.registry import Registry

_PLAN_LEAK = re.compile(r'^\s*(?:```(?:json)?\s*)?\{\s*"(?:thought|calls|tool)"', re.DOTALL)
_BLEMISHES = {"", "foreign_words"}  # a stray word is worth a second draft, but not a template
_LABEL = re.compile(r"^\s*answer\s*[:：]\s*", re.IGNORECASE)


async def review(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Set `answer`, `citations` and `review`."""
    parts, language = runtime.context, state["language"]
    usage = state.get("usage", {})
    text = tidy(state["draft"])
    problem = first_problem(text, state, parts.registry)
    if problem != "empty":
        problem = state["drift"] or problem
    rewritten = templated = False
    if problem in {"result_missing", "unsupported"}:
        # A model that leaves the result out once leaves it out again: it is said without one.
        runtime.stream_writer(RewriteEvent(problem=problem))
        text, templated = templated_reply(state), True
    elif problem:
        runtime.stream_writer(RewriteEvent(problem=problem))
        second, usage = await _rewritten(state, text, parts, usage)
        rest = first_problem(second, state, parts.registry)
        rewritten = rest in _BLEMISHES
        templated = not rewritten and problem not in _BLEMISHES
        if rewritten:
            text = second
        elif templated:
            text = templated_reply(state)
    cited = await _cited(text, state, parts)
    return {
        "answer": isolate_latin(cited.text, language),
        "citations": [
            {"number": found.number, "quote": found.quote, "marked": found.marked}
            for found in cited.citations
        ],
        "review": {
            "problem": problem,
            "rewritten": rewritten,
            "templated": templated,
            "removed_citations": cited.removed,
        },
        "usage": usage,
    }


def tidy(draft: str) -> str:
    """The draft without a label in front of it, and without the marks of quoted material."""
    return _LABEL.sub("", unquoted(draft)).strip()


def first_problem(text: str, state: TurnState, registry: Registry) -> str:
    """The first thing that is wrong with a draft, empty when nothing is."""
    if not text or _PLAN_LEAK.match(text):
        return "empty"
    problem = consistency.check(text, state["language"], ignore=sources(state)).problem
    if problem not in _BLEMISHES:
        return problem
    if is_instruction(text, state["language"]) or is_echo(text, state["shown"]):
        return "empty"
    if not reports_results(text, state, registry):
        return "result_missing"
    return problem if rests_on_evidence(text, state) else "unsupported"


def templated_reply(state: TurnState) -> str:
    """What is said when the model cannot say it: honest, in the language, with the best source."""
    replies = profile(state["language"]).replies
    if evidence := state.get("evidence"):
        return in_quotes(evidence["quote"], state["language"])
    calls = [call for call in calls_of(state.get("calls", [])) if not call.error]
    results = [as_lines(call, state["shown"], state["language"]) for call in calls]
    if results:
        opening = replies.partial if state.get("stopped") else replies.results
        return "\n".join([opening, *results])
    if passages := passages_of(state):
        return f"{replies.partial}\n{passages[0].text.strip()} [1]"
    return replies.please_repeat


async def _rewritten(
    state: TurnState, draft: str, parts: Parts, usage: dict[str, int]
) -> tuple[str, dict[str, int]]:
    """A second draft, with foreign scripts ruled out by the decoder."""
    schema = {
        "type": "object",
        "properties": {"answer": only_in_script(state["language"])},
        "required": ["answer"],
        "additionalProperties": False,
    }
    tokens = 2 * parts.settings.answer_tokens
    writer = parts.engine.writer(max_tokens=tokens, schema=schema, temperature=0.0)
    request = profile(state["language"]).rewrite_instruction
    messages = [
        *prompt(state),
        ChatMessage(role="assistant", content=draft or "…"),
        ChatMessage(role="user", content=f'{request}\n{{"answer": "…"}}'),
    ]
    try:
        message = await writer.ainvoke(
            await sent(messages, parts.pictures, thread=state["thread"], sees=parts.engine.sees)
        )
    except EngineRunawayError:
        return "", usage
    usage = counted(usage, message)
    try:
        return tidy(str(parse_constrained(message).get("answer", ""))), usage
    except EngineReplyError:
        return "", usage  # no readable second draft: the prepared reply takes its place


async def _cited(text: str, state: TurnState, parts: Parts) -> Cited:
    """The draft with its citations.

    Likeness alone is evidence only where the planner named the passages: small talk is a little
    like any passage.
    """
    passages, language = shown_passages(state), state["language"]
    if evidence := state.get("evidence"):
        return cite_evidence(text, passages[0], evidence["quote"])
    wanted = state.get("needs_passages", True)
    embedder = parts.memory.embedder if parts.memory is not None and passages and wanted else None
    return await run_sync(lambda: cite(text, passages, language=language, embedder=embedder))
