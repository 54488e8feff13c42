"""The tools that a task names: built-in, of an MCP server, or functions of one's own."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from anyio.to_thread import run_sync

from dragoman.agents.tasks.program import Program
from dragoman.agents.tasks.reading import locate
from dragoman.agents.tasks.spec import ToolStep
from dragoman.agents.tasks.templates import references
from dragoman.errors import ModelMistake, TaskToolError, ToolDefinitionError
from dragoman.settings import Settings
from dragoman.tools import Tool, as_tool
from dragoman.tools.builtin.choose import NAMES, builtin_tools
from dragoman.tools.registry import Registry

Tools = Mapping[tuple[str, str], Tool]
"""Tools by the task file and the name in it."""


async def collect(
    program: Program, settings: Settings, own: Iterable[Tool], stack: AsyncExitStack
) -> Tools:
    """Every tool that the task and its sub-tasks name; what has to be closed goes on `stack`.

    Raises:
        TaskToolError: a tool is not there, or a step calls it in a way that cannot work.
    """
    wanted = [
        (inside, step, path) for inside, step, path in program.steps() if isinstance(step, ToolStep)
    ]
    given = {tool.name: tool for tool in own}
    names = {step.tool for _, step, _ in wanted}
    given |= await run_sync(_builtin, settings, [name for name in names if name in NAMES], stack)
    if settings.mcp.servers and any(":" not in name and name not in given for name in names):
        from dragoman.tools.mcp import McpTools  # noqa: PLC0415 - an extra

        connected = await stack.enter_async_context(McpTools(settings))
        given = {**{tool.name: tool for tool in connected.tools}, **given}
    found: dict[tuple[str, str], Tool] = {}
    for inside, step, path in wanted:
        try:
            if ":" in step.tool:
                tool = await run_sync(_imported, step.tool, inside.folder)
            elif step.tool in given:
                tool = given[step.tool]
            else:
                known = ", ".join(sorted({*NAMES, *given}))
                raise TaskToolError(f"There is no tool {step.tool!r}; there is: {known}.")  # noqa: TRY301 - placed in the file below
            _check(step, tool)
        except (TaskToolError, ToolDefinitionError) as error:
            line, column, where = locate((*path, "tool"), inside.places)
            raise TaskToolError(
                f"{where}: {error.message}",
                cure=error.cure,
                file=str(inside.file),
                line=line,
                column=column,
            ) from None
        found[str(inside.file), step.tool] = tool
    return found


def _builtin(settings: Settings, names: list[str], stack: AsyncExitStack) -> dict[str, Tool]:
    if not names:
        return {}
    memory = None
    if {"search_documents", "remember", "forget", "list_facts"} & set(names):
        from dragoman.memory import Memory  # noqa: PLC0415 - claims the data folder

        memory = Memory(tenant=settings.tenant, home=settings.home, settings=settings)
        stack.enter_context(memory)
    chosen = settings.model_copy(update={"tools": tuple(names)})
    return {tool.name: tool for tool in builtin_tools(chosen, memory=memory)}


def _imported(name: str, folder: Path) -> Tool:
    module, _, attribute = name.partition(":")
    try:
        found = getattr(_module(module, folder), attribute)
    except (ImportError, AttributeError, SyntaxError, ValueError) as error:
        raise TaskToolError(
            f"The tool {name!r} cannot be imported: {error}.",
            cure="Write module:function; the module lies beside the task file or is installed.",
        ) from None
    return as_tool(found)


def _module(name: str, folder: Path) -> Any:
    """The module beside the task file, else the installed one."""
    path = folder / f"{name}.py"
    if not path.is_file():
        return importlib.import_module(name)
    # Under a name of its own, so that the modules of two tasks do not stand for one another.
    unique = f"dragoman_task_{abs(hash(str(path)))}_{name}"
    if unique in sys.modules:
        return sys.modules[unique]
    spec = importlib.util.spec_from_file_location(unique, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no module at {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[unique]
        raise
    return module


def _check(step: ToolStep, tool: Tool) -> None:
    known, required = tool.schema["properties"], tool.schema.get("required", ())
    if unknown := sorted(step.arguments.keys() - known.keys()):
        raise TaskToolError(
            f"{step.tool} has no argument {', '.join(unknown)}; "
            f"it has: {', '.join(known) or 'none'}."
        )
    if missing := sorted(set(required) - step.arguments.keys()):
        raise TaskToolError(f"{step.tool} needs {', '.join(missing)}.")
    if (
        step.retry
        and step.retry.attempts > 1
        and tool.effect == "once"
        and not tool.idempotency_key
    ):
        raise TaskToolError(
            f"{step.tool} must not happen twice, so it cannot be retried.",
            cure="Give the tool an idempotency_key, declare a lighter effect, or do not retry.",
        )
    if not any(references(step.arguments)):
        try:
            Registry([tool]).validate(tool.name, step.arguments)
        except ModelMistake as mistake:
            raise TaskToolError(f"{mistake}.") from None
