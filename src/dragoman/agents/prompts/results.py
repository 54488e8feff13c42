"""How a call and its outcome are shown to a model."""

from __future__ import annotations

import json

from dragoman.tools import Call


def result_line(call: Call, *, numbered: bool = False) -> str:
    """``tool({...}) = outcome``; `numbered` puts the number in front that ``$1`` refers to."""
    arguments = json.dumps(call.arguments, ensure_ascii=False, default=str)
    number = f"${call.number} = " if numbered else ""
    return f"{number}{call.tool}({arguments}) = {call.observation()}"
