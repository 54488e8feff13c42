"""The writer's request: evidence first, the question and the language last."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dragoman.agents.recall import render
from dragoman.memory import Passage
from dragoman.tools import Call


def writing_request(
    question: str,
    *,
    passages: Sequence[Passage],
    calls: Sequence[Call],
    instruction: str,
    notes: Sequence[str],
) -> str:
    """One message that asks for the answer.

    The best passage stands last, next to the question: a small model reads what is near.

    Args:
        question: What was asked, as it is shown.
        passages: What was found, best first; they keep their numbers.
        calls: What the tools said.
        instruction: What to do, in the language of the answer.
        notes: What the writer must mind in this language family, in English.
    """
    parts: list[str] = []
    if passages:
        parts.append("Passages:\n" + "\n".join(_numbered(passages)))
    if calls:
        parts.append("Results:\n" + "\n".join(_result(call) for call in calls))
    parts.append("Write the answer now. " + " ".join(notes))
    parts.append(f"{question}\n\n{instruction}")
    return "\n\n".join(parts)


def _numbered(passages: Sequence[Passage]) -> list[str]:
    return [
        render([passage], first=number)
        for number, passage in reversed(list(enumerate(passages, 1)))
    ]


def _result(call: Call) -> str:
    arguments = json.dumps(call.arguments, ensure_ascii=False, default=str)
    return f"{call.tool}({arguments}) = {call.observation()}"
