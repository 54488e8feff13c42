"""Between LangChain's messages and the messages that travel to and from Ollama."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk
from ollama import ChatResponse
from pydantic import ValidationError

from dragoman.errors import EngineReplyError, UnsupportedFeatureError

_TIMINGS = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")


def to_wire(messages: Sequence[BaseMessage], *, thinking: bool) -> list[dict[str, Any]]:
    """The messages as Ollama takes them; past thinking goes along only when `thinking` is on."""
    return [_message_to_wire(message, thinking=thinking) for message in messages]


def _message_to_wire(message: BaseMessage, *, thinking: bool) -> dict[str, Any]:
    text, images = _content(message)
    wire: dict[str, Any] = {"role": _role(message), "content": text}
    if images:
        wire["images"] = images
    if isinstance(message, ToolMessage) and message.name:
        wire["tool_name"] = message.name
    if isinstance(message, AIMessage):
        if message.tool_calls:
            wire["tool_calls"] = [
                {"function": {"name": call["name"], "arguments": call["args"]}}
                for call in message.tool_calls
            ]
        thought = message.additional_kwargs.get("reasoning_content")
        if thinking and thought:
            wire["thinking"] = thought
    return wire


def _role(message: BaseMessage) -> str:
    for kind, role in (
        (SystemMessage, "system"),
        (HumanMessage, "user"),
        (AIMessage, "assistant"),
        (ToolMessage, "tool"),
    ):
        if isinstance(message, kind):
            return role
    raise UnsupportedFeatureError(
        f"Ollama has no role for a {type(message).__name__}.",
        cure="Send system, human, AI and tool messages.",
    )


def _content(message: BaseMessage) -> tuple[str, list[str]]:
    """The text of a message and its images, base64."""
    if isinstance(message.content, str):
        return message.content, []
    texts, images = [], []
    for part in message.content:
        if isinstance(part, str):
            texts.append(part)
        elif part.get("type") == "text":
            texts.append(str(part.get("text", "")))
        elif part.get("type") in {"image_url", "image"}:
            images.append(_image(part))
        elif part.get("type") not in {"reasoning", "thinking", "tool_call"}:
            raise UnsupportedFeatureError(
                f"Ollama takes no content of type {part.get('type')!r}.",
                cure="Send text, and images as base64 data.",
            )
    return "\n".join(texts), images


def _image(part: Mapping[str, Any]) -> str:
    """An image part as plain base64: LangChain's own form, or OpenAI's with a ``data:`` address."""
    if isinstance(part.get("base64"), str):
        return str(part["base64"])
    address = part.get("image_url", part.get("url", ""))
    if isinstance(address, Mapping):
        address = address.get("url", "")
    head, comma, data = str(address).partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        raise UnsupportedFeatureError(
            "Ollama takes images as data, not as addresses.",
            cure="Read the file and send it as base64.",
        )
    return data


def from_wire(line: Mapping[str, Any]) -> ChatGenerationChunk:
    """One line of a reply as LangChain's chunk; the last line carries the counts.

    Raises:
        EngineReplyError: the line is no chat reply, or says that nothing was to be written.
    """
    try:
        ChatResponse.model_validate(line)
    except ValidationError as error:
        raise EngineReplyError(
            f"Ollama's reply is not a chat reply ({_first_flaw(error)}).",
            cure="Check that OLLAMA_HOST points at an Ollama server of version 0.32.15 or later.",
        ) from None
    message = line["message"]
    if line.get("done_reason") in {"load", "unload"}:
        raise EngineReplyError("Ollama loaded or unloaded the model instead of answering.")
    thought = message.get("thinking")
    chunk = AIMessageChunk(
        content=str(message.get("content") or ""),
        additional_kwargs={"reasoning_content": str(thought)} if thought else {},
        tool_call_chunks=[
            _tool_call(call, place) for place, call in enumerate(message.get("tool_calls") or [])
        ],
    )
    if line.get("done"):
        chunk.usage_metadata = _usage(line)
        chunk.response_metadata = _metadata(line)
        chunk.chunk_position = "last"
    return ChatGenerationChunk(
        message=chunk,
        generation_info={"finish_reason": _finish_reason(line)} if line.get("done") else None,
    )


def _first_flaw(error: ValidationError) -> str:
    flaw = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in flaw['loc'])}: {flaw['msg']}"


def _tool_call(call: Mapping[str, Any], place: int) -> ToolCallChunk:
    function = call.get("function") or {}
    return tool_call_chunk(
        name=function.get("name"),
        args=json.dumps(function.get("arguments") or {}, ensure_ascii=False),
        id=call.get("id"),
        index=function.get("index", place),
    )


def _usage(line: Mapping[str, Any]) -> UsageMetadata | None:
    """Ollama counts the whole prompt and does not tell how much of it came from the cache."""
    if "prompt_eval_count" not in line and "eval_count" not in line:
        return None
    read = int(line.get("prompt_eval_count") or 0)
    written = int(line.get("eval_count") or 0)
    return UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)


def _metadata(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "finish_reason": _finish_reason(line),
        "model_name": line.get("model", ""),
        "model_provider": "ollama",
        **{key: line[key] for key in _TIMINGS if key in line},
    }


def _finish_reason(line: Mapping[str, Any]) -> str:
    return str(line.get("done_reason") or "stop")
