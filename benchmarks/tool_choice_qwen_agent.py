"""Qwen-Agent for benchmarks/tool_choice.py.

It brings 190 MB of requirements, so it is in no extra; install it in an environment of its own:

    pip install "dragoman[bench,embedded]" "qwen-agent[mcp]==0.0.34" soundfile python-dateutil tqdm
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tool_choice_rivals import MOST_MODEL_CALLS, REPLY_TOKENS, SYSTEM, as_text

from dragoman import Tool


def qwen_agent_turn(url: str, model: str) -> Callable[..., dict[str, Any]]:
    """Qwen-Agent's `FnCallAgent` over the OpenAI-compatible server at `url`.

    Calls are written in its default form, ``nous``. Its other form, ``qwen``, fails in 0.0.34 on
    the first call: `FnCallAgent` reads an ``extra`` that this form does not set.
    """
    os.environ["QWEN_AGENT_MAX_LLM_CALL_PER_RUN"] = str(MOST_MODEL_CALLS)
    from qwen_agent.agents import FnCallAgent
    from qwen_agent.llm import get_chat_model

    llm = get_chat_model(
        {
            "model": model,
            "model_server": url,
            "api_key": "none",
            "generate_cfg": {
                "temperature": 0,
                "max_tokens": REPLY_TOKENS,
                "fncall_prompt_type": "nous",
            },
        }
    )
    usage: dict[str, int] = {}
    create = llm._chat_complete_create  # noqa: SLF001 - it tells nobody what a turn costs
    llm._chat_complete_create = _counting(create, usage)  # noqa: SLF001 - the same

    def turn(ask: str, tools: Sequence[Tool]) -> dict[str, Any]:
        usage.update(input_tokens=0, output_tokens=0, cached_tokens=0, model_calls=0)
        agent = FnCallAgent(
            function_list=[_offered(each) for each in tools], llm=llm, system_message=SYSTEM
        )
        said: list[dict[str, Any]] = []
        error = ""
        lang = "zh" if any("\u4e00" <= letter <= "\u9fff" for letter in ask) else "en"
        try:
            for messages in agent.run([{"role": "user", "content": ask}], lang=lang):
                said = messages
        except Exception as problem:
            if "Connection" in str(problem):
                raise  # the server is gone: that is not the agent's doing
            error = f"{type(problem).__name__}: {problem}"[:300]
        last = said[-1] if said else {}
        if not error and (last.get("role") != "assistant" or last.get("function_call")):
            error = f"more than {MOST_MODEL_CALLS} model calls"
        first = []
        for message in said:
            if message["role"] != "assistant":
                break
            if call := message.get("function_call"):
                first.append({"tool": call["name"], "arguments": _read(call["arguments"])})
        return {
            "first": first,
            "text": "" if error else str(last.get("content", "")),
            "ended": not error,
            "error": error,
            "usage": dict(usage),
        }

    return turn


def _counting(create: Callable[..., Any], usage: dict[str, int]) -> Callable[..., Any]:
    def counted(*args: Any, **kwargs: Any) -> Iterator[Any]:
        usage["model_calls"] += 1
        for chunk in create(*args, **kwargs, stream_options={"include_usage": True}):
            if chunk.usage:
                details = chunk.usage.prompt_tokens_details
                usage["input_tokens"] += chunk.usage.prompt_tokens
                usage["output_tokens"] += chunk.usage.completion_tokens
                usage["cached_tokens"] += (details.cached_tokens or 0) if details else 0
            yield chunk

    return counted


def _offered(each: Tool) -> Any:
    from qwen_agent.tools.base import BaseTool

    run = as_text(each)

    class Offered(BaseTool):  # type: ignore[misc]
        name = each.name
        description = each.description
        # These three keys and no other are what it takes for a schema.
        parameters = {  # noqa: RUF012 - its own way of declaring
            "type": "object",
            "properties": each.schema["properties"],
            "required": each.schema.get("required", []),
        }

        def call(self, params: str | dict[str, Any], **_: Any) -> str:
            try:
                valid = each.arguments.model_validate(_read(params))
            except ValueError as error:
                return f"ERROR: {error}"
            return run(**{name: getattr(valid, name) for name in type(valid).model_fields})

    return Offered()


def _read(params: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(params, dict):
        return params
    try:
        value = json.loads(params or "{}")
    except ValueError:
        return {"": params}
    return value if isinstance(value, dict) else {"": value}
