"""The tasks of benchmarks/tool_choice.py: read, split into halves, sampled, given their tools."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from tool_choice_world import CORE, WORLD, distractor

from dragoman import Tool

_TASKS = Path(__file__).with_name("tool_choice_tasks.yaml")
_DISTRACTORS = Path(__file__).with_name("tool_choice_distractors.yaml")

SINGLE_STEP = ("single", "lookalike", "normalise", "copy")
"""Kinds that one call settles."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One thing that a customer or a colleague asks for; see the head of the YAML file."""

    id: str
    """``<language>-<number>``."""

    language: str
    """BCP-47 tag that the answer must be in."""

    split: str
    """``dev`` or ``held-out``."""

    kind: str
    """What makes it hard."""

    ask: str
    """The question."""

    calls: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """Calls that must happen: tool and arguments."""

    then: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """Calls that need results of `calls`."""

    also: frozenset[str] = field(default_factory=frozenset)
    """Tools that may be called as well."""

    facts: tuple[Any, ...] = ()
    """What the answer must hold."""

    asks: tuple[str, ...] = ()
    """Words of which the question back must hold one."""

    @property
    def needs(self) -> frozenset[str]:
        """The tools of the right calls."""
        return frozenset(name for name, _ in (*self.calls, *self.then))


def load() -> list[Task]:
    """All tasks, in the order of the file."""
    languages = yaml.safe_load(_TASKS.read_text(encoding="utf-8"))
    return [
        _task(entry, tag, place, number)
        for place, (tag, entries) in enumerate(languages.items())
        for number, entry in enumerate(entries, 1)
    ]


def _task(entry: Mapping[str, Any], tag: str, place: int, number: int) -> Task:
    return Task(
        id=f"{tag}-{number}",
        language=tag,
        split="dev" if (place + number) % 2 == 0 else "held-out",
        kind=entry["kind"],
        ask=entry["ask"],
        calls=tuple(next(iter(call.items())) for call in entry.get("calls", ())),
        then=tuple(next(iter(call.items())) for call in entry.get("then", ())),
        also=frozenset(entry.get("also", ())),
        facts=tuple(entry.get("facts", ())),
        asks=tuple(entry.get("asks", ())),
    )


def sample(tasks: Sequence[Task], limit: int) -> list[Task]:
    """`limit` tasks with the kinds in proportion, the same ones each time."""
    kinds: dict[str, list[Task]] = defaultdict(list)
    for task in sorted(tasks, key=lambda task: _hash(task.id)):
        kinds[task.kind].append(task)
    taken: dict[str, int] = dict.fromkeys(kinds, 0)
    chosen = []
    for _ in range(min(limit, len(tasks))):
        kind = min(kinds, key=lambda kind: ((taken[kind] + 0.5) / len(kinds[kind]), kind))
        chosen.append(kinds[kind][taken[kind]])
        taken[kind] += 1
    return chosen


def tools_for(task: Task, count: int) -> list[Tool]:
    """`count` recorded tools, those that the task needs among them, sorted by name.

    Up to sixteen, the others are from the same world, always in the same order, so that tasks
    with the same needs have the same tools; beyond that come distractors.
    """
    needed = [tool for tool in CORE if tool.name in task.needs]
    others = [tool for tool in CORE if tool.name not in task.needs]
    entries = yaml.safe_load(_DISTRACTORS.read_text(encoding="utf-8"))
    far = [distractor(name, entry) for name, entry in entries.items()]
    chosen = (needed + sorted(others, key=lambda tool: _hash(tool.name)) + far)[:count]
    if len(chosen) < count:
        raise SystemExit(f"There are {len(chosen)} tools, not {count}.")
    return sorted(map(_recorded, chosen), key=lambda tool: tool.name)


def _recorded(tool: Tool) -> Tool:
    return dataclasses.replace(tool, function=_recording(tool))


def _recording(tool: Tool) -> Callable[..., Any]:
    def run(**arguments: Any) -> Any:
        entry: dict[str, Any] = {
            "tool": tool.name,
            "arguments": {name: _plain(value) for name, value in arguments.items()},
            "effect": tool.effect,
            "error": "",
        }
        WORLD.log.append(entry)
        try:
            entry["result"] = tool.function(**arguments)
        except Exception as error:
            entry["error"] = str(error) or type(error).__name__
            raise
        return entry["result"]

    return run


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _hash(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
