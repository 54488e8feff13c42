"""How fast an engine is on this machine: first token, reading, writing, schemas, memory."""

from __future__ import annotations

import secrets
import statistics
import sys
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter as _clock
from typing import Any, cast

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage
from langchain_core.runnables import Runnable

from dragoman.errors import EngineReplyError
from dragoman.models.engine import Engine
from dragoman.models.ollama import OllamaChat
from dragoman.models.wrapped_chat import innermost

_WARM_RUNS = 3
_REPLY_TOKENS = 96
_PREFIX_LINES = 24
_SCHEMA = {
    "type": "object",
    "properties": {
        "towns": {
            "type": "array",
            "minItems": 12,
            "maxItems": 12,
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "maxLength": 24},
                    "country": {"type": "string", "maxLength": 24},
                },
                "required": ["name", "country"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["towns"],
    "additionalProperties": False,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """One streamed reply."""

    first_token: float
    """Seconds from the call to the first piece of the reply."""

    total: float
    """Seconds from the call to the end."""

    input_tokens: int
    """Tokens of the prompt, as the engine counts."""

    cached_tokens: int | None
    """The part that the engine did not read again, None when it does not tell."""

    output_tokens: int
    """Tokens of the reply."""

    @property
    def decode_rate(self) -> float:
        """Tokens a second after the first one, 0 when there was only one."""
        writing = self.total - self.first_token
        return (self.output_tokens - 1) / writing if writing > 0 else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchReport:
    """Speed and memory of one engine; rates are tokens a second."""

    engine: str
    """The engine's spec."""

    load_seconds: float
    """The first call of all, with one token of reply: loading, unless it was loaded."""

    prefix_tokens: int
    """Tokens of the prompt that the next figures are for."""

    cold_first_token: float
    """Seconds to the first token of a prompt that the engine never saw."""

    warm_first_token: float
    """The same with another question behind the same beginning; median of three."""

    cached_tokens: int | None
    """Tokens that the engine says it took from its cache then, None when it does not tell."""

    prefill_rate: float
    """Reading of the cold prompt."""

    decode_rate: float
    """Writing of free text."""

    schema_decode_rate: float
    """Writing under a JSON schema."""

    schema_first_token: float
    """Seconds to the first token under the schema, the beginning of the prompt being cached."""

    memory_bytes: int | None
    """What the engine takes now: this process for the embedded engine, the server's own word for
    Ollama, None where nobody can tell."""

    @property
    def schema_overhead(self) -> float:
        """How much longer a token takes under a schema, as a share; negative when it is faster."""
        return self.decode_rate / self.schema_decode_rate - 1 if self.schema_decode_rate else 0.0


async def bench(engine: Engine, *, report: Callable[[str], None] | None = None) -> BenchReport:
    """Measure `engine`. Takes under a minute for a small model on two cores.

    Args:
        engine: The engine; nothing else should use it meanwhile.
        report: Hears what is being measured.

    Raises:
        EngineReplyError: the engine streams no tokens or counts none.

    Usage:
        found = await bench(await connect("embedded:qwen2.5-coder:0.5b", Settings()))
        print(f"{found.decode_rate:.0f} tokens a second")
    """
    say = report or (lambda _: None)
    say("loading")
    loading = await _timed(engine.writer(max_tokens=1), "Say yes.", "")
    prefix = _prefix()
    say("a prompt that it never saw")
    cold = await _timed(engine.writer(max_tokens=4), "Which part is line 3 about?", prefix)
    say("another question behind the same beginning")
    warm = [
        await _timed(engine.writer(max_tokens=4), f"Which part is line {number} about?", prefix)
        for number in range(5, 5 + _WARM_RUNS)
    ]
    say("writing")
    request = "List twelve towns of Europe, each with its country and a sentence about it."
    free = await _timed(engine.writer(max_tokens=_REPLY_TOKENS, temperature=0.0), request, prefix)
    say("writing under a schema")
    planner = engine.planner(_SCHEMA, max_tokens=_REPLY_TOKENS)
    bound = await _timed(planner, "List twelve towns of Europe as JSON.", prefix)
    return BenchReport(
        engine=str(engine.spec),
        load_seconds=loading.total,
        prefix_tokens=cold.input_tokens,
        cold_first_token=cold.first_token,
        warm_first_token=statistics.median(each.first_token for each in warm),
        cached_tokens=warm[-1].cached_tokens,
        prefill_rate=cold.input_tokens / cold.first_token,
        decode_rate=free.decode_rate,
        schema_decode_rate=bound.decode_rate,
        schema_first_token=bound.first_token,
        memory_bytes=await _memory(engine),
    )


async def _timed(
    model: Runnable[LanguageModelInput, AIMessage], question: str, prefix: str
) -> Timing:
    messages = [*([SystemMessage(prefix)] if prefix else []), HumanMessage(question)]
    whole: AIMessageChunk | None = None
    first = 0.0
    began = _clock()
    async with aclosing(cast("Any", model.astream(messages))) as chunks:
        async for chunk in chunks:
            if not first and (chunk.text or chunk.additional_kwargs.get("reasoning_content")):
                first = _clock() - began
            whole = chunk if whole is None else whole + chunk
    total = _clock() - began
    if whole is None or not whole.usage_metadata:
        raise EngineReplyError(
            "The engine counts no tokens, so its speed cannot be told.",
            cure="Most servers count when asked with stream_options; see the server's settings.",
        )
    details = whole.usage_metadata.get("input_token_details") or {}
    return Timing(
        first_token=first or total,
        total=total,
        input_tokens=whole.usage_metadata["input_tokens"],
        cached_tokens=details.get("cache_read"),
        output_tokens=whole.usage_metadata["output_tokens"],
    )


def _prefix() -> str:
    """A text of some 600 tokens that no engine has in its cache: it begins with a random number."""
    parts = ("the rotor", "the gearbox", "the tower", "the foundation", "the cable", "the brake")
    lines = [
        f"{number}. Check {parts[number % len(parts)]} every {number + 2} weeks, write down the"
        f" reading of gauge {number * 7} and report it to the person on duty."
        for number in range(1, _PREFIX_LINES + 1)
    ]
    return f"Handbook {secrets.token_hex(8)}\n" + "\n".join(lines)


async def _memory(engine: Engine) -> int | None:
    chat = innermost(engine.chat)
    if isinstance(chat, OllamaChat):
        from dragoman.models import ollama_admin  # noqa: PLC0415 - brings the ollama client along

        loaded = await ollama_admin.running(chat.host)
        return next((each.size_bytes for each in loaded if each.name == chat.model), None)
    return resident_bytes() if engine.spec.kind == "embedded" else None


def resident_bytes() -> int | None:
    """Memory of this process that is in RAM, None where the system does not say."""
    if not sys.platform.startswith("linux"):
        return None
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return None
