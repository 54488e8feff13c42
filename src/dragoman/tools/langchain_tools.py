"""LangChain tools, taken as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_type_hints

from langchain_core.tools import BaseTool, InjectedToolArg, StructuredTool
from langchain_core.tools import Tool as OneStringTool
from pydantic import BaseModel, create_model

from dragoman.errors import ToolDefinitionError
from dragoman.tools.json_arguments import model_of_schema
from dragoman.tools.tool import Function, Tool


def from_langchain(source: BaseTool) -> Tool:
    """`source` as a `Tool`; it does not say what it does to the world, so it counts as ``once``.

    Its arguments may be described by a pydantic 2 model or by a JSON schema, as those of MCP
    adapters are. Of a result with an artifact the content is what the model reads.

    Raises:
        ToolDefinitionError: its arguments have neither, or some come from LangChain's own agents,
            which are not there.
    """
    return Tool(
        name=source.name,
        description=" ".join(source.description.split()),
        arguments=_arguments(source),
        function=_function(source),
    )


def _function(source: BaseTool) -> Function:
    if _is_sync(source):
        # A plain function runs in a thread of ours, which does not keep the process alive.
        return lambda **arguments: _readable(source.invoke(arguments))

    async def call(**arguments: Any) -> Any:
        return _readable(await source.ainvoke(arguments))

    return call


def _is_sync(source: BaseTool) -> bool:
    """Whether `ainvoke` would only move `invoke` to one of LangChain's own threads."""
    if isinstance(source, StructuredTool | OneStringTool):
        return source.coroutine is None
    return type(source)._arun is BaseTool._arun  # noqa: SLF001 - where LangChain's tools say so


def _readable(result: Any) -> Any:
    """Content blocks, as MCP adapters return them, as their text; any other result as it is."""
    if not (isinstance(result, list) and result and all(map(_is_block, result))):
        return result
    return "\n".join(
        block["text"] if block["type"] == "text" else f"[{block['type']}]" for block in result
    )


def _is_block(item: Any) -> bool:
    if not (isinstance(item, Mapping) and isinstance(item.get("type"), str)):
        return False
    kinds = {"text", "image", "audio", "file", "video", "image_url"}
    return item["type"] in kinds and (item["type"] != "text" or isinstance(item.get("text"), str))


def _arguments(source: BaseTool) -> type[BaseModel]:
    if source.args_schema is None and isinstance(source, OneStringTool):
        return create_model(source.name, tool_input=(str, ...))
    _check_injected(source)
    model = source.args_schema if source.args_schema is not None else source.get_input_schema()
    if isinstance(model, Mapping):
        return model_of_schema(source.name, model)
    if not issubclass(model, BaseModel):
        raise ToolDefinitionError(
            f"The tool {source.name!r} does not describe its arguments with pydantic 2.",
            cure="Give it an args_schema that is a pydantic 2 model or a JSON schema.",
        )
    return model


def _check_injected(source: BaseTool) -> None:
    """Refuse arguments that the model does not fill in: nobody here would."""
    hidden = _injected_by_signature(source)
    hidden |= source._injected_args_keys  # noqa: SLF001 - LangChain's only list of them
    model = source.args_schema
    if isinstance(model, type) and issubclass(model, BaseModel):
        offered = source.tool_call_schema
        if isinstance(offered, type) and issubclass(offered, BaseModel):
            hidden |= set(model.model_fields) - set(offered.model_fields)
    if hidden:
        raise ToolDefinitionError(
            f"The tool {source.name!r} waits for injected arguments: {', '.join(sorted(hidden))}.",
            cure="Bind them yourself, in a function decorated with @tool.",
        )


def _injected_by_signature(source: BaseTool) -> set[str]:
    """What LangChain 1.2 overlooks where annotations are strings."""
    own = source._run  # noqa: SLF001 - what a tool of one's own overrides
    function = getattr(source, "func", None) or getattr(source, "coroutine", None) or own
    try:
        hints = get_type_hints(function, include_extras=True)
    except (NameError, TypeError):
        return set()
    return {
        name
        for name, hint in hints.items()
        for mark in getattr(hint, "__metadata__", ())
        if isinstance(mark, InjectedToolArg)
        or (isinstance(mark, type) and issubclass(mark, InjectedToolArg))
    }
