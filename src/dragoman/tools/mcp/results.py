"""What a server's answer to a call becomes: text or data, limited and cleaned; the rest named."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dragoman.errors import ToolFailedMistake
from dragoman.tools.mcp.definition import safe_line, safe_text

if TYPE_CHECKING:
    from mcp_types import CallToolResult, ContentBlock

MOST_CHARACTERS = 200_000
"""Longest result that is kept, in characters; a planner reads far less of it."""

_MOST_SAID = 500


def as_result(answer: CallToolResult, *, tool: str) -> Any:
    """The result of a call: structured content as data, else text.

    Images, sounds and resources are named with their type and size, never put inline: they are not
    for a text model, and each may hold megabytes.

    Raises:
        ToolFailedMistake: the tool says that it failed.
    """
    texts = [block.text for block in answer.content if block.type == "text"]
    named = list(_named(answer.content))
    if answer.is_error:
        said = safe_line("\n".join(texts), longest=_MOST_SAID) or "no reason given"
        raise ToolFailedMistake(f"{tool} failed: {said}")
    data = _unwrapped(answer.structured_content)
    if data is None or isinstance(data, str):
        texts = texts if data is None else [data]
        return _limited(safe_text("\n".join([*texts, *named])[: MOST_CHARACTERS + 1])) or None
    if len(written := json.dumps(data, ensure_ascii=False)) > MOST_CHARACTERS:
        return _limited(safe_text(written[: MOST_CHARACTERS + 1]))
    safe = _safe(data)
    return {"result": safe, "not_shown": named} if named else safe


def _unwrapped(structured: Any) -> Any:
    """Data that is no object travels as ``{"result": …}``."""
    if isinstance(structured, Mapping) and set(structured) == {"result"}:
        return structured["result"]
    return structured


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, Mapping):
        return {safe_text(str(key)): _safe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_safe(item) for item in value]
    return value


def _limited(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]}… (cut at {MOST_CHARACTERS:,} characters)"


def _named(content: list[ContentBlock]) -> Iterator[str]:
    for block in content:
        if block.type in {"image", "audio"}:
            yield f"[{block.type} {_short(block.mime_type)}, {len(block.data) * 3 // 4:,} bytes]"
        elif block.type == "resource_link":
            yield f"[resource {_short(block.name)} at {_short(block.uri)}]"
        elif block.type == "resource":
            kind = _short(block.resource.mime_type or "of unknown type")
            yield f"[resource {_short(block.resource.uri)}, {kind}]"


def _short(text: str) -> str:
    return safe_line(text, longest=200)
