"""Strict servers, one for each dialect of OpenAI's interface, written from their documentation.

Each refuses what the real one refuses or would silently get wrong: a missing key, a field that it
does not know, a call that leaves thinking on, a schema in another place. The table is on purpose
not derived from `openai_presets`: the two must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import fake_engines
from replay import Reply, Request

TEMPLATE_OFF = {"chat_template_kwargs": {"enable_thinking": False}}
PLAIN = frozenset(
    {
        "model", "messages", "stream", "stream_options", "temperature", "top_p", "stop", "seed",
        "max_tokens", "presence_penalty", "response_format", "frequency_penalty", "n",
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one server differs."""

    name: str
    path: str
    """Where chat completions are."""
    key: str = ""
    """Environment variable of a key that it insists on."""
    model: str
    """A model's name as the server writes it."""
    quiet: Mapping[str, Any]
    """What a request must say so that the model does not think."""
    more: frozenset[str] = field(default_factory=frozenset)
    """Fields that it knows beside the plain ones."""
    with_schema: Mapping[str, Any] = field(default_factory=dict)
    """What a request with a schema must say besides."""


_REASONING = {"reasoning": {"enabled": False}}
_OPEN = frozenset({"top_k", "chat_template_kwargs"})
DIALECTS = (
    Dialect(
        name="vllm", path="/v1", model="Qwen/Qwen3.5-4B", quiet=TEMPLATE_OFF, more=_OPEN
    ),
    Dialect(
        name="sglang", path="/v1", model="Qwen/Qwen3.5-4B", quiet=TEMPLATE_OFF, more=_OPEN
    ),
    Dialect(
        name="llamacpp", path="/v1", model="qwen3.5-4b", quiet=TEMPLATE_OFF, more=_OPEN
    ),
    Dialect(
        name="lmstudio", path="/v1", model="qwen/qwen3.5-4b",
        quiet={"reasoning_effort": "none"}, more=frozenset({"top_k", "reasoning_effort"}),
    ),
    Dialect(
        name="dashscope", path="/compatible-mode/v1", key="DASHSCOPE_API_KEY",
        model="qwen3.5-plus", quiet={"enable_thinking": False},
        more=frozenset({"top_k", "enable_thinking"}),
    ),
    Dialect(
        name="dashscope-cn", path="/compatible-mode/v1", key="DASHSCOPE_API_KEY",
        model="qwen3.5-plus", quiet={"enable_thinking": False},
        more=frozenset({"top_k", "enable_thinking"}),
    ),
    Dialect(
        name="together", path="/v1", key="TOGETHER_API_KEY", model="Qwen/Qwen3.5-9B",
        quiet=_REASONING, more=frozenset({"top_k", "reasoning"}),
    ),
    Dialect(
        name="groq", path="/openai/v1", key="GROQ_API_KEY", model="qwen/qwen3-32b",
        quiet={"reasoning_effort": "none"}, more=frozenset({"reasoning_effort"}),
    ),
    Dialect(
        name="openrouter", path="/api/v1", key="OPENROUTER_API_KEY", model="qwen/qwen3.5-9b",
        quiet=_REASONING, more=frozenset({"top_k", "reasoning", "provider"}),
        with_schema={"provider": {"require_parameters": True}},
    ),
)  # fmt: skip


def server_of(dialect: Dialect, key: str) -> Callable[[Request], Reply]:
    """What a server of this dialect, for which `key` is the right key, says to a request."""

    def answer(request: Request) -> Reply:
        if request.path != f"{dialect.path}/chat/completions":
            return _refused(404, f"no such path {request.path}")
        if dialect.key and request.headers.get("authorization") != f"Bearer {key}":
            return _refused(401, "wrong key")
        body = request.json
        if body["model"] != dialect.model:
            return _refused(404, f"The model {body['model']} does not exist")
        unknown = body.keys() - PLAIN - dialect.more
        if unknown:
            return _refused(400, f"unknown fields {sorted(unknown)}")
        wanted = {**dialect.quiet, **(dialect.with_schema if "response_format" in body else {})}
        for name, value in wanted.items():
            if body.get(name) != value:
                return _refused(400, f"{name} is {body.get(name)!r}, not {value!r}")
        shape = body.get(
            "response_format", {"type": "json_schema", "json_schema": {"strict": True}}
        )
        if shape["type"] != "json_schema" or shape["json_schema"]["strict"] is not True:
            return _refused(400, "the schema is not strict")
        return fake_engines.openai_reply(body)

    return answer


def _refused(status: int, message: str) -> Reply:
    return Reply.json({"error": {"message": message, "code": status}}, status=status)
