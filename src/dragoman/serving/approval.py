"""Ask a person whether the calls that a turn waits for may run."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from dragoman.agents.events import ApprovalEvent
from dragoman.agents.result import Answer, ApprovalRequest, Decision
from dragoman.errors import InvalidInputError
from dragoman.serving import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from dragoman.agents.assistant import Assistant
    from dragoman.agents.events import Event
    from dragoman.serving.trace import TraceView
    from dragoman.serving.turn import TurnView


def show_until_answered(
    assistant: Assistant, view: TurnView | TraceView, events: Iterator[Event], console: Console
) -> Answer:
    """Show a turn, asking the person at the terminal whenever it waits for a decision.

    Raises:
        InvalidInputError: a decision is needed and nobody sits at a terminal.
    """
    shown = view.show(events)
    while isinstance(shown, ApprovalEvent):
        shown = _decided(assistant, view, shown, console)
    return shown


def take_up(
    assistant: Assistant, view: TurnView | TraceView, thread: str, console: Console
) -> None:
    """Show the decision that a thread waits for, if it does, ask for it, and end its turn."""
    for waiting in assistant.approvals():
        if waiting.thread == thread and not waiting.expired:
            render.notices().print(f"A question in this thread waits: {waiting.question}")
            event = ApprovalEvent(requests=waiting.requests, thread=thread, text=waiting.text)
            shown = _decided(assistant, view, event, console)
            while isinstance(shown, ApprovalEvent):
                shown = _decided(assistant, view, shown, console)


def ask_person(event: ApprovalEvent, console: Console) -> dict[str, Decision]:
    """One decision for each request; anything but a clear yes or an edit rejects the call.

    Raises:
        InvalidInputError: nobody sits at a terminal.
    """
    console.print(render.approvals(event.requests))
    if not sys.stdin.isatty():
        raise InvalidInputError(
            f"The thread {event.thread!r} waits for a person's approval.",
            cure=f"Decide: dragoman approvals approve {event.thread} (or reject, edit).",
        )
    return {request.call.id: _asked(request, console) for request in event.requests}


def _decided(
    assistant: Assistant, view: TurnView | TraceView, event: ApprovalEvent, console: Console
) -> Answer | ApprovalEvent:
    """Ask until the decisions can be carried out, and show how the turn goes on."""
    while True:
        decisions = ask_person(event, console)
        try:
            return view.show(assistant.decide(event.thread, decisions))
        except InvalidInputError as error:  # edited arguments that do not fit: it still waits
            if not any(decision.arguments is not None for decision in decisions.values()):
                raise
            console.print(f"{error.message} {error.cure}", style="red")


def _asked(request: ApprovalRequest, console: Console) -> Decision:
    reply = console.input(f"Run {request.call.tool}? [y/e/N, e to edit] ").strip().casefold()
    if reply in {"y", "yes"}:
        return Decision(approve=True)
    if reply in {"e", "edit"}:
        return _edited(request, console)
    return Decision(approve=False, reason="rejected at the terminal")


def _edited(request: ApprovalRequest, console: Console) -> Decision:
    """The call with the arguments that the person writes; nothing written leaves it rejected."""
    console.print(json.dumps(request.call.arguments, ensure_ascii=False))
    while text := console.input("The arguments that change, as JSON: ").strip():
        try:
            changed = json.loads(text)
        except ValueError as error:
            console.print(f"That is not JSON: {error}", style="red")
            continue
        if isinstance(changed, dict):
            return Decision(approve=True, arguments={**request.call.arguments, **changed})
        console.print('Write an object, such as {"amount": 500}.', style="red")
    return Decision(approve=False, reason="rejected at the terminal")
