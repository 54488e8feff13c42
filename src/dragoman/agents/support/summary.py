"""What a conversation is about, in a few sentences for the member of the staff who takes it up."""

from __future__ import annotations

import logging

from dragoman.agents.parts import Parts, counted
from dragoman.agents.state import ChatMessage, TurnState, calls_of
from dragoman.errors import DragomanError
from dragoman.languages import consistency, figures, profile

_TOKENS = 160
_LAST_MESSAGES = 8
_ROLE = (
    "You read a conversation between a customer and an assistant, and write a note for the "
    "colleague who takes it over: what the customer wants, what was found or done, and what is "
    "open. At most three short sentences. Add nothing that is not there."
)
_BLEMISHES = {"", "foreign_words"}

_log = logging.getLogger(__name__)


async def summary_of(state: TurnState, parts: Parts, language: str) -> tuple[str, dict[str, int]]:
    """A summary in `language`, and the turn's usage with it.

    Empty when the engine fails, or writes another language or figures that were never said: the
    person then reads the customer's own words, which are always there.
    """
    usage = state.get("usage", {})
    told = "\n".join(_lines(state))
    known = profile(language)
    request = (
        f"{told}\n\nWrite the note for the colleague in {known.name_en}. {known.answer_instruction}"
    )
    writer = parts.engine.writer(max_tokens=_TOKENS, temperature=0.0)
    messages = [{"role": "system", "content": _ROLE}, {"role": "user", "content": request}]
    try:
        message = await writer.ainvoke(messages)
    except DragomanError as error:  # a person is called whatever the engine does
        _log.warning("No summary for a hand-off: %s", error)
        return "", usage
    text = await parts.privacy.masked(message.text.strip())
    # The role says what is wanted of the writer; a summary that speaks to the customer, or tells
    # numbers of its own, misleads the person more than none does.
    fits = consistency.check(text, language, ignore=[told]).problem in _BLEMISHES
    if not fits or not figures(text) <= figures(told):
        text = ""
    return text, counted(usage, message)


def _lines(state: TurnState) -> list[str]:
    """The conversation, its latest part, as the writer of the note reads it."""
    earlier: list[ChatMessage] = state.get("history", [])[-_LAST_MESSAGES:]
    lines = [
        f"{'Customer' if entry['role'] == 'user' else 'Assistant'}: {entry['content']}"
        for entry in earlier
    ]
    lines.append(f"Customer: {state['shown']}")
    lines += [f"{call.tool}: {call.observation()}" for call in calls_of(state.get("calls", []))]
    return lines
