"""Tools under the rules of an agent: the rules are kept in code, before each call."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

from anyio.to_thread import run_sync

from dragoman.agents.spec import Policy
from dragoman.errors import AgentSpecError, ToolFailedMistake
from dragoman.tools.named import named_function
from dragoman.tools.tool import Tool

Rule = Callable[[Mapping[str, Any]], bool]

_log = logging.getLogger(__name__)


def under_policies(
    tools: Iterable[Tool], policies: Sequence[Policy], *, folder: Path | None = None
) -> list[Tool]:
    """`tools`, each asking for approval or refusing where a policy holds.

    Args:
        tools: The agent's tools.
        policies: Its rules.
        folder: Where the files of measures are looked for.

    Raises:
        ToolDefinitionError: a measure that cannot be imported.
        AgentSpecError: a policy is about a tool or an argument that is not there, and so would
            protect nothing.
    """
    tools = list(tools)
    by_name = {tool.name: tool for tool in tools}
    for policy in policies:
        tool = by_name.get(policy.tool)
        if tool is None:
            raise AgentSpecError(
                f"A policy is about {policy.tool!r}, which is none of the agent's tools.",
                cure=f"The tools are: {', '.join(by_name)}.",
            )
        if policy.argument and policy.argument not in tool.arguments.model_fields:
            raise AgentSpecError(
                f"A policy is about the argument {policy.argument!r} of {policy.tool!r}, which "
                "has none of that name.",
                cure=f"Its arguments are: {', '.join(tool.arguments.model_fields)}.",
            )
    folder = folder or Path()
    return [
        _ruled(tool, [rule for rule in policies if rule.tool == tool.name], folder)
        for tool in tools
    ]


def _ruled(tool: Tool, policies: Sequence[Policy], folder: Path) -> Tool:
    if not policies:
        return tool
    asking = [_rule(policy, folder) for policy in policies if policy.then == "approval"]
    refusing = [
        (_rule(policy, folder), policy.reason) for policy in policies if policy.then == "refusal"
    ]

    def needs_approval(arguments: Mapping[str, Any]) -> bool:
        return tool.needs_approval(arguments) or any(holds(arguments) for holds in asking)

    @wraps(tool.function)
    async def refuse_or_run(**arguments: Any) -> Any:
        for holds, reason in refusing:
            if await run_sync(holds, arguments):
                raise ToolFailedMistake(reason or f"A rule forbids this call of {tool.name}.")
        return await tool.invoke(arguments)

    return replace(
        tool,
        approval=needs_approval if asking else tool.approval,
        function=refuse_or_run if refusing else tool.function,
    )


def _rule(policy: Policy, folder: Path) -> Rule:
    if not policy.measure:
        return policy.holds
    measure = named_function(policy.measure, folder=folder)

    def holds(arguments: Mapping[str, Any]) -> bool:
        try:
            value = measure(arguments)
        except Exception:  # noqa: BLE001 - a measure is anybody's code
            _log.exception("The measure %s failed; its rule holds.", policy.measure)
            return True
        return policy.holds_for(value)

    return holds
