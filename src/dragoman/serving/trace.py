"""A turn as a trace: what each step thought, called, was told and cost, as plain lines.

Made to be read and pasted: no colors that matter, no live display, one fact on a line.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dragoman.agents.events import (
    AnswerEvent,
    ApprovalEvent,
    LanguageEvent,
    PassagesEvent,
    PlanEvent,
    RewriteEvent,
    ToolEndEvent,
)
from dragoman.errors import EngineReplyError
from dragoman.languages import without_isolates
from dragoman.models import EngineCompaction, EngineSwitch, EngineWait

if TYPE_CHECKING:
    from rich.console import Console

    from dragoman.agents.events import Event
    from dragoman.agents.result import Answer
    from dragoman.tools import Call

_LONGEST = 400
"""Characters of a result that are shown."""


class TraceView:
    """Prints the events of one turn as a trace.

    Usage:
        answer = TraceView(console).show(assistant.stream(question))
    """

    def __init__(self, console: Console) -> None:
        """Print to `console`."""
        self._console = console
        self._plans = 0
        self._planned: dict[str, int] = {}

    def show(self, events: Iterable[Event]) -> Answer | ApprovalEvent:
        """Consume the events and return the answer, or the approval that the turn waits for.

        Raises:
            DragomanError: the turn failed.
        """
        shown: Answer | ApprovalEvent | None = None
        for event in events:
            for line in self._lines(event):
                self._console.print(line, markup=False, highlight=False, soft_wrap=True)
            if isinstance(event, AnswerEvent):
                shown = event.answer
            elif isinstance(event, ApprovalEvent):
                shown = event
        if shown is None:
            raise EngineReplyError(
                "The turn ended without an answer.", cure="Ask again; if it stays so, report it."
            )
        return shown

    def _lines(self, event: Event) -> Iterator[str]:
        match event:
            case LanguageEvent(detection=found):
                yield f"language  {found.tag}, {found.family} branch, {found.confidence:.0%} sure"
            case PassagesEvent(passages=found):
                yield f"recall    {len(found)} passages" + "".join(
                    f"\n          [{number}] {passage.source}  {passage.score:.2f}"
                    for number, passage in enumerate(found, 1)
                )
            case PlanEvent():
                yield from self._plan(event)
            case ToolEndEvent(call=call):
                yield f"result    ${call.number} = {_outcome(call)}  ({call.seconds:.1f} s)"
            case ApprovalEvent(requests=requests):
                yield from (f"approval  ${r.call.number} {r.call.tool} waits" for r in requests)
            case RewriteEvent(problem=problem):
                yield f"review    {problem.replace('_', ' ')}: written again"
            case EngineWait() | EngineSwitch() | EngineCompaction():
                yield f"engine    {event.type.replace('_', ' ')}"
            case AnswerEvent(answer=answer):
                yield from self._answer(answer)
            case _:
                pass

    def _plan(self, event: PlanEvent) -> Iterator[str]:
        self._plans += 1
        for name, count in event.usage.items():
            self._planned[name] = self._planned.get(name, 0) + count
        yield f"plan {self._plans}    {event.seconds:.1f} s, {_cost(event.usage)}"
        yield f"  thought {event.thought}"
        yield f"  needs   {event.needs}"
        yield from (f"  repair  {told}" for told in event.repairs)
        for call in event.calls:
            yield f"  call    ${call.number} {call.tool}({_shown(call.arguments)})"
            if call.given:
                yield f"          as written: {_shown(call.given)}"
            if call.when:
                yield f"          when {call.when}"
        if event.missing:
            yield f"  ask     {', '.join(event.missing)}"

    def _answer(self, answer: Answer) -> Iterator[str]:
        usage = {
            "model_calls": answer.usage.model_calls,
            "input_tokens": answer.usage.input_tokens,
            "cached_tokens": answer.usage.cached_tokens,
            "output_tokens": answer.usage.output_tokens,
        }
        written = {name: count - self._planned.get(name, 0) for name, count in usage.items()}
        yield f"answer    {_cost(written) if written['model_calls'] else 'no model call'}"
        yield textwrap.indent(without_isolates(answer.text), "  ")
        yield from (f"  [{c.number}] {c.passage.source}: {c.quote}" for c in answer.citations)
        if answer.review.problem:
            yield f"review    {answer.review.problem.replace('_', ' ')}"
        yield f"turn      {answer.usage.seconds:.1f} s, {_cost(usage)}"


def _cost(usage: Mapping[str, int]) -> str:
    calls = usage.get("model_calls", 0)
    return (
        f"{calls} model call{'' if calls == 1 else 's'}, {usage.get('input_tokens', 0):,} tokens in"
        f" ({usage.get('cached_tokens', 0):,} cached), {usage.get('output_tokens', 0):,} out"
    )


def _shown(values: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False, default=str)}"
        for name, value in values.items()
    )


def _outcome(call: Call) -> str:
    if call.error:
        return f"error: {call.error}"
    text = json.dumps(call.result, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
