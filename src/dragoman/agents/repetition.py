"""Calls that were made before: a small model likes to do again what it has just done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dragoman.tools import Call
from dragoman.tools.registry import Registry

_PROSE = frozenset({"text", "body", "message", "subject", "reason", "note", "notes", "comment"}) | {
    "description",
    "title",
    "content",
    "summary",
}
"""Last words of argument names that hold free text."""


def is_repeated(call: Call, done: Sequence[Call], registry: Registry) -> bool:
    """Whether `call` was made in this turn already.

    What happens only once counts as repeated when its decisive arguments are the same, whatever
    the free text says: the same person is not sent a second, differently worded e-mail.
    """
    for earlier in done:
        if earlier.tool != call.tool:
            continue
        if earlier.arguments == call.arguments:
            return True
        if earlier.error or call.tool not in registry:
            continue
        decisive = decisive_arguments(earlier.arguments)
        is_once = registry.get(call.tool).effect == "once"
        if is_once and decisive and decisive == decisive_arguments(call.arguments):
            return True
    return False


def decisive_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments without those that hold free text: what the call does, not how it is worded."""
    return {name: value for name, value in arguments.items() if not is_prose(name)}


def is_prose(name: str) -> bool:
    """Whether an argument of that name holds free text, such as ``body`` or ``reason``."""
    return name.rsplit("_", maxsplit=1)[-1] in _PROSE
