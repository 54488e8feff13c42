"""What happens during a turn, as one typed stream: the same for Python, CLI, HTTP and web page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dragoman.agents.result import Answer, ApprovalRequest
from dragoman.languages import Detection
from dragoman.memory import Passage
from dragoman.models import EngineCompaction, EngineSwitch, EngineWait
from dragoman.tools import Call


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageEvent:
    """The question's language is known."""

    detection: Detection
    """What was found, the thread's language taken into account."""

    type: Literal["language"] = "language"
    """Name of the event."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PassagesEvent:
    """Passages were found."""

    passages: tuple[Passage, ...]
    """All passages so far, in the order of their numbers."""

    type: Literal["passages"] = "passages"
    """Name of the event."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanEvent:
    """The planner decided on a step."""

    thought: str
    """The planner's short thought."""

    calls: tuple[Call, ...]
    """The calls that follow; none means that the answer is written now."""

    needs: str = ""
    """What the planner said is needed: a tool, ``passages``, ``nothing`` or ``ask_user``."""

    missing: tuple[str, ...] = ()
    """Arguments that the user is asked for, because nobody has said them."""

    seconds: float = 0.0
    """How long the planning took."""

    repairs: tuple[str, ...] = ()
    """What the planner was told about its first attempts, when they could not be used."""

    usage: Mapping[str, int] = field(default_factory=dict)
    """``model_calls``, ``input_tokens``, ``cached_tokens`` and ``output_tokens`` of this step."""

    type: Literal["plan"] = "plan"
    """Name of the event."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolStartEvent:
    """A call begins."""

    call: Call
    """The call, without a result."""

    type: Literal["tool_start"] = "tool_start"
    """Name of the event."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolEndEvent:
    """A call ended."""

    call: Call
    """The call with its result or its error."""

    type: Literal["tool_end"] = "tool_end"
    """Name of the event."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovalEvent:
    """A person must decide before the turn goes on; the stream ends after it."""

    requests: tuple[ApprovalRequest, ...]
    """The calls in question."""

    thread: str
    """Thread id for `Assistant.decide`."""

    text: str = ""
    """What the person who asked is told meanwhile, in their language."""

    type: Literal["approval"] = "approval"
    """Name of the event."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenEvent:
    """A piece of the answer's text."""

    text: str
    """The piece, to be shown after the pieces before it."""

    type: Literal["token"] = "token"
    """Name of the event."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RewriteEvent:
    """The pieces so far are void: the draft failed a check and is written again."""

    problem: str
    """What was wrong with the draft, as in `Review.problem`."""

    type: Literal["rewrite"] = "rewrite"
    """Name of the event."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerEvent:
    """The turn is over."""

    answer: Answer
    """The checked answer; its text replaces the pieces."""

    type: Literal["answer"] = "answer"
    """Name of the event."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorEvent:
    """The turn failed; the stream then raises the same error."""

    error: dict[str, Any]
    """``code``, ``message`` and ``cure`` of the error."""

    type: Literal["error"] = "error"
    """Name of the event."""


Event = (
    LanguageEvent
    | PassagesEvent
    | PlanEvent
    | ToolStartEvent
    | ToolEndEvent
    | ApprovalEvent
    | TokenEvent
    | RewriteEvent
    | EngineWait
    | EngineSwitch
    | EngineCompaction
    | AnswerEvent
    | ErrorEvent
)
