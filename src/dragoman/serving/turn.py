"""One turn on the terminal: events come in, a person sees what happens.

On a terminal the answer grows while it is written and is set anew when the review changed it.
Elsewhere only the finished answer is printed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.live import Live
from rich.padding import Padding

from dragoman.errors import EngineReplyError
from dragoman.serving import render
from dragoman.serving.direction import Prose, runs_right_to_left

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

    from dragoman.agents import Answer


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
        self._live: Live | None = None
        self._status: Status | None = None

    def show(self, events: Iterable[Any]) -> Answer:
        """Consume the events and return the answer.

        Raises:
            DragomanError: the turn failed; the error of its `ErrorEvent`.
        """
        answer: Answer | None = None
        self._wait("Reading the question")
        try:
            for event in events:
                if event.type == "error":
                    raise event.error
                if event.type == "answer":
                    answer = event.answer
                    continue
                handler = getattr(self, f"_on_{event.type}", None)
                if handler is not None:
                    handler(event)
        finally:
            self._stop_waiting()
            self._finish_draft(answer)
        if answer is None:
            raise EngineReplyError(
                "The turn ended without an answer.", cure="Ask again; if it stays so, report it."
            )
        self._print_end(answer)
        return answer

    def _on_language(self, event: Any) -> None:  # noqa: ANN401 - the handlers share one shape
        self._language = event.detection.tag
        self._print(render.detection(event.detection))
        self._wait("Looking things up")

    def _on_passages(self, event: Any) -> None:  # noqa: ANN401
        if self._steps and event.passages:
            self._print(Padding(render.passages(event.passages), (0, 0, 0, 2)))
        self._wait("Planning")

    def _on_plan(self, event: Any) -> None:  # noqa: ANN401
        if self._steps:
            self._print(render.thought(event.thought, event.calls))
        self._wait("Writing" if not event.calls else "Calling tools")

    def _on_tool_start(self, event: Any) -> None:  # noqa: ANN401
        self._wait(f"Calling {event.call.tool}")

    def _on_tool_end(self, event: Any) -> None:  # noqa: ANN401
        if self._steps or event.call.error:
            self._print(Padding(render.call_line(event.call), (0, 0, 0, 2)))
        self._wait("Planning")

    def _on_token(self, event: Any) -> None:  # noqa: ANN401
        self._draft += event.text
        if not self._console.is_terminal:
            return
        self._stop_waiting()
        if self._live is None:
            self._console.print()
            self._live = Live(
                console=self._console, vertical_overflow="visible", refresh_per_second=12
            )
            self._live.start()
        self._live.update(self._prose(self._draft, self._language))

    def _print(self, line: Any) -> None:  # noqa: ANN401
        self._console.print(line)

    def _finish_draft(self, answer: Answer | None) -> None:
        if self._live is None:
            return
        if answer is not None:  # the review may have changed what was streamed
            self._live.update(render.answer_text(answer))
        self._live.stop()

    def _print_end(self, answer: Answer) -> None:
        if self._live is None:
            self._console.print()
            self._console.print(render.answer_text(answer))
        cited = render.sources(answer.citations, answer.language)
        if cited is not None:
            self._console.print(cited)
        self._console.print(render.usage_line(answer.usage, self._engine))

    def _prose(self, text: str, tag: str) -> Prose:
        return Prose(text=text, right_to_left=runs_right_to_left(tag))

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
