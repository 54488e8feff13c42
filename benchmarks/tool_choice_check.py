"""Whether the gold of benchmarks/tool_choice.py can be reached: each task done as it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tool_choice_score import score
from tool_choice_tasks import Task, load, tools_for
from tool_choice_world import WORLD

from dragoman import Tool


def check() -> str:
    """Do every task right, and once without its calls; name those that are judged otherwise."""
    problems = []
    tasks = load()
    for task in tasks:
        good = _done_right(task)
        if not (found := score(task, good)).whole or not found.choice:
            problems.append(f"{task.id}: the right way is judged wrong: {found.why}")
        idle = {**good, "first": [], "log": [], "text": "…"}
        if task.kind != "none" and score(task, idle).whole:
            problems.append(f"{task.id}: doing nothing is judged right")
    return "\n".join([*problems, f"{len(tasks)} tasks, {len(problems)} problems"])


def _done_right(task: Task) -> dict[str, Any]:
    WORLD.reset()
    tools = {tool.name: tool for tool in tools_for(task, 16)}
    planned = []
    for place, (name, gold) in enumerate((*task.calls, *task.then)):
        arguments = _arguments(tools[name], gold)
        valid = tools[name].arguments.model_validate(arguments)
        tools[name].function(**{key: getattr(valid, key) for key in arguments})
        if place < len(task.calls):
            planned.append({"tool": name, "arguments": arguments})
    text = " ".join(str(_first(fact)) for fact in task.facts) or "OK"
    return {
        "first": planned,
        "log": list(WORLD.log),
        "text": f"{task.asks[0]}?" if task.asks else text,
        "ended": True,
    }


def _arguments(tool: Tool, gold: Mapping[str, Any]) -> dict[str, Any]:
    required = tool.schema.get("required", [])
    return {
        name: _first(gold.get(name, "*"))
        for name in tool.schema["properties"]
        if name in gold or name in required
    }


def _first(wanted: Any) -> Any:
    """The first thing that `wanted` accepts."""
    if isinstance(wanted, list):
        return _first(wanted[0])
    if isinstance(wanted, dict):
        return " ".join(str(_first(fact)) for fact in wanted["has"])
    if isinstance(wanted, str):
        return wanted.removeprefix("date:").removeprefix("time:")
    return wanted
