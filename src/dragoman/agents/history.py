"""Earlier turns of a thread as prompt messages, within a budget and with a steady beginning."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dragoman.agents.state import ChatMessage
from dragoman.agents.transcript import Turn
from dragoman.languages import estimate_tokens, without_isolates

_MARKS = re.compile(r"\s*\[\d{1,2}\]")


def history(turns: Sequence[Turn], *, tokens: int) -> list[ChatMessage]:
    """Questions and answers of the finished turns that fit `tokens`, oldest first.

    When the budget is passed, turns are dropped from the front until half of it is free. The
    window so begins with the same turn for many turns in a row, and the engine's prompt cache
    stays good; a window that slid by one turn each time would be read anew each time.
    """
    kept: list[tuple[Turn, int]] = []
    total = 0
    for turn in turns:
        if turn.status != "done":
            continue
        cost = estimate_tokens(turn.question) + estimate_tokens(turn.answer)
        kept.append((turn, cost))
        total += cost
        if total > tokens:
            while kept and total > tokens // 2:
                total -= kept.pop(0)[1]
    messages: list[ChatMessage] = []
    for turn, _ in kept:
        messages.append(ChatMessage(role="user", content=turn.question))
        answer = without_isolates(_MARKS.sub("", turn.answer))
        messages.append(ChatMessage(role="assistant", content=answer))
    return messages
