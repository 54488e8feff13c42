"""The planner by native tool calls: for models that are good at them.

The model is given the tools in its engine's own form and either calls some or writes. What it
writes is looked at as well, because templates leak calls (`dragoman.agents.rescue`). Its reply is
made into the same plan that the constrained planner writes, so that everything behind it, from
normalizing to grounding, is the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage

from dragoman.agents.plan_schema import ASK_USER, NOTHING, required_arguments
from dragoman.agents.prompts.spotlight import RULE
from dragoman.agents.rescue import rescue
from dragoman.agents.state import ChatMessage
from dragoman.tools.registry import Registry

_THOUGHT = 100
_ROLE = f"""\
You plan what an assistant does next. Call the tools that the question needs. Copy ids, names and \
numbers exactly as they were written and never invent a value: call {ASK_USER} for what was not \
said. When the question needs no tool, or the results answer it, reply with the one word: done.
{RULE}
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeReply:
    """A reply as a plan, or what the model must be told."""

    plan: dict[str, Any] | None = None
    """``thought``, ``needs`` and ``calls``, as the constrained planner writes them."""

    refusal: str = ""
    """Why there is no plan."""


def native_preamble() -> list[ChatMessage]:
    """The static message; the tools go with the request."""
    return [{"role": "system", "content": _ROLE}]


def native_tools(
    registry: Registry, offered: Sequence[str], *, may_ask: bool
) -> list[dict[str, Any]]:
    """The offered tools in OpenAI's form, which every engine's template takes.

    Args:
        registry: All tools.
        offered: Names of those that may be called now.
        may_ask: Whether the user may be asked for an argument that is missing.
    """
    tools = [
        _tool(name, registry.get(name).description, registry.get(name).schema) for name in offered
    ]
    names = required_arguments(registry, offered)
    if may_ask and names:
        missing = {"type": "array", "items": {"enum": names}, "minItems": 1}
        schema = {"type": "object", "properties": {"missing": missing}, "required": ["missing"]}
        tools.append(_tool(ASK_USER, "Ask the user for what a tool needs.", schema))
    return tools


def read_native(message: AIMessage, tools: Sequence[Mapping[str, Any]]) -> NativeReply:
    """The plan that `message` holds, in calls or leaked into its text.

    Args:
        message: The model's reply.
        tools: What it was given, as `native_tools` made it.
    """
    schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools}
    if message.invalid_tool_calls:
        broken = message.invalid_tool_calls[0].get("name") or "a tool"
        return NativeReply(
            refusal=f"The arguments of {broken} were no JSON, so it was not called. Call it again:"
        )
    made = [(call["name"], call["args"]) for call in message.tool_calls]
    if not made:
        found = rescue(message.text, schemas)
        if found.refusal:
            return NativeReply(refusal=found.refusal)
        made = list(found.calls)
    for name, arguments in made:
        if fault := _fault(name, arguments, schemas):
            return NativeReply(refusal=fault)
    calls = [{"tool": name, "arguments": arguments} for name, arguments in made]
    needs = made[0][0] if made else NOTHING
    thought = " ".join(message.text.split())[:_THOUGHT] if not _is_leak(message, made) else ""
    return NativeReply(plan={"thought": thought, "needs": needs, "calls": calls})


def said_natively(plan: Mapping[str, Any]) -> str:
    """The plan as the transcript of the turn shows it to the model: in Qwen's form of a call."""
    calls = [
        json.dumps({"name": call["tool"], "arguments": call["arguments"]}, ensure_ascii=False)
        for call in plan["calls"]
    ]
    return "\n".join(f"<tool_call>\n{call}\n</tool_call>" for call in calls) or "done"


def _fault(name: str, arguments: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    if name not in schemas:
        return f"There is no tool {name!r}. There are: {', '.join(schemas)}. Call again:"
    missing = [key for key in schemas[name].get("required", ()) if key not in arguments]
    return f"The call of {name} lacks {', '.join(missing)}. Call it again:" if missing else ""


def _is_leak(message: AIMessage, made: Sequence[object]) -> bool:
    return bool(made) and not message.tool_calls


def _tool(name: str, description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": name, "description": description, "parameters": dict(schema)}
    return {"type": "function", "function": function}
