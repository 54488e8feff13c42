"""What to leave out of a prompt that did not fit, from the numbers that the engine named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dragoman.errors import ContextExceededError
from dragoman.languages import estimate_tokens

_MARGIN = 1.05
"""The estimate is off by a few per cent from text to text, even when it is scaled."""

_CUT = "\n[…]\n"
_HEAD = 0.4
"""Part of a cut text that its beginning gets; its end, where the question stands, gets more."""


def kept_after(
    error: ContextExceededError,
    texts: Sequence[str],
    *,
    droppable: Iterable[int],
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
    costs = _costs(error, texts)
    over = sum(costs) - (error.context_tokens or context_tokens) + reply_tokens
    dropped: set[int] = set()
    for place in droppable:
        # An engine that named no numbers may count more than we do: then one goes in any case.
        if over <= 0 and (dropped or error.prompt_tokens):
            break
        dropped.add(place)
        over -= costs[place]
    if over > 0 or not dropped:
        raise error
    return [place for place in range(len(texts)) if place not in dropped]


def shortened(
    error: ContextExceededError,
    texts: Sequence[str],
    kept: Sequence[int],
    *,
    reply_tokens: int,
    context_tokens: int = 0,
) -> tuple[int, str]:
    """The longest of the messages that stay, cut in its middle so that prompt and reply fit.

    The beginning of a long message says what it is, its end what is asked; what lies between are
    passages and results.

    Args:
        error: The engine's refusal.
        texts: All messages of the prompt, oldest first.
        kept: Places of those that stay; the first is the role, which is never cut.
        reply_tokens: Room that the reply needs.
        context_tokens: The window, for engines that name no numbers.

    Returns:
        Its place and its new text.

    Raises:
        ContextExceededError: the same `error`, when cutting half of it is not enough: what is left
            would not be what was asked.
    """
    costs = _costs(error, texts)
    room = (error.context_tokens or context_tokens) - reply_tokens
    over = sum(costs[place] for place in kept) - room
    longest = max(kept[1:] or kept, key=lambda place: costs[place])
    part = 1 - over / max(costs[longest], 1)
    if not error.prompt_tokens:
        part = min(part, 0.75)  # the engine counts more than we do, by how much it did not say
    if part < 0.5:
        raise error
    text = texts[longest]
    length = int(len(text) * part) - len(_CUT)
    head = int(length * _HEAD)
    return longest, text[:head] + _CUT + text[len(text) - (length - head) :]


def _costs(error: ContextExceededError, texts: Sequence[str]) -> list[float]:
    """Tokens of each text, scaled to what the engine counted."""
    costs = [estimate_tokens(text) for text in texts]
    total = sum(costs)
    scale = (error.prompt_tokens or total) / max(total, 1) * _MARGIN
    return [cost * scale for cost in costs]
