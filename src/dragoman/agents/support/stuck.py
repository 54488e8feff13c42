"""Whether a conversation gets nowhere, and whether an answer may be trusted."""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.agents.outcomes.outcome import Outcome, kept_outcome, outcome_of
from dragoman.agents.state import Before, TurnState
from dragoman.agents.support.handoff import Reason
from dragoman.agents.transcript import Turn
from dragoman.languages import normalize

_WEAK: frozenset[Outcome] = frozenset({"gave_up", "asked_back"})


def before(turns: Sequence[Turn]) -> Before:
    """What the next turn has to know of the thread so far: how often in a row it got nowhere."""
    done = [turn for turn in turns if turn.status == "done"]
    weak = 0
    seen: Before = {"weak": 0, "outcome": "", "question": "", "answer": ""}
    for turn in done:
        now: Before = {
            "weak": 0,
            "outcome": kept_outcome(turn),
            "question": turn.question,
            "answer": turn.answer,
        }
        weak = _weak(now, seen, weak)
        seen = {**now, "weak": weak}
    return seen


def reason_of(state: TurnState) -> Reason | None:
    """Why a person should go on after the answer of this turn; None when nobody has to."""
    rules = state.get("hand_off_rules")
    if rules is None or state.get("at_once"):
        return None
    outcome = outcome_of(state)
    if rules["low_confidence"] and _rests_on_nothing(state, outcome):
        return "low_confidence"
    now: Before = {
        "weak": 0,
        "outcome": outcome,
        "question": state["question"],
        "answer": state["answer"],
    }
    known = state["before"]
    stuck = rules["stuck"]
    return "stuck" if stuck and _weak(now, known, known["weak"]) >= stuck else None


def _weak(now: Before, last: Before, so_far: int) -> int:
    """How many turns in a row got nowhere, `now` included."""
    if now["outcome"] == "handed_off":
        return 0  # from here on it begins anew
    repeated = bool(last["question"]) and _folded(now["question"]) == _folded(last["question"])
    if now["outcome"] not in _WEAK and not repeated:
        return 0
    both_asked = now["outcome"] == last["outcome"] == "asked_back"
    if both_asked and now["answer"] != last["answer"]:
        return 1  # something else was asked for: that is a step ahead
    return so_far + 1


def _rests_on_nothing(state: TurnState, outcome: Outcome) -> bool:
    """Whether no draft passed the checks, or one that needed passages has none behind it."""
    review = state["review"]
    if review["templated"] and outcome == "gave_up" and not state.get("missing"):
        return True
    return outcome == "answered" and bool(state.get("needs_passages"))


def _folded(text: str) -> str:
    return "".join(char for char in normalize(text, "und") if char.isalnum())
