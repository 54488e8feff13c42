"""One turn on the terminal: events come in, a person sees what happens.

On a terminal the answer grows while it is written, and is set anew when the review changed it.
Elsewhere only the finished answer is printed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.live import Live
from rich.padding import Padding

from dragoman.agents.events import (
    AnswerEvent,
    ApprovalEvent,
    LanguageEvent,
    PassagesEvent,
    PlanEvent,
    RewriteEvent,
    TokenEvent,
    ToolEndEvent,
    ToolStartEvent,
)
from dragoman.errors import EngineReplyError
from dragoman.models import EngineCompaction, EngineSwitch, EngineWait
from dragoman.serving import render
from dragoman.serving.direction import Prose, runs_right_to_left

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.status import Status

    from dragoman.agents.events import Event
    from dragoman.agents.result import Answer


class TurnView:
    """Shows the events of one turn.

    Usage:
        answer = TurnView(console, steps=True).show(assistant.stream(question))
    """

    def __init__(self, console: Console, *, steps: bool = False, engine: str = "") -> None:
        """Print to `console`; `steps` adds plan, calls and passages, `engine` names the model."""
        self._console = console
        self._steps = steps
        self._engine = engine
        self._language = "und"
        self._draft = ""
        self._streamed = False
        self._live: Live | None = None
        self._status: Status | None = None
        self._answer: Answer | None = None
        self._approval: ApprovalEvent | None = None

    def show(self, events: Iterable[Event]) -> Answer | ApprovalEvent:
        """Consume the events and return the answer, or the approval that the turn waits for.

        Raises:
            DragomanError: the turn failed.
        """
        self._answer, self._approval, self._draft = None, None, ""
        self._wait("Reading the question")
        try:
            for event in events:
                self._take(event)
        finally:
            self._stop_waiting()
            self._finish_draft()
        if self._approval is not None:
            return self._approval
        if self._answer is None:
            raise EngineReplyError(
                "The turn ended without an answer.", cure="Ask again; if it stays so, report it."
            )
        self._print_end(self._answer)
        return self._answer

    def _take(self, event: Event) -> None:  # noqa: C901 - one short case for each kind of event
        match event:
            case LanguageEvent():
                self._language = event.detection.tag
                self._console.print(render.detection(event.detection))
                self._wait("Looking things up")
            case PassagesEvent():
                self._step(render.passages(event.passages) if event.passages else None)
                self._wait("Planning")
            case PlanEvent():
                self._step(render.thought(event.thought, event.calls))
                self._wait("Working" if event.calls else "Writing")
            case ToolStartEvent():
                self._wait(f"Calling {event.call.tool}")
            case ToolEndEvent():
                self._step(render.call_line(event.call))
                self._wait("Planning")
            case ApprovalEvent():
                self._approval = event
            case TokenEvent():
                self._grow(event.text)
            case RewriteEvent():
                self._draft = ""
                reason = event.problem.replace("_", " ")
                self._console.print(
                    f"  writing again, the draft was not right: {reason}", style="yellow"
                )
            case EngineWait() | EngineSwitch() | EngineCompaction():
                self._remark(event)
            case AnswerEvent():
                self._answer = event.answer

    def _remark(self, event: EngineWait | EngineSwitch | EngineCompaction) -> None:
        if isinstance(event, EngineWait):
            text = f"waiting for {event.engine}, {event.ahead} before this one"
        elif isinstance(event, EngineCompaction):
            text = f"the prompt was too long; {_left_out(event)}"
        else:
            text = f"{event.used} answers instead of {event.instead_of}: {event.reason}"
        self._console.print(f"  {text}", style="dim", markup=False)

    def _step(self, shown: RenderableType | None) -> None:
        if self._steps and shown is not None:
            self._console.print(Padding(shown, (0, 0, 0, 2)))

    def _grow(self, text: str) -> None:
        self._draft += text
        if not self._console.is_terminal:
            return
        self._stop_waiting()
        if self._live is None:
            self._console.print()
            self._live = Live(
                console=self._console, vertical_overflow="visible", refresh_per_second=12
            )
            self._live.start()
        rtl = runs_right_to_left(self._language)
        self._live.update(Prose(text=self._draft, right_to_left=rtl))

    def _finish_draft(self) -> None:
        self._streamed = self._live is not None
        if self._live is None:
            return
        if self._answer is not None:  # the review may have changed what was streamed
            self._live.update(render.answer_text(self._answer))
        self._live.stop()
        self._live = None

    def _print_end(self, answer: Answer) -> None:
        if not self._streamed:
            self._console.print()
            self._console.print(render.answer_text(answer))
        cited = render.sources(answer.citations, answer.language)
        if cited is not None:
            self._console.print(cited)
        self._console.print(render.usage_line(answer.usage, self._engine))

    def _wait(self, message: str) -> None:
        if not self._console.is_terminal or self._live is not None:
            return
        if self._status is None:
            self._status = self._console.status(message)
            self._status.start()
        else:
            self._status.update(message)

    def _stop_waiting(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


def _left_out(event: EngineCompaction) -> str:
    parts = [f"{event.dropped} earlier messages are left out"] if event.dropped else []
    parts += ["the longest one is cut"] if event.shortened else []
    return " and ".join(parts)
