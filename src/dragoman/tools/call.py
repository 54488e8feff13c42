"""One tool call: what was asked, what came of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_jsonable_python

_SHOWN_CHARACTERS = 1500

PART_CHARACTERS = 1400
"""Characters of one part of a long result; with the words about the rest it fits an observation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A call of one tool, before or after it ran."""

    id: str
    """Place of the call in its turn, ``<step>.<number>``, for example ``"1.0"``."""

    tool: str
    """Name of the tool."""

    arguments: dict[str, Any]
    """The arguments as planned, or as a person edited them."""

    number: int = 0
    """Place of the call among all of its turn, from 1: what ``$1`` refers to."""

    when: str = ""
    """Condition on an earlier result under which it runs, for example ``$1.stock > 0``."""

    given: dict[str, Any] = field(default_factory=dict)
    """Arguments as the model wrote them, where normalizing changed them."""

    result: Any = None
    """What the tool returned; ``None`` while it has not run or when it failed."""

    error: str = ""
    """Why it failed, as the model is told; empty when it did not."""

    seconds: float = 0.0
    """How long it ran."""

    handle: str = ""
    """Name under which `read_result` finds the whole result; empty when it is shown whole."""

    length: int = 0
    """Characters of the whole result as text, where there is a handle."""

    def observation(self) -> str:
        """The outcome as the planner reads it: the error, or the result as compact text."""
        if self.error:
            return _cut(f"ERROR: {self.error}")
        if self.result is None:
            return "done"  # a small model takes "null" for a failure
        result = as_plain(self.result)
        text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
        if self.handle:
            shown = text[:PART_CHARACTERS]
            return f"{shown}{more(self.length - len(shown), self.handle, 2)}"
        return _cut(text)


def more(left: int, handle: str, part: int) -> str:
    """The words after a part of a result that is not the last, for the model."""
    return f'… {left:,} more characters; read_result(handle="{handle}", part={part})'


def as_plain(value: Any) -> Any:
    """`value` as JSON data, whatever it is: models and dataclasses by field, the rest as text.

    Never raises, because it is applied to results of effects that have already happened.
    """
    try:
        text = json.dumps(to_jsonable_python(value, fallback=str), ensure_ascii=False)
        # Lone surrogates, as broken UTF-8 leaves them, can be neither stored nor sent to a model.
        return json.loads(text.encode(errors="replace"))
    except Exception:  # noqa: BLE001 - a cycle, bytes that are no text, a broken __str__
        return _printed(value)


def _printed(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - a broken __repr__
        return f"<{type(value).__name__}>"


def _cut(text: str) -> str:
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    return f"{text[:_SHOWN_CHARACTERS]}… (cut; {len(text)} characters in all)"
