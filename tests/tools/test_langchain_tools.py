from __future__ import annotations

import threading
from typing import Annotated, Any

import pytest
from langchain_core.tools import BaseTool, InjectedToolArg, InjectedToolCallId, StructuredTool
from langchain_core.tools import Tool as OneStringTool
from langchain_core.tools import tool as langchain_tool
from pydantic import BaseModel
from pydantic.v1 import BaseModel as OldModel

from dragoman.errors import InvalidArgumentsMistake, ToolDefinitionError
from dragoman.tools import as_tool
from dragoman.tools.registry import Registry

REMOTE = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "query": {"type": "string", "description": "What to look for."},
        "limit": {"type": ["integer", "null"], "default": 5, "maximum": 20},
        "schema": {"$ref": "#/definitions/kind"},
    },
    "required": ["query"],
    "definitions": {"kind": {"enum": ["news", "shop"]}},
}


@langchain_tool
def multiply(a: int, b: int = 2) -> int:
    """Multiply."""
    return a * b


class Address(BaseModel):
    city: str


@langchain_tool
async def ship(to: Address) -> str:
    """Ship."""
    return f"{to.city} へ"


def remote(**found: Any) -> StructuredTool:
    """A tool as `langchain-mcp-adapters` makes them: a JSON schema and a coroutine only."""

    async def call(**arguments: Any) -> tuple[Any, Any]:
        found.update(arguments)
        return [{"type": "text", "text": f"{found}"}, {"type": "image", "data": "…"}], "artifact"

    return StructuredTool(
        name="remote",
        description="Look something up.",
        args_schema=REMOTE,
        coroutine=call,
        response_format="content_and_artifact",
    )


async def test_a_langchain_tool_is_taken_as_it_is_and_counts_as_once():
    taken = as_tool(multiply)
    assert (taken.name, taken.description, taken.effect) == ("multiply", "Multiply.", "once")
    assert taken.schema["required"] == ["a"]
    assert await taken.invoke({"a": 21, "b": 2}) == 42


async def test_an_async_langchain_tool_gets_its_nested_model():
    assert await as_tool(ship).invoke({"to": Address(city="大阪")}) == "大阪 へ"


async def test_a_langchain_tool_of_one_string_takes_tool_input():
    taken = as_tool(OneStringTool(name="echo", description="Echo.", func=lambda text: text))
    assert list(taken.schema["properties"]) == ["tool_input"]
    assert await taken.invoke({"tool_input": "صدى"}) == "صدى"


async def test_a_sync_tool_runs_in_our_own_thread_not_in_a_pool_that_holds_up_the_exit():
    where: list[threading.Thread] = []

    @langchain_tool
    def look() -> str:
        """Look."""
        where.append(threading.current_thread())
        return "seen"

    class Own(BaseTool):
        name: str = "own"
        description: str = "Own."

        def _run(self, a: int) -> int:
            where.append(threading.current_thread())
            return a + 1

    assert await as_tool(look).invoke({}) == "seen"
    assert await as_tool(Own()).invoke({"a": 1}) == 2
    assert [thread.daemon for thread in where] == [True, True]


async def test_a_tool_of_ones_own_that_is_async_only_is_awaited():
    class Own(BaseTool):
        name: str = "own"
        description: str = "Own."

        def _run(self, a: int) -> int:
            raise NotImplementedError

        async def _arun(self, a: int) -> int:
            return a + 1

    assert await as_tool(Own()).invoke({"a": 1}) == 2


async def test_a_json_schema_describes_arguments_as_well_as_a_model():
    registry = Registry([remote()])
    tool = registry.get("remote")
    assert tool.schema["properties"] == {
        "query": {"type": "string", "description": "What to look for."},
        "limit": {"type": "integer", "maximum": 20},
        "schema": {"enum": ["news", "shop"]},
    }
    assert tool.schema["additionalProperties"] is False
    arguments = registry.validate("remote", {"query": "靴", "schema": "shop"})
    assert arguments == {"query": "靴", "schema": "shop"}  # what is left out stays left out
    assert await tool.invoke(arguments) == f"{arguments}\n[image]"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "'query' is a required property"),
        ({"query": 3}, "query: 3 is not of type 'string'"),
        ({"query": "x", "limit": 21}, "limit: 21 is greater than the maximum of 20"),
        ({"query": "x", "schema": "film"}, r"schema: 'film' is not one of \['news', 'shop'\]"),
        ({"query": "x", "page": 2}, "there is no argument 'page'"),
    ],
)
def test_arguments_that_do_not_fit_a_json_schema_are_the_models_mistake(arguments, problem):
    with pytest.raises(InvalidArgumentsMistake, match=problem):
        Registry([remote()]).validate("remote", arguments)


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"type": "array"}, "they are of type 'array'"),
        ({"properties": {"a": {"type": "strange"}}}, "'strange' is not valid"),
        (
            {"properties": {"a": {"$ref": "https://example.com/schema.json"}}},
            "which is not defined in them",
        ),
        ({"properties": {"a": {"$ref": "#/$defs/a"}}}, "which is not defined in them"),
    ],
)
def test_a_json_schema_that_no_model_can_be_held_to_is_refused(schema, problem):
    source = remote()
    source.args_schema = schema
    with pytest.raises(ToolDefinitionError, match=problem):
        as_tool(source)


def test_a_json_schema_that_contains_itself_is_refused():
    source = remote()
    source.args_schema = {
        "properties": {"a": {"$ref": "#/$defs/tree"}},
        "$defs": {"tree": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
    }
    with pytest.raises(ToolDefinitionError, match="contains itself"):
        as_tool(source)


def test_arguments_of_an_old_pydantic_are_refused():
    class Old(OldModel):
        a: int

    source = StructuredTool(name="old", description="d", args_schema=Old, func=lambda a: a)
    with pytest.raises(ToolDefinitionError, match="'old' does not describe its arguments"):
        as_tool(source)


def test_arguments_that_only_langchain_injects_are_refused():
    @langchain_tool
    def private(a: int, user: Annotated[str, InjectedToolArg]) -> int:
        """Private."""
        return a

    with pytest.raises(ToolDefinitionError, match="waits for injected arguments: user"):
        as_tool(private)


def test_arguments_that_are_injected_beside_a_json_schema_are_refused():
    def call(query: str, id: Annotated[str, InjectedToolCallId]) -> str:  # noqa: A002
        return query

    source = StructuredTool(name="remote", description="d", args_schema=REMOTE, func=call)
    with pytest.raises(ToolDefinitionError, match="waits for injected arguments: id"):
        as_tool(source)


async def test_a_result_that_only_looks_like_content_blocks_is_left_as_it_is():
    @langchain_tool
    def rows() -> list[dict[str, str]]:
        """Rows."""
        return [{"type": "parcel", "id": "A-7"}]

    assert await as_tool(rows).invoke({}) == [{"type": "parcel", "id": "A-7"}]
