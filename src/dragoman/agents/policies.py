"""Tools under the rules of an agent: the rules are kept in code, before each call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any

from dragoman.agents.spec import Policy
from dragoman.errors import AgentSpecError, ToolFailedMistake
from dragoman.tools.tool import Tool


def under_policies(tools: Iterable[Tool], policies: Sequence[Policy]) -> list[Tool]:
    """`tools`, each asking for approval or refusing where a policy holds.

    Raises:
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
    return [_ruled(tool, [rule for rule in policies if rule.tool == tool.name]) for tool in tools]


def _ruled(tool: Tool, policies: Sequence[Policy]) -> Tool:
    if not policies:
        return tool
    asking = [policy for policy in policies if policy.then == "approval"]
    refusing = [policy for policy in policies if policy.then == "refusal"]

    def needs_approval(arguments: Mapping[str, Any]) -> bool:
        return tool.needs_approval(arguments) or any(rule.holds(arguments) for rule in asking)

    @wraps(tool.function)
    async def refuse_or_run(**arguments: Any) -> Any:
        for rule in refusing:
            if rule.holds(arguments):
                raise ToolFailedMistake(rule.reason or f"A rule forbids this call of {tool.name}.")
        return await tool.invoke(arguments)

    return replace(
        tool,
        approval=needs_approval if asking else tool.approval,
        function=refuse_or_run if refusing else tool.function,
    )
