"""Servers that behave like real ones, with a very simple mind behind them.

A token is a character. The mind answers a schema with the first value that fits, a question that
asks to count with a long list, and everything else with "yes".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from replay import Reply, Request

CONTEXT = 4000
"""Characters that fit into a prompt."""


@dataclass(frozen=True, kw_only=True)
class Thought:
    """What the mind came up with."""

    text: str
    finish: str
    read: int

    @property
    def fits(self) -> bool:
        return self.read <= CONTEXT


def think(texts: Sequence[str], schema: Any, length: int | None) -> Thought:
    """The reply to a prompt that consists of `texts`."""
    text = "yes"
    if schema:
        text = json.dumps(_instance(schema), ensure_ascii=False)
    elif "Count" in texts[-1]:
        text = ", ".join(f"number {number}" for number in range(1, 201))
    cut = length is not None and len(text) > length
    return Thought(
        text=text[:length] if cut else text,
        finish="length" if cut else "stop",
        read=sum(len(each) for each in texts),
    )


def _instance(schema: dict[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {name: _instance(inner) for name, inner in schema.get("properties", {}).items()}
    return {"boolean": True, "integer": 1, "string": "", "array": []}[schema["type"]]


def ollama(request: Request) -> Reply:
    """A reply of an Ollama server."""
    body = request.json
    if body["truncate"] is not False or body["shift"] is not False or body["think"] is not False:
        return Reply.json({"error": "the client let the server decide"}, status=400)
    texts = [message["content"] for message in body["messages"]]
    thought = think(texts, body.get("format"), body["options"].get("num_predict"))
    if not thought.fits:
        inner = {
            "code": 400,
            "message": f"request ({thought.read} tokens) exceeds the available context size "
            f"({CONTEXT} tokens), try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": thought.read,
            "n_ctx": CONTEXT,
        }
        return Reply.json({"error": json.dumps({"error": inner})}, status=400)
    lines: list[dict[str, Any]] = [
        {"model": "m", "message": {"role": "assistant", "content": piece}, "done": False}
        for piece in thought.text
    ]
    last = {
        "model": "m",
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": thought.finish,
        "prompt_eval_count": thought.read,
        "eval_count": len(thought.text),
    }
    return Reply.lines(*lines, last)


def openai(request: Request) -> Reply:
    """A reply of a server that speaks OpenAI's interface, in vLLM's dialect."""
    body = request.json
    if body["chat_template_kwargs"] != {"enable_thinking": False}:
        return Reply.json({"error": {"message": "the client let the server decide"}}, status=400)
    return openai_reply(body)


def openai_reply(body: dict[str, Any]) -> Reply:
    """A reply to a request that is right in the server's dialect."""
    schema = (body.get("response_format") or {}).get("json_schema", {}).get("schema")
    texts = [message["content"] for message in body["messages"]]
    thought = think(texts, schema, body.get("max_tokens"))
    if not thought.fits:
        message = (
            f"This model's maximum context length is {CONTEXT} tokens. However, you requested "
            f"{thought.read} tokens. Please reduce the length of the messages."
        )
        return Reply.json({"error": {"message": message, "code": 400}}, status=400)
    written = len(thought.text)
    counts = {
        "prompt_tokens": thought.read,
        "completion_tokens": written,
        "total_tokens": thought.read + written,
    }
    pieces = [_event({"content": piece}) for piece in thought.text]
    return Reply.events(
        _event({"role": "assistant", "content": ""}),
        *pieces,
        _event({}, thought.finish),
        {"id": "1", "object": "chat.completion.chunk", "choices": [], "usage": counts},
    )


def _event(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
