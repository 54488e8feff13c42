"""Earlier turns of a thread as prompt messages, within a budget and with a steady beginning."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dragoman.agents.state import ChatMessage
from dragoman.agents.transcript import Turn
from dragoman.languages import estimate_tokens, without_isolates
from dragoman.languages.text import without_template_tokens

_MARKS = re.compile(r"\s*\[\d{1,2}\]")
_IMAGE_TOKENS = 1000
"""About what an image costs; engines scale a large one down to a few thousand at most."""


def history(turns: Sequence[Turn], *, tokens: int, sees: bool = False) -> list[ChatMessage]:
    """Questions and answers of the finished turns that fit `tokens`, oldest first.

    When the budget is passed, turns are dropped from the front until half of it is free. The
    window so begins with the same turn for many turns in a row, and the engine's prompt cache
    stays good; a window that slid by one turn each time would be read anew each time. The images
    of earlier questions are shown again to an engine that `sees`.
    """
    kept: list[tuple[Turn, int]] = []
    total = 0
    for turn in turns:
        if turn.status != "done":
            continue
        cost = estimate_tokens(turn.question) + estimate_tokens(turn.answer)
        cost += _IMAGE_TOKENS * len(_images(turn, sees=sees))
        kept.append((turn, cost))
        total += cost
        if total > tokens:
            while kept and total > tokens // 2:
                total -= kept.pop(0)[1]
    messages: list[ChatMessage] = []
    for turn, _ in kept:
        asked = ChatMessage(role="user", content=without_template_tokens(turn.question))
        if images := _images(turn, sees=sees):
            asked["images"] = images
        messages.append(asked)
        answer = without_template_tokens(without_isolates(_MARKS.sub("", turn.answer)))
        messages.append(ChatMessage(role="assistant", content=answer))
    return messages


def _images(turn: Turn, *, sees: bool) -> list[str]:
    return list(turn.record.get("images", ())) if sees else []
