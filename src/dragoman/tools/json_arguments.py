"""Arguments that a JSON schema describes, such as those of MCP tools, as an argument model.

No pydantic model is generated from the schema: what the schema says is checked by `jsonschema`, and
an argument that was left out stays left out, so that whoever wrote the schema fills in the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

from dragoman.errors import ToolDefinitionError


class JsonArguments(BaseModel):
    """Arguments that were checked against `json_schema`; a subclass brings the schema."""

    model_config = ConfigDict(extra="allow", frozen=True)

    json_schema: ClassVar[Mapping[str, Any]] = {}
    """The schema, an object's."""

    @classmethod
    def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
        """The schema itself, not one that pydantic derives."""
        return dict(cls.json_schema)

    @model_validator(mode="before")
    @classmethod
    def _fits(cls, given: Any) -> Any:
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - 60 ms, for foreign tools only

        problems = [
            f"{'.'.join(map(str, error.absolute_path)) or 'arguments'}: {error.message:.200}"
            for error in Draft202012Validator(cls.json_schema).iter_errors(given)
        ]
        if problems:
            raise ValueError("; ".join(sorted(problems)))
        return given


def model_of_schema(name: str, schema: Mapping[str, Any]) -> type[JsonArguments]:
    """An argument model that is held to `schema`.

    Usage:
        Tool(name="find", arguments=model_of_schema("find", {"type": "object", ...}), ...)

    Raises:
        ToolDefinitionError: `schema` is no JSON schema of an object, or refers to other documents.
    """
    from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415 - as above

    if schema.get("type", "object") != "object":
        raise _unusable(name, f"they are of type {schema['type']!r}, not an object")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise _unusable(name, error.message) from error
    _check_references(name, schema, {*schema.get("$defs", {}), *schema.get("definitions", {})})
    definitions = {**schema.get("definitions", {}), **schema.get("$defs", {})}
    kept = {key: value for key, value in schema.items() if key not in {"$schema", "$id"}}
    plain = {**kept, "type": "object", "$defs": definitions}
    return type(f"{name}_arguments", (JsonArguments,), {"json_schema": _with_unions(plain)})


def _check_references(name: str, node: Any, known: set[str]) -> None:
    """Only the document's own definitions are read, never an address."""
    if isinstance(node, list):
        for item in node:
            _check_references(name, item, known)
    elif isinstance(node, Mapping):
        target = node.get("$ref")
        if isinstance(target, str):
            place, _, definition = target.rpartition("/")
            if place not in {"#/$defs", "#/definitions"} or definition not in known:
                raise _unusable(name, f"they refer to {target!r}, which is not defined in them")
        for item in node.values():
            _check_references(name, item, known)


def _with_unions(node: Any) -> Any:
    """``"type": ["string", "null"]`` as ``anyOf``, the one form that planners are shown."""
    if isinstance(node, list):
        return [_with_unions(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    made = {
        key: value if key in {"enum", "const", "default", "examples"} else _with_unions(value)
        for key, value in node.items()
    }
    if isinstance(made.get("$ref"), str):
        made["$ref"] = made["$ref"].replace("#/definitions/", "#/$defs/")
    types = made.get("type")
    if isinstance(types, list) and "enum" not in made and "anyOf" not in made:
        del made["type"]
        made["anyOf"] = [{"type": kind} for kind in types]
    return made


def _unusable(name: str, why: str) -> ToolDefinitionError:
    return ToolDefinitionError(
        f"The arguments of the tool {name!r} cannot be offered to a model: {why}.",
        cure="Describe them with the JSON schema of an object that holds its own definitions.",
    )
