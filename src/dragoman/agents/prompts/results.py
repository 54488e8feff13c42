"""How a call and its outcome are shown to a model."""

from __future__ import annotations

import json

from dragoman.agents.prompts.spotlight import quoted
from dragoman.tools import Call


def result_line(call: Call, *, numbered: bool = False) -> str:
    """``tool({...}) = > outcome``; `numbered` puts the number in front that ``$1`` refers to.

    The outcome is quoted whether or not the tool is trusted: no result is an order.
    """
    arguments = json.dumps(call.arguments, ensure_ascii=False, default=str)
    number = f"${call.number} = " if numbered else ""
    return f"{number}{call.tool}({arguments}) = {quoted(call.observation())}"
