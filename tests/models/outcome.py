"""What a recording becomes when it is played to the code that would have asked for it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from langchain_core.messages import AIMessage
from replay import Recording, ReplayServer

from dragoman.errors import ContextExceededError, DragomanError
from dragoman.models import ollama_admin
from dragoman.models.ollama import OllamaChat
from dragoman.models.ollama_client import open_client
from dragoman.models.openai_compatible import openai_chat
from dragoman.models.patience import Patience
from dragoman.settings import Settings

TABLE = Path(__file__).parent / "recordings" / "outcomes.tsv"


def table() -> dict[str, str]:
    """The outcome that is expected of every recording."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


async def outcome(recording: Recording, server: ReplayServer) -> str:
    """One line: a reply in figures, or the code of an error and its model or numbers."""
    server.play(recording.reply)
    try:
        return await _ask(recording, server)
    except ContextExceededError as error:
        return f"{error.code} {error.prompt_tokens} > {error.context_tokens}"
    except DragomanError as error:
        return error.code


async def _ask(recording: Recording, server: ReplayServer) -> str:
    key = (recording.method, recording.path)
    model = recording.request.get("model", "m") if isinstance(recording.request, dict) else "m"
    if key == ("POST", "/api/chat"):
        chat = OllamaChat(
            model=model or "m", host=server.url, patience=Patience(busy_retries=0, crash_retries=0)
        )
        return describe(await chat.ainvoke("hi"))
    if recording.path == "/v1/chat/completions" and recording.content_type != "application/json":
        spec = SimpleNamespace(model=model, url=f"{server.url}/v1")
        return describe(await openai_chat(spec, Settings(), retries=0).ainvoke("hi"))
    if key == ("POST", "/api/show"):
        card = await ollama_admin.show(server.url, model)
        return f"{', '.join(sorted(card.capabilities))}; {card.context_tokens} tokens"
    if key == ("GET", "/api/tags"):
        return f"{len(await ollama_admin.list_models(server.url))} models"
    if key == ("GET", "/api/ps"):
        loaded = await ollama_admin.running(server.url)
        return ", ".join(f"{model.name} with {model.context_tokens}" for model in loaded) or "none"
    if key == ("GET", "/api/version"):
        return await ollama_admin.version(server.url)
    async with open_client(server.url) as client:
        answer = await client.fetch(recording.method, recording.path, {"model": model})
    return f"JSON with {', '.join(sorted(answer)[:4])}" if answer else "nothing"


def describe(message: AIMessage) -> str:
    """A reply in figures: how it ended, how long each part is, what it calls."""
    usage: dict[str, Any] = dict(message.usage_metadata or {})
    parts = [message.response_metadata["finish_reason"], f"{len(str(message.content))} characters"]
    thought = message.additional_kwargs.get("reasoning_content")
    if thought:
        parts.append(f"{len(thought)} of thinking")
    parts.extend(
        f"{call['name']}({json.dumps(call['args'], ensure_ascii=False)})"
        for call in message.tool_calls
    )
    if usage:
        parts.append(f"{usage['input_tokens']} + {usage['output_tokens']} tokens")
    return "; ".join(parts)
