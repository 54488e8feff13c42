from __future__ import annotations

from typing import Annotated

import pytest
from langchain_core.tools import InjectedToolArg, StructuredTool
from langchain_core.tools import Tool as OneStringTool
from langchain_core.tools import tool as langchain_tool
from pydantic import BaseModel

from dragoman.errors import ToolDefinitionError
from dragoman.tools import as_tool


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


def test_arguments_without_a_pydantic_model_are_refused():
    source = StructuredTool(
        name="remote",
        description="d",
        args_schema={"type": "object", "properties": {"q": {"type": "string"}}},
        func=lambda q: q,
    )
    with pytest.raises(ToolDefinitionError, match="'remote' does not describe its arguments"):
        as_tool(source)


def test_arguments_that_only_langchain_injects_are_refused():
    @langchain_tool
    def private(a: int, user: Annotated[str, InjectedToolArg]) -> int:
        """Private."""
        return a

    with pytest.raises(ToolDefinitionError, match="waits for injected arguments: user"):
        as_tool(private)
