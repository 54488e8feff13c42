"""One tool call: what was asked, what came of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_SHOWN_CHARACTERS = 1500


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A call of one tool, before or after it ran."""

    id: str
    """Place of the call in its turn, ``<step>.<number>``, for example ``"1.0"``."""

    tool: str
    """Name of the tool."""

    arguments: dict[str, Any]
    """The arguments as planned, or as a person edited them."""

    result: Any = None
    """What the tool returned; ``None`` while it has not run or when it failed."""

    error: str = ""
    """Why it failed, as the model is told; empty when it did not."""

    seconds: float = 0.0
    """How long it ran."""

    def observation(self) -> str:
        """The outcome as the planner reads it: the error, or the result as compact text."""
        if self.error:
            return f"ERROR: {self.error}"
        text = self.result if isinstance(self.result, str) else _as_json(self.result)
        if len(text) <= _SHOWN_CHARACTERS:
            return text
        return f"{text[:_SHOWN_CHARACTERS]}… (cut; {len(text)} characters in all)"


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
