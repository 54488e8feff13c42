"""The tools of one assistant: rendered for the planner, found by name, arguments validated."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from dragoman.errors import InvalidArgumentsMistake, ToolDefinitionError, UnknownToolMistake
from dragoman.tools.tool import Function, Tool, as_tool

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool


class Registry:
    """Tools by name, in one order that never changes, so that prompts are byte-stable.

    Usage:
        registry = Registry([calculator, get_order_status])
        arguments = registry.validate("calculator", {"expression": "2 * 3"})
    """

    def __init__(self, tools: Iterable[Tool | BaseTool | Function] = ()) -> None:
        """Take tools of any accepted kind.

        Raises:
            ToolDefinitionError: two tools share a name.
        """
        made = sorted((as_tool(candidate) for candidate in tools), key=lambda tool: tool.name)
        self._tools = {tool.name: tool for tool in made}
        if len(self._tools) < len(made):
            names = [tool.name for tool in made]
            twice = sorted({name for name in names if names.count(name) > 1})
            raise ToolDefinitionError(
                f"Two tools are named {', '.join(twice)}.", cure="Give each tool its own name."
            )

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)

    def __contains__(self, name: str) -> bool:
        return name in self._tools

    def get(self, name: str) -> Tool:
        """The tool of that name.

        Raises:
            UnknownToolMistake: there is none; the message lists those that exist.
        """
        if name not in self._tools:
            raise UnknownToolMistake(
                f"There is no tool {name!r}. The tools are: {', '.join(self._tools)}."
            )
        return self._tools[name]

    def validate(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`arguments` checked and coerced by the tool's model.

        Raises:
            UnknownToolMistake: no such tool.
            InvalidArgumentsMistake: what is wrong with which argument.
        """
        tool = self.get(name)
        known = tool.schema["properties"]
        unknown = [key for key in arguments if key not in known]
        if unknown:
            raise InvalidArgumentsMistake(
                f"{name}: there is no argument {', '.join(map(repr, unknown))}; "
                f"the arguments are: {', '.join(known) or 'none'}"
            )
        try:
            valid = tool.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(str(part) for part in item['loc']) or 'arguments'}: {item['msg']}"
                for item in error.errors(include_url=False)
            )
            raise InvalidArgumentsMistake(f"{name}: {problems}") from None
        except Exception as error:
            # A validator is anybody's code, and pydantic lets what is no ValueError through.
            raise InvalidArgumentsMistake(f"{name}: {type(error).__name__}: {error}") from error
        fields = {field: getattr(valid, field) for field in type(valid).model_fields}
        return {**fields, **(valid.model_extra or {})}  # a JSON schema's have no fields

    def render(self, names: Collection[str] | None = None) -> str:
        """The tools as the planner reads them, one a line, the same bytes every time.

        Args:
            names: Only these; all when not given.
        """
        return "\n".join(_line(tool) for tool in self if names is None or tool.name in names)


def _line(tool: Tool) -> str:
    details = "".join(
        f"\n    {name}: {schema['description']}"
        for name, schema in tool.schema["properties"].items()
        if schema.get("description")
    )
    return f"- {tool.name}({_signature(tool.schema)}): {tool.description}{details}"


def _signature(schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    return ", ".join(
        f"{name}{'' if name in required else '?'}: {_type(item)}"
        for name, item in schema["properties"].items()
    )


def _type(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    if "anyOf" in schema:
        return " | ".join(_type(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if schema.get("properties"):
        return f"{{{_signature(schema)}}}"
    return str(schema.get("format") or schema.get("type", "value"))
