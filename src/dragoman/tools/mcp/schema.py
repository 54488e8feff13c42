"""A server's JSON schema in the form that a planner can be held to, or the reason why it cannot be.

Servers may use all of JSON schema; a grammar for a small model takes objects, lists, strings,
numbers, choices and alternatives. References are put in place, ``allOf`` is merged, and a pattern
becomes a remark, because what a stranger wrote as a regular expression is neither run here nor
handed to a grammar. Conditions between arguments (``if``, ``not``, ``dependentRequired``, …) are
left to the server, which checks its arguments itself. What has no such form is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from dragoman.errors import ToolDefinitionError
from dragoman.tools.mcp.definition import safe_line, safe_text

MOST_CHARACTERS = 20_000
"""Longest schema that is taken, in characters of JSON, as it comes and with references in place."""

MOST_DEPTH = 12
"""Deepest nesting of a schema that is taken."""

_LONGEST_REMARK = 200
_LONGEST_CHOICE = 200
_NAME = re.compile(r"[\w.$-]{1,64}")
_LIMITS = (  # in one order, so that what is sent to an engine is byte-stable
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "uniqueItems"),
)
_FORMATS = {"date", "date-time", "time", "email", "uri", "uuid", "ipv4", "ipv6"}
_TYPES = {"string", "number", "integer", "boolean", "null", "array", "object"}


def plain_schema(schema: Mapping[str, Any], *, hidden: str | None = None) -> dict[str, Any]:
    """`schema` without references and ornament, its texts cleaned, its objects closed.

    Args:
        schema: The input schema as the server sent it.
        hidden: Argument that the model is not asked for.

    Raises:
        ToolDefinitionError: what in it cannot be offered.
    """
    if len(json.dumps(schema)) > MOST_CHARACTERS:
        raise _refused(f"they are longer than {MOST_CHARACTERS:,} characters")
    try:
        made = _Reader(schema).read(schema, ())
    except (TypeError, AttributeError, ValueError) as error:
        raise _refused("they are not described by a valid JSON schema") from error
    if made.get("type", "object") != "object":
        raise _refused("they are not an object")
    if "anyOf" in made:
        raise _refused("there is more than one list of arguments to choose from")
    made = {"type": "object", "properties": {}, "additionalProperties": False, **made}
    made.pop("description", None)
    if hidden is not None:
        if hidden not in made["properties"]:
            raise _refused(f"there is no argument {hidden!r} for the idempotency key")
        del made["properties"][hidden]
        made["required"] = [name for name in made.get("required", ()) if name != hidden]
    if len(json.dumps(made)) > MOST_CHARACTERS:
        raise _refused(f"written out they are longer than {MOST_CHARACTERS:,} characters")
    return made


class _Reader:
    """Reads the parts of one schema."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._budget = 2000  # parts; references that multiply would never end otherwise

    def read(self, node: Any, inside: tuple[str, ...]) -> dict[str, Any]:
        """One part; `inside` names the references and levels that lead to it."""
        self._budget -= 1
        if self._budget < 0 or len(inside) > MOST_DEPTH:
            raise _refused("they are nested too deep or too large")
        if node is True:
            return {}
        if not isinstance(node, Mapping):
            raise _refused(f"{json.dumps(node)[:80]} is not a schema")
        if "$ref" in node:
            return self._referred(node, inside)
        node = self._all_of(node, inside)
        kinds = node.get("type")
        if isinstance(kinds, list):
            return self._union([{**node, "type": kind} for kind in kinds], node, inside)
        if options := node.get("anyOf") or node.get("oneOf"):
            rest = {key: node[key] for key in node.keys() - {"anyOf", "oneOf", "description"}}
            return self._union([_with(rest, option) for option in options], node, inside)
        return self._single(node, inside)

    def _single(self, node: Mapping[str, Any], inside: tuple[str, ...]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if (kind := node.get("type")) is not None:
            if kind not in _TYPES:
                raise _refused(f"{json.dumps(kind)[:80]} is not a type")
            made["type"] = kind
        self._values(node, made)
        self._object(node, made, inside)
        if "items" in node or "prefixItems" in node:
            made["items"] = self.read(node.get("items", True), (*inside, "items"))
        return made | _remark(node)

    def _all_of(self, node: Mapping[str, Any], inside: tuple[str, ...]) -> Mapping[str, Any]:
        parts = node.get("allOf")
        if not isinstance(parts, list):
            return node
        merged: Mapping[str, Any] = {key: node[key] for key in node.keys() - {"allOf"}}
        for part in parts:
            merged = _merged(merged, self.read(part, (*inside, "allOf")))
        return merged

    def _referred(self, node: Mapping[str, Any], inside: tuple[str, ...]) -> dict[str, Any]:
        target = node["$ref"]
        if not (isinstance(target, str) and target.startswith("#/")):
            raise _refused(f"they refer to {str(target)[:80]!r}, which is not read")
        if target in inside:
            raise _refused(f"{target} contains itself")
        found: Any = self._root
        for step in target[2:].split("/"):
            key = step.replace("~1", "/").replace("~0", "~")
            if not (isinstance(found, Mapping) and key in found):
                raise _refused(f"they refer to {target[:80]!r}, which is not there")
            found = found[key]
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return self.read(_with(rest, found), (*inside, target))

    def _union(
        self, options: list[Any], node: Mapping[str, Any], inside: tuple[str, ...]
    ) -> dict[str, Any]:
        read = [self.read(option, (*inside, "anyOf")) for option in options]
        for option in read:
            option.pop("description", None)
        different = [option for place, option in enumerate(read) if option not in read[:place]]
        made = different[0] if len(different) == 1 else {"anyOf": different}
        return made | _remark(node)

    def _values(self, node: Mapping[str, Any], made: dict[str, Any]) -> None:
        for key in _LIMITS:
            if isinstance(node.get(key), int | float):
                made[key] = node[key]
        if node.get("format") in _FORMATS:
            made["format"] = node["format"]
        choices = [node["const"]] if "const" in node else node.get("enum")
        if choices is not None:
            if not isinstance(choices, list) or not choices:
                raise _refused("a choice without options")
            for choice in choices:
                _check_choice(choice)
            made["enum"] = choices
            made.pop("type", None)

    def _object(
        self, node: Mapping[str, Any], made: dict[str, Any], inside: tuple[str, ...]
    ) -> None:
        properties = node.get("properties")
        if properties is None:
            if isinstance(more := node.get("additionalProperties"), Mapping):
                made["additionalProperties"] = self.read(more, (*inside, "additional"))
            return
        required = [str(name) for name in node.get("required", ())]
        for name in [*properties, *required]:
            if not _NAME.fullmatch(name):
                raise _refused(f"{safe_line(name, longest=80)!r} cannot be an argument's name")
        made["type"] = "object"
        made["properties"] = {
            name: _offered(
                self.read(properties.get(name, True), (*inside, name)), is_required=name in required
            )
            for name in dict.fromkeys([*properties, *required])
        }
        made["required"] = required
        made["additionalProperties"] = False


def _offered(schema: dict[str, Any], *, is_required: bool) -> dict[str, Any]:
    """An argument that may be left out is left out; ``null`` is not offered beside that."""
    options = schema.get("anyOf")
    if is_required or not options:
        return schema
    kept = [option for option in options if option.get("type") != "null"]
    if len(kept) == 1:
        return {**kept[0], **{key: value for key, value in schema.items() if key != "anyOf"}}
    return {**schema, "anyOf": kept}


def _with(rest: Mapping[str, Any], part: Any) -> Any:
    """`part` of an alternative or a reference, with what stands beside it."""
    if part is True:
        return rest
    return {**part, **rest} if isinstance(part, Mapping) else part


def _merged(node: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """`node` and one part of its ``allOf`` as one object; what `node` says itself wins."""
    merged = {**part, **node}
    for key in ("properties", "required"):
        ours, theirs = node.get(key), part.get(key)
        if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            merged[key] = {**theirs, **ours}
        elif isinstance(ours, list) and isinstance(theirs, list):
            merged[key] = list(dict.fromkeys([*theirs, *ours]))
    return merged


def _remark(node: Mapping[str, Any]) -> dict[str, str]:
    """The description, with the pattern that a text must have."""
    said = [str(node.get("description", ""))]
    if isinstance(pattern := node.get("pattern"), str):
        said.append(f"(pattern {pattern})")
    text = safe_line(" ".join(said), longest=_LONGEST_REMARK)
    return {"description": text} if text else {}


def _check_choice(choice: Any) -> None:
    """Choices stand in the prompt and must be sent as they are: they cannot be cleaned or cut."""
    if isinstance(choice, str) and (
        len(choice) > _LONGEST_CHOICE or safe_text(choice) != choice or "\n" in choice
    ):
        raise _refused(f"the choice {safe_line(choice, longest=80)!r} is too long or hides text")
    if isinstance(choice, list | Mapping):
        raise _refused("a choice is neither a text nor a number")


def _refused(why: str) -> ToolDefinitionError:
    return ToolDefinitionError(
        f"Its arguments cannot be offered to a model: {why}.",
        cure="Leave the tool out with `allow`, or wrap it in one with simpler arguments.",
    )
