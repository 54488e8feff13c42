"""The state of one turn, as it is checkpointed: plain JSON values, nothing that runs when read.

A checkpoint holds one turn only. The thread's earlier turns live in the transcript
(`dragoman.agents.transcript`), so that a thread grows by what was said and not by its square.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from dragoman.languages import Family
from dragoman.memory import Passage
from dragoman.tools import Call


class ChatMessage(TypedDict):
    """One message of the prompt."""

    role: Literal["system", "user", "assistant"]
    content: str
    images: NotRequired[list[str]]
    """Hashes of the images that go with it (`dragoman.agents.pictures`)."""
    earlier: NotRequired[bool]
    """Whether it belongs to an earlier turn and may go when the prompt does not fit."""


class View(TypedDict):
    """The routed branch's view of the question."""

    normalized: str
    """The question as it is compared with documents."""

    terms: list[str]
    """Lexical query terms."""

    notes: list[str]
    """What the writer must mind in this language family."""


class Before(TypedDict):
    """What a turn has to know of the one before it, to see that a conversation gets nowhere."""

    weak: int
    """How many turns in a row have come to nothing."""

    outcome: str
    """How the last one ended; empty when there was none."""

    question: str
    """What was asked."""

    answer: str
    """What was answered."""


class TurnState(TypedDict, total=False):
    """What the nodes of one turn hand on."""

    thread: str
    """Thread id, tenant included."""

    turn: str
    """Turn id inside the thread."""

    user: str
    """Who is asking, as the caller names them; empty when nobody is known."""

    groups: list[str] | None
    """Groups of who is asking, who sees the documents for everyone and for these; ``None`` or
    nothing for all documents."""

    question: str
    """What was asked, as it was written."""

    images: list[str]
    """Hashes of the images that came with the question."""

    asked_language: str
    """The reply language that the caller demanded; empty when the question decides."""

    thread_language: Mapping[str, Any]
    """`ThreadLanguage` as data: the thread's language, and the one that it may be turning to."""

    history: list[ChatMessage]
    """Earlier questions and answers that fit the budget."""

    shown: str
    """The question without invisible characters, as models and people see it."""

    language: str
    """BCP-47 tag of the reply's language."""

    persona: str
    """Who speaks, in the reply's language where the agent has words for it; may be empty."""

    family: Family
    """The branch that was taken."""

    view: View
    """The branch's view of the question."""

    passages: list[dict[str, Any]]
    """All passages so far, in the order of their numbers."""

    facts: list[str]
    """What the writer is told about the person who asks."""

    read: dict[str, str]
    """Hashes of the documents of `passages`, by id, where the answer may be given again later."""

    cached: bool
    """Whether the answer is one that was given before."""

    messages: list[ChatMessage]
    """What the planner was shown and said in this turn; only ever appended to."""

    step: int
    """Planning steps so far."""

    shortlist: list[str]
    """Names of the tools that are offered in this turn."""

    tainted_answers: list[int]
    """Places in `history` of the answers that outside text went into."""

    ruled: list[str]
    """Ids of the planned calls that a person must agree to by a rule of their tool."""

    suspect: dict[str, str]
    """For the id of each planned call whose origin a person must judge, the reason."""

    outside: list[str]
    """What the turn has read that others may have written, where a planned call needs to know."""

    approvals: list[dict[str, Any]]
    """What a person, or the clock, decided: ``call``, ``tool``, ``asked`` (the arguments as
    planned), ``why``, ``outcome``, ``reason`` and ``decided_at`` of each decision."""

    planned: list[dict[str, Any]]
    """Calls of the latest plan that can run now."""

    deferred: list[dict[str, Any]]
    """Calls of the latest plan that wait for the results of others."""

    missing: list[str]
    """Arguments that the user must be asked for."""

    needs_passages: bool
    """Whether a plan of the turn named the passages as what the question needs."""

    stopped: str
    """The budget that ended the planning: ``steps``, ``tokens``, ``seconds``, or empty."""

    worked: float
    """Seconds of planning and calling so far."""

    documents_only: bool
    """Whether nothing is answered but what stands in the documents."""

    evidence: dict[str, str]
    """Where answers rest on documents alone: the `quote` that answers, as it is stored and as the
    model is `shown` it, and the part of it that is the `answer`; empty when there is none."""

    at_once: str
    """The answer, where none of the models is needed: small talk, a plain sum."""

    calls: list[dict[str, Any]]
    """Calls that ran, in order."""

    draft: str
    """The answer's text before review."""

    drift: str
    """Why the writing was ended early, as in `Review.problem`; empty when it was not."""

    answer: str
    """The checked text."""

    citations: list[dict[str, Any]]
    """``number``, ``quote`` and ``marked`` of each citation."""

    review: dict[str, Any]
    """Fields of `Review`."""

    usage: dict[str, int]
    """Token and call counts so far."""

    before: Before
    """The turn before it in the thread."""

    hand_off_rules: Mapping[str, Any]
    """``stuck`` and ``low_confidence`` of the agent's rules, where it hands over at all."""

    to_person: Mapping[str, str]
    """``held``, the hand-off that the thread is in, or empty, and the ``reason`` of it."""

    handed: dict[str, Any]
    """Fields of `HandedOff`, once the turn went to a person."""

    courtesy: str
    """What is said before the answer, in the asker's own language; may be empty."""

    outcome: str
    """How the turn ended, where a node knows it better than its parts tell, for example
    ``handed_off`` (`dragoman.agents.outcomes.outcome.Outcome`)."""


def passages_of(state: TurnState) -> list[Passage]:
    """The turn's passages as objects."""
    return [
        Passage(**{**stored, "heading_path": tuple(stored["heading_path"])})
        for stored in state.get("passages", [])
    ]


def calls_of(stored: Sequence[Mapping[str, Any]]) -> list[Call]:
    """Calls as objects."""
    return [Call(**call) for call in stored]


def plain(values: Sequence[Passage | Call]) -> list[dict[str, Any]]:
    """Passages or calls as plain data for the state."""
    return [dataclasses.asdict(value) for value in values]
