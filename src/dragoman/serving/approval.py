"""Ask a person whether the calls that a turn waits for may run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dragoman.agents.events import ApprovalEvent
from dragoman.agents.result import Answer, Decision
from dragoman.errors import InvalidInputError
from dragoman.serving import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from dragoman.agents.assistant import Assistant
    from dragoman.agents.events import Event
    from dragoman.serving.turn import TurnView


def show_until_answered(
    assistant: Assistant, view: TurnView, events: Iterator[Event], console: Console
) -> Answer:
    """Show a turn, asking the person at the terminal whenever it waits for a decision.

    Raises:
        InvalidInputError: a decision is needed and nobody sits at a terminal.
    """
    shown = view.show(events)
    while isinstance(shown, ApprovalEvent):
        decisions = ask_person(shown, console)
        shown = view.show(assistant.decide(shown.thread, decisions))
    return shown


def ask_person(event: ApprovalEvent, console: Console) -> dict[str, Decision]:
    """One decision for each request; anything but a clear yes rejects the call.

    Raises:
        InvalidInputError: nobody sits at a terminal.
    """
    console.print(render.approvals(event.requests))
    if not sys.stdin.isatty():
        raise InvalidInputError(
            f"The thread {event.thread!r} waits for a person's approval.",
            cure="Ask at a terminal, or decide in a program: Assistant.decide(thread, decisions).",
        )
    decisions = {}
    for request in event.requests:
        reply = console.input(f"Run {request.call.tool}? [y/N] ").strip().casefold()
        approve = reply in {"y", "yes"}
        reason = "" if approve else "rejected at the terminal"
        decisions[request.call.id] = Decision(approve=approve, reason=reason)
    return decisions
