"""The inputs of a task: read from texts and files, and checked against their types."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from dragoman.agents.tasks.spec import InputSpec, TaskSpec
from dragoman.errors import TaskInputError

_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def checked_inputs(
    task: TaskSpec, given: Mapping[str, Any], *, folder: Path, here: Path
) -> dict[str, Any]:
    """Every input with its value, as JSON data.

    Args:
        task: Says what it takes.
        given: Values by name; texts are read as the input's type.
        folder: The task's folder, from which a default path counts.
        here: The folder from which a given path counts.

    Raises:
        TaskInputError: an input is missing, unknown or of another type; names it.
    """
    if unknown := sorted(given.keys() - task.inputs.keys()):
        known = ", ".join(task.inputs) or "none"
        raise TaskInputError(
            f"The task {task.name} has no input {', '.join(unknown)}.", cure=f"It has: {known}."
        )
    found: dict[str, Any] = {}
    for name, spec in task.inputs.items():
        if name in given:
            found[name] = _read(name, spec, given[name], here)
        elif spec.default is not None and not spec.required:
            found[name] = _read(name, spec, spec.default, folder)
        else:
            raise TaskInputError(
                f"The input {name} ({spec.type}) is missing.", cure=f"Give it: --input {name}=…"
            )
    return found


def _read(name: str, spec: InputSpec, value: Any, folder: Path) -> Any:
    if spec.type == "list":
        items = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
        if not isinstance(items, list):
            raise _wrong(name, "a list", value)
        one = spec.model_copy(update={"type": spec.of})
        return [_read(f"{name}[{index}]", one, item, folder) for index, item in enumerate(items)]
    if spec.type == "enum":
        if value not in spec.values:
            raise _wrong(name, f"one of {', '.join(spec.values)}", value)
        return value
    if spec.type == "path":
        return _path(name, spec, value, folder)
    return _plain(name, spec.type, value)


def _plain(name: str, kind: str, value: Any) -> Any:
    text = value.strip() if isinstance(value, str) else value
    if kind == "string" and isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise _wrong(name, "valid Unicode", value)
        return value
    if kind == "boolean":
        found = value if isinstance(value, bool) else _TRUTHS.get(str(text).casefold())
        if found is not None:
            return found
    if kind == "date" and isinstance(text, str):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise _wrong(name, "a date such as 2026-11-30", value) from None
    if kind in {"integer", "number"} and not isinstance(value, bool):
        try:
            return int(text) if kind == "integer" and not isinstance(text, float) else _number(text)
        except (TypeError, ValueError):
            pass
    raise _wrong(name, f"{'an' if kind == 'integer' else 'a'} {kind}", value)


def _number(value: Any) -> int | float:
    found = float(value)
    if not math.isfinite(found):
        raise ValueError
    return (
        value
        if isinstance(value, int | float)
        else int(value)
        if value.lstrip("-").isdigit()
        else found
    )


def _path(name: str, spec: InputSpec, value: Any, folder: Path) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise _wrong(name, "a path", value)
    found = (folder / Path(value).expanduser()).resolve()
    if spec.must_exist and not found.exists():
        raise TaskInputError(
            f"The input {name}: there is nothing at {found}.",
            cure=f"Give another: --input {name}=…",
        )
    return str(found)


def _wrong(name: str, expected: str, value: Any) -> TaskInputError:
    return TaskInputError(
        f"The input {name} must be {expected}, not {str(value)[:80]!r}.",
        cure=f"Correct it: --input {name}=…",
    )
