"""What a turn ends with: the answer, what it rests on, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dragoman.agents.support.handoff import HandedOff
from dragoman.memory import Passage
from dragoman.tools import Call

ReviewProblem = Literal[
    "",
    "wrong_language",
    "drift",
    "foreign_words",
    "wrong_script",
    "empty",
    "runaway",
    "result_missing",
    "unsupported",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation:
    """A passage that the answer rests on."""

    number: int
    """The number in square brackets in the answer's text."""

    passage: Passage
    """The passage itself."""

    quote: str
    """The sentence of the passage that supports the answer best, exactly as it is stored."""

    marked: bool
    """Whether the model cited it itself; otherwise it was matched to the answer afterwards."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What a turn cost."""

    input_tokens: int = 0
    """Tokens of all prompts, cached ones included."""

    output_tokens: int = 0
    """Tokens that the model wrote."""

    cached_tokens: int = 0
    """Prompt tokens that the engine did not have to read again."""

    model_calls: int = 0
    """How often the model was asked."""

    seconds: float = 0.0
    """From the question to the answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """What the checks before sending found and did."""

    problem: ReviewProblem = ""
    """What was wrong with the first draft; empty when nothing was."""

    rewritten: bool = False
    """Whether the model wrote a second draft."""

    templated: bool = False
    """Whether a prepared reply in the right language took the draft's place."""

    removed_citations: tuple[int, ...] = ()
    """Numbers that the draft cited and that no passage supports."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovalRequest:
    """A call that a person must agree to before it runs."""

    call: Call
    """The call as planned."""

    description: str
    """What the tool does, as its author describes it."""

    reason: str = ""
    """Why a person is asked although the tool's own rule does not; empty when it does."""

    outside: tuple[str, ...] = ()
    """What the turn has read that others may have written: documents, results of tools."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingApproval:
    """A turn that waits for a person's decision."""

    thread: str
    """Thread id for `Assistant.decide`."""

    turn: str
    """Turn id."""

    agent: str
    """Name of the agent whose turn it is."""

    question: str
    """What was asked, as it was written."""

    language: str
    """BCP-47 tag of the language that was asked in."""

    text: str
    """What the person who asked is told meanwhile, in that language."""

    since: str
    """Since when it waits, ISO 8601 in UTC."""

    until: str
    """When it counts as rejected, ISO 8601 in UTC; empty for never."""

    expired: bool
    """Whether that moment is past; then it is rejected when the thread is next touched."""

    requests: tuple[ApprovalRequest, ...]
    """The calls in question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """A person's word on one `ApprovalRequest`."""

    approve: bool
    """Whether the call may run."""

    arguments: dict[str, object] | None = None
    """Arguments to run it with instead; ``None`` leaves them as planned."""

    reason: str = ""
    """Why it was rejected, for the model and the record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The assistant's reply to one question."""

    text: str
    """The reply in the asker's language, with citations as ``[1]``.

    In Arabic, Persian and Urdu, ids and names in Latin letters stand between isolate marks, which
    `dragoman.languages.without_isolates` takes out for a program.
    """

    language: str
    """BCP-47 tag of the language that was asked and answered in."""

    citations: tuple[Citation, ...] = ()
    """The passages that the text cites, by number."""

    calls: tuple[Call, ...] = ()
    """Every tool call of the turn, in order."""

    usage: Usage = Usage()
    """What the turn cost."""

    thread: str = ""
    """Thread id; pass it to the next question to go on."""

    passages: tuple[Passage, ...] = ()
    """All passages that were shown to the model, in the order of their numbers."""

    review: Review = Review()
    """What the checks before sending found."""

    pending: tuple[ApprovalRequest, ...] = ()
    """Calls that wait for a person; until `Assistant.decide` is called, the text says so."""

    handed_off: HandedOff | None = None
    """The hand-off, where a person goes on with the conversation."""
