"""Whether an answer says what the tools said, and is no echo of the prompt."""

from __future__ import annotations

import unicodedata

from dragoman.agents.grounding import Heard, ids_in
from dragoman.agents.localized import in_full
from dragoman.agents.state import TurnState, calls_of
from dragoman.languages import profile
from dragoman.languages.figures import figures
from dragoman.tools import Call
from dragoman.tools.registry import Registry
from dragoman.tools.results import as_text

_ECHO = 24
"""Characters of the instruction that no answer has by chance."""


def is_instruction(text: str, language: str) -> bool:
    """Whether `text` repeats an instruction that it was to follow, as very small models do."""
    spoken = profile(language)
    instructions = (spoken.answer_instruction, spoken.rewrite_instruction)
    return any(instruction[:_ECHO] in text for instruction in instructions)


def is_echo(text: str, question: str) -> bool:
    """Whether `text` only says the question again, as very small models do."""
    said, asked = _letters(text), _letters(question)
    return len(asked) >= _ECHO // 2 and (
        said == asked or (said in asked and 2 * len(said) > len(asked))
    )


def _letters(text: str) -> str:
    return "".join(
        char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum()
    )


def reports_results(text: str, state: TurnState, registry: Registry) -> bool:
    """Whether `text` holds something of the results that the question did not say itself.

    Figures and ids are looked for, in any way of writing them. Results without any (``shipped``)
    may be said in words that cannot be compared, and count as reported. What a tool has done, other
    than found out, may be confirmed without its numbers.

    Args:
        text: The draft.
        state: The turn.
        registry: Says which tools only read.
    """
    calls = [call for call in calls_of(state.get("calls", [])) if _is_finding(call, registry)]
    said = Heard([state["shown"]])
    asked = figures(state["shown"])
    told, heard = figures(text), Heard([text])
    for call in calls:
        # All that the tool said, not the observation: the words about its rest hold our figures.
        result = as_text(call.result)
        new = figures(f"{result}\n{in_full(call, state['shown'], state['language'])}") - asked
        ids = [found for found in ids_in(result) if found not in said]
        if (new or ids) and not new & told and not any(found in heard for found in ids):
            return False
    return True


def _is_finding(call: Call, registry: Registry) -> bool:
    """Whether the call has found out something that belongs into the answer."""
    if call.error or call.result is None or call.tool not in registry:
        return False
    return call.tool not in _FOR_THE_PLANNER and registry.get(call.tool).effect == "none"


_FOR_THE_PLANNER = frozenset({"search_documents", "read_result", "current_time"})
"""Tools whose results are looked up for the planning and need not stand in the answer."""
