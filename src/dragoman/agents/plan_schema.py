"""What a plan may look like: the JSON schema that the planner's decoder is held to.

A call that does not fit its tool's own arguments cannot be written, and neither can the name of a
tool that is not offered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dragoman.tools.registry import Registry

PASSAGES, NOTHING, ASK_USER = "passages", "nothing", "ask_user"
"""What the planner names in place of a tool: the passages hold it, no tool is needed, or something
that a tool needs has not been said."""

_MOST_CALLS = 4
_LONGEST_STRING = 300
_LONGEST_CONDITION = 60
_MOST_MISSING = 3


def plan_schema(
    registry: Registry,
    offered: Sequence[str],
    thought_characters: int,
    *,
    may_ask: bool = False,
    conditions: bool = False,
) -> dict[str, Any]:
    """The JSON schema of one plan: a short thought, what is needed, then the calls for it.

    What is needed is one word from a list, written before any call: a small model that has just
    written ``passages`` does not go on to call a tool, and cannot think of one that is not there.

    Args:
        registry: All tools.
        offered: Names of those that may be called now.
        thought_characters: Length of the thought.
        may_ask: Whether the user may be asked for an argument that is missing.
        conditions: Whether a call may depend on an earlier result (``"when": "$1.stock > 0"``).
    """
    options = []
    needs = [*offered, PASSAGES, NOTHING]
    names = required_arguments(registry, offered)
    if may_ask and names:
        missing = {
            "type": "array",
            "items": {"enum": names},
            "minItems": 1,
            "maxItems": _MOST_MISSING,
        }
        arguments = _closed({"missing": missing})
        options.append(_closed({"tool": {"const": ASK_USER}, "arguments": arguments}))
        needs.append(ASK_USER)
    for name in offered:
        call = _closed({"tool": {"const": name}, "arguments": _bounded(registry.get(name).schema)})
        if conditions:  # optional: it stands in `properties`, not in `required`
            call["properties"]["when"] = {"type": "string", "maxLength": _LONGEST_CONDITION}
        options.append(call)
    calls: dict[str, Any] = {"type": "array", "maxItems": _MOST_CALLS if options else 0}
    calls["items"] = {"anyOf": options} if options else {}
    return _closed(
        {
            "thought": {"type": "string", "maxLength": thought_characters},
            "needs": {"enum": needs},
            "calls": calls,
        }
    )


def required_arguments(registry: Registry, offered: Sequence[str]) -> list[str]:
    """Names of arguments that some offered tool cannot do without, in a fixed order."""
    names = {
        argument for name in offered for argument in registry.get(name).schema.get("required", ())
    }
    return sorted(names)


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _bounded(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`schema` with a limit on every string, so that no argument can run on for ever."""
    bounded = dict(schema)
    if bounded.get("type") == "string" and not {"enum", "const", "format"} & bounded.keys():
        bounded.setdefault("maxLength", _LONGEST_STRING)
    if "properties" in bounded:
        bounded["properties"] = {
            name: _bounded(item) for name, item in bounded["properties"].items()
        }
    if isinstance(bounded.get("items"), dict):
        bounded["items"] = _bounded(bounded["items"])
    return bounded
