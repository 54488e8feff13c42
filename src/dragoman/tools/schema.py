"""JSON schemas as a constrained decoder likes them: flat, closed and without ornament."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from dragoman.errors import ToolDefinitionError

_ORNAMENT = frozenset({"title", "default", "examples", "$defs", "definitions", "discriminator"})
_DATA = frozenset({"enum", "const", "required"})


def argument_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a tool's arguments: references inlined, titles dropped, no extra keys.

    Raises:
        ToolDefinitionError: a model that contains itself and so has no flat form.
    """
    raw = model.model_json_schema()
    flat: dict[str, Any] = _flatten(raw, raw.get("$defs", {}), ())
    flat.setdefault("properties", {})
    flat["additionalProperties"] = False
    flat.pop("description", None)
    return flat


def _flatten(node: Any, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    """`node` without references; `inside` names the definitions that it is a part of."""
    if isinstance(node, list):
        return [_flatten(item, definitions, inside) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(node, definitions, inside)
    flat: dict[str, Any] = {}
    for key, value in node.items():
        if key in _DATA:
            flat[key] = value
        elif key == "properties":
            required = node.get("required", ())
            flat[key] = {
                name: _property(_flatten(item, definitions, inside), is_required=name in required)
                for name, item in value.items()
            }
            flat.setdefault("additionalProperties", False)
        elif key == "oneOf":
            flat["anyOf"] = _flatten(value, definitions, inside)
        elif not (key in _ORNAMENT or _is_unusable_pattern(key, value)):
            flat[key] = _flatten(value, definitions, inside)
    return flat


def _inlined(
    node: Mapping[str, Any], definitions: Mapping[str, Any], inside: tuple[str, ...]
) -> Any:
    name = str(node["$ref"]).rsplit("/", 1)[-1]
    if name in inside:
        raise ToolDefinitionError(
            f"The argument type {name!r} contains itself.",
            cure="Give the tool a flat argument: a small model cannot be held to an endless one.",
        )
    rest = {key: value for key, value in node.items() if key != "$ref"}
    return _flatten({**definitions[name], **rest}, definitions, (*inside, name))


def _is_unusable_pattern(key: str, value: Any) -> bool:
    """Grammars of constrained decoders know no look-ahead; some pydantics use it for `Decimal`."""
    return key == "pattern" and "(?" in value


def _property(schema: dict[str, Any], *, is_required: bool) -> dict[str, Any]:
    """``X | None`` with a default is simply left out by the model, so ``null`` is not offered."""
    options = schema.get("anyOf")
    if is_required or not options:
        return schema
    kept = [option for option in options if option.get("type") != "null"]
    if len(kept) != 1:
        return {**schema, "anyOf": kept}
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**kept[0], **rest}
