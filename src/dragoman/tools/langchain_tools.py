"""LangChain tools, taken as they are."""

from __future__ import annotations

from typing import Any

from langchain_core.tools import BaseTool
from langchain_core.tools import Tool as OneStringTool
from pydantic import BaseModel, create_model

from dragoman.errors import ToolDefinitionError
from dragoman.tools.tool import Tool


def from_langchain(source: BaseTool) -> Tool:
    """`source` as a `Tool`; it does not say what it does to the world, so it counts as ``once``.

    Raises:
        ToolDefinitionError: its arguments have no pydantic 2 model, or some come from LangChain's
            own agents, which are not there.
    """

    async def call(**arguments: Any) -> Any:
        return await source.ainvoke(arguments)

    return Tool(
        name=source.name,
        description=" ".join(source.description.split()),
        arguments=_arguments(source),
        function=call,
    )


def _arguments(source: BaseTool) -> type[BaseModel]:
    if source.args_schema is None and isinstance(source, OneStringTool):
        return create_model(source.name, tool_input=(str, ...))
    model = source.args_schema if source.args_schema is not None else source.get_input_schema()
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise ToolDefinitionError(
            f"The tool {source.name!r} does not describe its arguments with pydantic 2.",
            cure="Give it an args_schema that is a pydantic 2 model.",
        )
    hidden = set(model.model_fields) - set(source.tool_call_schema.model_fields)  # type: ignore[union-attr]
    if hidden:
        raise ToolDefinitionError(
            f"The tool {source.name!r} waits for injected arguments: {', '.join(sorted(hidden))}.",
            cure="Bind them yourself, in a function decorated with @tool.",
        )
    return model
