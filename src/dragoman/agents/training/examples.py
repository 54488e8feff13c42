"""Reviewed turns as conversations that a model can learn from, in no tool's form yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dragoman.agents.training.masking import Masker, masked
from dragoman.agents.training.reviews import Correction, TurnReview
from dragoman.agents.transcript import Turn
from dragoman.languages import without_isolates
from dragoman.tools import Call


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Calls that were made together, and what came of them."""

    thought: str
    """What the planner thought; empty when nothing was kept, or the step was corrected."""

    calls: tuple[tuple[str, Mapping[str, Any], str], ...]
    """Tool, arguments and outcome of each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """One question with the way to its answer."""

    question: str
    """What was asked, with the passages that the answer was written from before it."""

    steps: tuple[Step, ...]
    """The calls in between."""

    answer: str
    """The accepted or corrected answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """A thread as far as it was found good."""

    thread: str
    """Thread id; it decides the split and is not exported."""

    language: str
    """BCP-47 tag of the last answer."""

    exchanges: tuple[Exchange, ...]
    """Its turns, oldest first."""


def conversation(
    thread: str, turns: Sequence[Turn], reviews: Mapping[str, TurnReview], masker: Masker
) -> tuple[Conversation | None, dict[str, int]]:
    """The thread up to the first turn that is not good, and why turns were left out.

    A turn after a bad one rests on what a model should not learn, and a turn with images is more
    than its text. Turns that were never answered are passed over.

    Returns:
        The conversation, None when its first turn is not good already; and how many turns were left
        out, by reason.
    """
    exchanges: list[Exchange] = []
    left_out: dict[str, int] = {}
    language, broken = "", False
    for turn in turns:
        if turn.status != "done":
            continue
        reason = _reason(turn, reviews.get(turn.id))
        if not reason and broken:
            reason = "after a turn that was left out"
        if reason:
            left_out[reason] = left_out.get(reason, 0) + 1
            broken = True
            continue
        exchanges.append(_exchange(turn, reviews[turn.id].correction, masker))
        language = turn.language
    if not exchanges:
        return None, left_out
    found = Conversation(thread=thread, language=language, exchanges=tuple(exchanges))
    return found, left_out


def _reason(turn: Turn, review: TurnReview | None) -> str:
    if review is None:
        return "not reviewed"
    if review.verdict == "rejected":
        return "rejected"
    return "with images" if turn.record.get("images") else ""


def _exchange(turn: Turn, correction: Correction, masker: Masker) -> Exchange:
    record = turn.record
    steps = _made(record) if correction.calls is None else _corrected(correction.calls, record)
    answer = turn.answer if correction.answer is None else correction.answer
    return Exchange(
        question=masker.mask(_with_passages(turn.question, record)),
        steps=tuple(
            Step(
                thought=masker.mask(step.thought),
                calls=tuple(
                    (tool, masked(arguments, masker), masker.mask(outcome))
                    for tool, arguments, outcome in step.calls
                ),
            )
            for step in steps
        ),
        answer=masker.mask(without_isolates(answer)),
    )


def _with_passages(question: str, record: Mapping[str, Any]) -> str:
    """Without them a model would learn to answer from nothing."""
    if not record.get("citations"):
        return question
    shown = "\n\n".join(
        f"[{number}] {passage['title'] or passage['source']}\n{passage['text'].strip()}"
        for number, passage in enumerate(record["passages"], 1)
    )
    return f"Passages:\n{shown}\n\n{question}"


def _made(record: Mapping[str, Any]) -> list[Step]:
    """The calls of the turn, step by step as they were planned."""
    steps: dict[str, list[Call]] = {}
    for stored in record.get("calls", ()):
        call = Call(**stored)
        steps.setdefault(call.id.partition(".")[0], []).append(call)
    thoughts = record.get("thoughts", {})
    return [
        Step(
            thought=thoughts.get(step, ""),
            calls=tuple((call.tool, call.arguments, call.observation()) for call in calls),
        )
        for step, calls in steps.items()
    ]


def _corrected(calls: Sequence[Mapping[str, Any]], record: Mapping[str, Any]) -> list[Step]:
    """The calls that should have been made, with results of the turn where it has them."""
    known = [Call(**stored) for stored in record.get("calls", ())]
    steps = []
    for wanted in calls:
        made = next((call for call in known if _is_made(call, wanted)), None)
        if "result" in wanted or made is None:
            result = wanted.get("result")
            made = Call(id="", tool=wanted["tool"], arguments=wanted["arguments"], result=result)
        steps.append(Step(thought="", calls=((made.tool, made.arguments, made.observation()),)))
    return steps


def missing_results(correction: Correction, record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Corrected calls whose outcome nobody knows: neither the file nor the turn has it."""
    known = [Call(**stored) for stored in record.get("calls", ())]
    return [
        wanted
        for wanted in correction.calls or ()
        if "result" not in wanted and not any(_is_made(call, wanted) for call in known)
    ]


def _is_made(call: Call, wanted: Mapping[str, Any]) -> bool:
    return call.tool == wanted["tool"] and call.arguments == wanted["arguments"] and not call.error
