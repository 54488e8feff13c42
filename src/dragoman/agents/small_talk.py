"""What can be answered at once, without a model: a greeting, thanks, a plain sum."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from dragoman.errors import ToolFailedMistake
from dragoman.languages import profile
from dragoman.languages.formats import format_number
from dragoman.languages.small_talk import plain_sum, small_talk
from dragoman.tools.builtin.calculator import evaluate
from dragoman.tools.registry import Registry

_LONGEST = 60


def reply_at_once(text: str, tag: str, *, registry: Registry) -> str:
    """The whole reply to `text`, or empty when a model must answer.

    Args:
        text: The question as it is shown.
        tag: BCP-47 tag of the reply.
        registry: The tools; without the calculator no sum is worked out.
    """
    if len(text) > _LONGEST:
        return ""
    kind = small_talk(text, tag)
    if kind:
        replies = profile(tag).replies
        return replies.greeting if kind == "greeting" else replies.thanks
    expression = plain_sum(text, tag)
    if not expression or "calculator" not in registry:
        return ""
    try:
        value = evaluate(expression)
        return f"{expression} = {format_number(Decimal(value), tag)}"
    except (ToolFailedMistake, InvalidOperation):
        return ""
