"""JSON schemas as a constrained decoder likes them: flat, closed and without ornament."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

_ORNAMENT = frozenset({"title", "default", "examples", "$defs", "definitions"})


def argument_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a tool's arguments: references inlined, titles dropped, no extra keys."""
    raw = model.model_json_schema()
    flat: dict[str, Any] = _flatten(raw, raw.get("$defs", {}))
    flat.setdefault("properties", {})
    flat["additionalProperties"] = False
    flat.pop("description", None)
    return flat


def _flatten(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_flatten(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        name = str(node["$ref"]).rsplit("/", 1)[-1]
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return _flatten({**definitions[name], **rest}, definitions)
    flat: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":
            flat[key] = {name: _flatten(item, definitions) for name, item in value.items()}
        elif key not in _ORNAMENT:
            flat[key] = _flatten(value, definitions)
    return _without_null(flat)


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    """``X | None`` with a default is simply left out by the model, so ``null`` is not offered."""
    options = node.get("anyOf")
    if not options:
        return node
    kept = [option for option in options if option.get("type") != "null"]
    if len(kept) != 1:
        return {**node, "anyOf": kept}
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**kept[0], **rest}
