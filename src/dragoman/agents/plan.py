"""Decide what to do next: a constrained plan from the model, never trusted further than needed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langgraph.runtime import Runtime

from dragoman.agents.events import PlanEvent
from dragoman.agents.parts import Parts, counted
from dragoman.agents.prompts.preamble import NOTHING, PASSAGES, planning_request
from dragoman.agents.recall import outline
from dragoman.agents.state import ChatMessage, TurnState, calls_of, passages_of, plain
from dragoman.errors import EngineReplyError, EngineRunawayError
from dragoman.models import parse_constrained
from dragoman.tools import Call
from dragoman.tools.registry import Registry

SEARCH, CALCULATOR = "search_documents", "calculator"
"""Built-in tools that are offered only when there is something to search for or to work out."""

_MOST_CALLS = 4
_LONGEST_STRING = 300
_PLAN_TOKENS = 320
_REPAIRS = 2
_AGAIN = (
    ChatMessage(role="assistant", content="…"),
    ChatMessage(role="user", content="That was no plan. Plan again, shorter:"),
)


async def plan(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Ask the planner for one step; set `planned`, empty when nothing is left to call."""
    parts = runtime.context
    step = state.get("step", 0) + 1
    messages = state.get("messages") or [
        ChatMessage(
            role="user", content=planning_request(state["shown"], outline(passages_of(state)))
        )
    ]
    usage = state.get("usage", {})
    prompt = [*parts.preamble, *state["history"], *messages]
    offered = _offered(parts, state)
    schema = plan_schema(parts.registry, offered, parts.settings.thought_characters)
    thought, calls, usage, said = await _ask(parts, prompt, schema, usage, step)
    new = [call for call in calls if not _is_repeated(call, state)]
    if _wanted(thought) in {tool.name for tool in parts.registry} - set(offered):
        new = []  # it thought of a tool that is withheld, and then had to write another one
    runtime.stream_writer(PlanEvent(thought=thought, calls=tuple(new)))
    return {
        "step": step,
        "messages": [*messages, ChatMessage(role="assistant", content=said)],
        "planned": plain(new),
        "usage": usage,
    }


def plan_schema(
    registry: Registry, offered: Sequence[str], thought_characters: int
) -> dict[str, Any]:
    """The JSON schema of one plan: a short thought, then calls with each tool's own arguments."""
    options = [_closed({"tool": {"const": name}}) for name in (PASSAGES, NOTHING)] + [
        _closed({"tool": {"const": name}, "arguments": _bounded(registry.get(name).schema)})
        for name in offered
    ]
    calls = {"type": "array", "items": {"anyOf": options}, "minItems": 1, "maxItems": _MOST_CALLS}
    return _closed({"thought": {"type": "string", "maxLength": thought_characters}, "calls": calls})


async def _ask(
    parts: Parts,
    prompt: list[ChatMessage],
    schema: dict[str, Any],
    usage: dict[str, int],
    step: int,
) -> tuple[str, list[Call], dict[str, int], str]:
    """The planner's thought and calls; a reply that cannot be read is asked for again."""
    planner = parts.engine.planner(schema, max_tokens=_PLAN_TOKENS)
    for _ in range(1 + _REPAIRS):
        try:
            message = await planner.ainvoke([dict(entry) for entry in prompt])
        except EngineRunawayError:
            prompt = [*prompt, *_AGAIN]
            continue
        usage = counted(usage, message)
        try:
            reply = parse_constrained(message)
        except EngineReplyError:
            prompt = [*prompt, *_AGAIN]
            continue
        calls = [
            Call(id=f"{step}.{number}", tool=call["tool"], arguments=call["arguments"])
            for number, call in enumerate(reply.get("calls", []))
            if call["tool"] not in {PASSAGES, NOTHING}
        ]
        return str(reply.get("thought", "")), calls, usage, json.dumps(reply, ensure_ascii=False)
    # Three unreadable plans: what is known so far is answered from, and `review` sees to the rest.
    return "", [], usage, '{"thought": "", "calls": [{"tool": "nothing"}]}'


def _offered(parts: Parts, state: TurnState) -> list[str]:
    """Tools that may be called now.

    The question itself was searched for in `recall`. Offering the search again at once makes
    small models repeat it in nearly every turn, so it is offered when nothing was found, or later,
    when a result has given something new to search for. The calculator needs figures: a question
    about a price that holds none (三 counts as one) is a question for the passages.
    """
    first = not state.get("calls")
    withheld = set()
    if first and state.get("passages"):
        withheld.add(SEARCH)
    if first and not any(character.isnumeric() for character in state["shown"]):
        withheld.add(CALCULATOR)
    return [tool.name for tool in parts.registry if tool.name not in withheld]


def _wanted(thought: str) -> str:
    """The tool that a thought ends in: ``the fee for returns -> calculator``."""
    return thought.rpartition("->")[2].strip()


def _is_repeated(call: Call, state: TurnState) -> bool:
    return any(
        (call.tool, call.arguments) == (earlier.tool, earlier.arguments)
        for earlier in calls_of(state.get("calls", []))
    )


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _bounded(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`schema` with a limit on every string, so that no argument can run on for ever."""
    bounded = dict(schema)
    if bounded.get("type") == "string" and not {"enum", "const", "format"} & bounded.keys():
        bounded.setdefault("maxLength", _LONGEST_STRING)
    if "properties" in bounded:
        bounded["properties"] = {
            name: _bounded(item) for name, item in bounded["properties"].items()
        }
    if isinstance(bounded.get("items"), dict):
        bounded["items"] = _bounded(bounded["items"])
    return bounded
