"""What to leave out of a prompt that did not fit, from the numbers that the engine named."""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.errors import ContextExceededError
from dragoman.languages import estimate_tokens

_MARGIN = 1.05
"""The estimate is off by a few per cent from text to text, even when it is scaled."""


def kept_after(
    error: ContextExceededError,
    texts: Sequence[str],
    *,
    droppable: range,
    reply_tokens: int,
    context_tokens: int = 0,
) -> list[int]:
    """The places of the messages that stay, so that prompt and reply fit next time.

    The oldest droppable messages go first. The estimate of each text is scaled by what the engine
    really counted, so one further try is enough as a rule.

    Args:
        error: The engine's refusal, with both numbers where it named them.
        texts: All messages of the prompt, oldest first.
        droppable: Places of those that may go: earlier turns, not the role and not the question.
        reply_tokens: Room that the reply needs.
        context_tokens: The window, for engines that name no numbers.

    Raises:
        ContextExceededError: the same `error`, when leaving out everything droppable is not enough.

    Usage:
        except ContextExceededError as error:
            kept = kept_after(error, texts, droppable=range(3, 9), reply_tokens=400)
            prompt = [prompt[place] for place in kept]
    """
    costs = [estimate_tokens(text) for text in texts]
    total = sum(costs)
    counted = error.prompt_tokens or total
    room = (error.context_tokens or context_tokens) - reply_tokens
    scale = counted / max(total, 1) * _MARGIN
    over = total * scale - room
    dropped: set[int] = set()
    for place in droppable:
        # An engine that named no numbers may count more than we do: then one goes in any case.
        if over <= 0 and (dropped or error.prompt_tokens):
            break
        dropped.add(place)
        over -= costs[place] * scale
    if over > 0 or not dropped:
        raise error
    return [place for place in range(len(texts)) if place not in dropped]
