"""Conversations in the form that each training tool reads.

- LLaMA-Factory: ShareGPT with ``function_call`` and ``observation``, the questions and observations
  at odd places, as its data/README.md demands; several calls at once are one list. Thinking stands
  between ``<think>`` marks before a call, where its formatter takes it apart.
- Unsloth: roles and contents as chat templates read them, thinking in ``reasoning_content``.
- OpenAI: the chat format of its fine-tuning, which knows no thinking.

Arguments, tools and anything else without a fixed form are JSON texts, because the `datasets`
library reads a column only when all its rows have one type.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

from dragoman.agents.training.examples import Conversation, Exchange, Step

Format = Literal["llama-factory", "unsloth", "openai"]
FORMATS: tuple[Format, ...] = get_args(Format)

Definition = Mapping[str, Any]
"""A tool with ``name``, ``description`` and ``parameters`` (a JSON schema)."""


def row(found: Conversation, tools: Sequence[Definition], form: Format) -> dict[str, Any]:
    """One line of a training file.

    Args:
        found: The conversation.
        tools: Definitions of the tools that it uses.
        form: Whose format.
    """
    return _ROWS[form](found, tools)


def _llama_factory(found: Conversation, tools: Sequence[Definition]) -> dict[str, Any]:
    said: list[dict[str, str]] = []
    for exchange in found.exchanges:
        said.append({"from": "human", "value": exchange.question})
        for step in exchange.steps:
            made = [{"name": tool, "arguments": given} for tool, given, _ in step.calls]
            thinking = f"<think>\n{step.thought}\n</think>\n\n" if step.thought else ""
            value = thinking + _json(made[0] if len(made) == 1 else made)
            said.append({"from": "function_call", "value": value})
            outcomes = [outcome for *_, outcome in step.calls]
            value = outcomes[0] if len(outcomes) == 1 else _json(outcomes)
            said.append({"from": "observation", "value": value})
        said.append({"from": "gpt", "value": exchange.answer})
    return {"conversations": said, "tools": _json(list(tools)) if tools else ""}


def _unsloth(found: Conversation, tools: Sequence[Definition]) -> dict[str, Any]:
    messages = _chat(found.exchanges, thinks=True)
    return {"messages": messages, "tools": _json(_functions(tools)) if tools else ""}


def _openai(found: Conversation, tools: Sequence[Definition]) -> dict[str, Any]:
    messages = _chat(found.exchanges, thinks=False)
    return {"messages": messages, "tools": _functions(tools)} if tools else {"messages": messages}


_ROWS: dict[Format, Callable[[Conversation, Sequence[Definition]], dict[str, Any]]] = {
    "llama-factory": _llama_factory,
    "unsloth": _unsloth,
    "openai": _openai,
}


def _chat(exchanges: Sequence[Exchange], *, thinks: bool) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    calls = 0
    for exchange in exchanges:
        messages.append({"role": "user", "content": exchange.question})
        for step in exchange.steps:
            ids = [f"call_{calls + place}" for place in range(1, len(step.calls) + 1)]
            calls += len(ids)
            messages.append(_calling(step, ids, thinks=thinks))
            messages += [
                {"role": "tool", "tool_call_id": id_, "content": outcome}
                for id_, (*_, outcome) in zip(ids, step.calls, strict=True)
            ]
        messages.append({"role": "assistant", "content": exchange.answer})
    return messages


def _calling(step: Step, ids: Sequence[str], *, thinks: bool) -> dict[str, Any]:
    made = [
        {"id": id_, "type": "function", "function": {"name": tool, "arguments": _json(given)}}
        for id_, (tool, given, _) in zip(ids, step.calls, strict=True)
    ]
    message: dict[str, Any] = {"role": "assistant", "content": "", "tool_calls": made}
    if thinks and step.thought:
        message["reasoning_content"] = step.thought
    return message


def _functions(tools: Sequence[Definition]) -> list[dict[str, Any]]:
    return [{"type": "function", "function": dict(tool)} for tool in tools]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
