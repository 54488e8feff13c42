"""The alternatives of benchmarks/tool_choice.py on the same weights: native tool calling.

Each gets the same tools with the same descriptions and schemas, the documents as a search tool,
the date, temperature 0 and an instruction to answer in the user's language. A tool's error comes
back as text, so that the model can correct itself.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
from tool_choice_world import TODAY

from dragoman import Memory, Tool, tool
from dragoman.agents.recall import render, within_budget
from dragoman.tools.builtin import calculator, make_current_time
from dragoman.tools.call import as_plain

MOST_MODEL_CALLS = 8
"""After so many model calls a turn counts as one that does not end."""

REPLY_TOKENS = 400
"""Length of a reply, as in Dragoman's settings."""

SYSTEM = (
    "You are the assistant of a shop and its office. "
    f"Today is {TODAY:%A}, {TODAY.isoformat()}. Use the tools for live data and for actions. "
    "Never invent a value: when something that a tool needs is missing, ask for it. "
    "Always answer in the language of the user's last message."
)


def with_builtin(tools: Sequence[Tool], memory: Memory) -> list[Tool]:
    """The tools and those that Dragoman brings along itself."""

    @tool(effect="none")
    def search_documents(query: str) -> str:
        """Search the shop's documents: rules, prices, product manuals.

        Args:
            query: What to look for, in any language.
        """
        return render(within_budget(memory.search(query, k=8), count=4, tokens=700)) or "Nothing."

    return [*tools, calculator, make_current_time("UTC"), search_documents]


class Llama:
    """llama.cpp's HTTP server in this process, with Jinja templates and native tool calls."""

    def __init__(
        self, path: Path, *, context_tokens: int, threads: int, repaired: bool = False
    ) -> None:
        """Load the model.

        Args:
            path: The GGUF file.
            context_tokens: Context window.
            threads: Threads for computing.
            repaired: Whether calls are marked with ``[tool_call]``, which Qwen2.5-Coder writes,
                in place of ``<tool_call>``, a token that it was hardly trained on.
        """
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = context_tokens
        params.n_parallel = 1
        params.n_batch = 256
        params.cache_ram_mib = 1024
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.warmup = False
        params.verbosity = -1
        params.use_jinja = True
        self._server: Any = xllamacpp.Server(params)
        if repaired:
            props = httpx.get(f"{self._server.listening_address}/props", timeout=30).json()
            template = props["chat_template"].replace("<tool_call>", "[tool_call]")
            self._server = None
            params.chat_template = template.replace("</tool_call>", "[/tool_call]")
            self._server = xllamacpp.Server(params)
        self.url = f"{self._server.listening_address}/v1"

    def close(self) -> None:
        """Stop the server."""
        self._server = None


def create_agent_turn(url: str, model: str, *, ollama: str = "") -> Callable[..., dict[str, Any]]:
    """LangChain's `create_agent` over the server at `url`, or over Ollama."""
    from langchain.agents import create_agent
    from langchain_core.tools import StructuredTool
    from langgraph.errors import GraphRecursionError

    if ollama:
        from langchain_ollama import ChatOllama

        chat: Any = ChatOllama(
            model=model, base_url=ollama, temperature=0, num_predict=REPLY_TOKENS, num_ctx=8192
        )
    else:
        from langchain_openai import ChatOpenAI

        chat = ChatOpenAI(
            model=model, base_url=url, api_key="none", temperature=0, max_tokens=REPLY_TOKENS,
            max_retries=0, timeout=280,
        )  # fmt: skip

    def turn(ask: str, tools: Sequence[Tool]) -> dict[str, Any]:
        offered = [
            StructuredTool.from_function(
                func=as_text(each),
                name=each.name,
                description=each.description,
                args_schema=each.arguments,
            )
            for each in tools
        ]
        agent = create_agent(chat, offered, system_prompt=SYSTEM)
        messages: list[Any] = []
        error = ""
        try:
            for state in agent.stream(
                {"messages": [{"role": "user", "content": ask}]},
                {"recursion_limit": 2 * MOST_MODEL_CALLS},
                stream_mode="values",
            ):
                messages = state["messages"]
        except GraphRecursionError:
            error = f"more than {MOST_MODEL_CALLS} model calls"
        except Exception as problem:
            if "Connection" in type(problem).__name__:
                raise  # the server is gone: that is not the agent's doing
            error = f"{type(problem).__name__}: {problem}"[:300]
        replies = [message for message in messages if message.type == "ai"]
        usage = {"input_tokens": 0, "output_tokens": 0, "cached_tokens": 0}
        for reply in replies:
            seen = reply.usage_metadata or {}
            usage["input_tokens"] += seen.get("input_tokens", 0)
            usage["output_tokens"] += seen.get("output_tokens", 0)
            details = seen.get("input_token_details") or {}
            usage["cached_tokens"] += details.get("cache_read") or 0
        first = [
            {"tool": call["name"], "arguments": call["args"]}
            for call in (replies[0].tool_calls if replies else [])
        ]
        return {
            "first": first,
            "text": "" if error or not replies else str(replies[-1].text),
            "ended": not error,
            "error": error,
            "usage": {**usage, "model_calls": len(replies)},
        }

    return turn


def as_text(each: Tool) -> Callable[..., str]:
    """`each` as a plain function whose results and errors are texts."""

    def run(**arguments: Any) -> str:
        try:
            result = asyncio.run(each.invoke(arguments))
        except Exception as error:  # noqa: BLE001 - the model is told, as a careful user would
            return f"ERROR: {error}"
        return (
            result if isinstance(result, str) else json.dumps(as_plain(result), ensure_ascii=False)
        )

    return run
