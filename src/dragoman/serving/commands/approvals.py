"""`dragoman approvals`: calls that wait for a person, and effects that a person must look into."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dragoman.errors import InvalidInputError, ThreadNotFoundError
from dragoman.serving.options import (
    AgentOption,
    EngineOption,
    HomeOption,
    JsonOption,
    TenantOption,
    checked_text,
    load_agent,
    load_settings,
)

if TYPE_CHECKING:
    from dragoman.agents.assistant import Assistant
    from dragoman.agents.result import ApprovalRequest, Decision, PendingApproval
    from dragoman.settings import Settings
    from dragoman.tools.ledger import Effect

ThreadArgument = Annotated[
    str, typer.Argument(metavar="THREAD", help="The thread that waits.", callback=checked_text)
]
CallOption = Annotated[
    str | None,
    typer.Option("--call", metavar="ID", help="One call of several.", callback=checked_text),
]
ReasonOption = Annotated[
    str,
    typer.Option("--reason", metavar="TEXT", help="Why, for the model.", callback=checked_text),
]


def register(app: typer.Typer) -> None:
    """Add the group to the application."""
    group = typer.Typer(
        help="Calls that wait for a person: list, show, decide.", no_args_is_help=True
    )
    group.command("list")(list_command)
    group.command("show")(show_command)
    group.command("approve")(approve_command)
    group.command("reject")(reject_command)
    group.command("edit")(edit_command)
    group.command("unknown")(unknown_command)
    group.command("settle")(settle_command)
    app.add_typer(group, name="approvals")


def list_command(
    home: HomeOption = None, tenant: TenantOption = None, as_json: JsonOption = False
) -> None:
    """List the turns that wait for a person, the oldest first."""
    from rich.table import Table

    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.direction import isolated

    settings = load_settings(home=home, tenant=tenant)
    found = _pending(settings)
    if as_json:
        print_json(found)
        return
    if not found:
        render.notices().print("Nothing waits for a person.")
        return
    table = Table("thread", "waits since", "until", "call", "asked", box=None, pad_edge=False)
    table.header_style = "bold"
    for waiting in found:
        until = "expired" if waiting.expired else waiting.until[:16] or "always"
        calls = ", ".join(request.call.tool for request in waiting.requests)
        asked = isolated(" ".join(waiting.question.split())[:60])
        table.add_row(waiting.thread, waiting.since[:16], until, calls, asked)
    render.output().print(table)


def show_command(
    thread: ThreadArgument,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a thread waits for: calls, arguments, and why a person is asked."""
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.direction import Prose, runs_right_to_left

    settings = load_settings(home=home, tenant=tenant)
    waiting = _one(_pending(settings), thread)
    if as_json:
        print_json(waiting)
        return
    console = render.output()
    rtl = runs_right_to_left(waiting.language)
    console.print(Prose(text=waiting.question, right_to_left=rtl, style="bold"))
    console.print(render.approvals(waiting.requests))
    for request in waiting.requests:
        arguments = json.dumps(request.call.arguments, ensure_ascii=False, indent=2)
        console.print(f"{request.call.id} {request.call.tool} {arguments}")
    if waiting.expired:
        console.print("Its time is over: it counts as rejected.", style="yellow")
    elif waiting.until:
        console.print(f"It counts as rejected from {waiting.until[:16]} UTC on.", style="dim")


def approve_command(
    thread: ThreadArgument,
    call: CallOption = None,
    agent: AgentOption = None,
    home: HomeOption = None,
    tenant: TenantOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let the calls run, and go on with the turn. With --call, the others are rejected."""
    from dragoman.agents.result import Decision

    def word(request: ApprovalRequest) -> Decision:
        if call is None or request.call.id == call:
            return Decision(approve=True)
        return Decision(approve=False, reason="another call was approved, not this one")

    settings = load_settings(home=home, tenant=tenant, engine=engine)
    _decide(settings, thread, call, word, agent=agent, as_json=as_json)


def reject_command(
    thread: ThreadArgument,
    reason: ReasonOption = "",
    agent: AgentOption = None,
    home: HomeOption = None,
    tenant: TenantOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let none of the calls run, and go on with the turn."""
    from dragoman.agents.result import Decision

    settings = load_settings(home=home, tenant=tenant, engine=engine)
    word = Decision(approve=False, reason=reason)
    _decide(settings, thread, None, lambda _: word, agent=agent, as_json=as_json)


def edit_command(
    thread: ThreadArgument,
    arguments: Annotated[
        str,
        typer.Argument(
            metavar="JSON", help="The arguments that change, as an object.", callback=checked_text
        ),
    ],
    call: CallOption = None,
    agent: AgentOption = None,
    home: HomeOption = None,
    tenant: TenantOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a call run with other arguments; those that are not named stay as they are."""
    from dragoman.agents.result import Decision

    settings = load_settings(home=home, tenant=tenant, engine=engine)
    changed = _object(arguments)
    requests = _one(_pending(settings), thread).requests
    if call is None and len(requests) > 1:
        raise InvalidInputError(
            f"Several calls wait: {', '.join(request.call.id for request in requests)}.",
            cure="Say which one: --call ID. The others are rejected.",
        )

    def word(request: ApprovalRequest) -> Decision:
        if call is None or request.call.id == call:
            return Decision(approve=True, arguments={**request.call.arguments, **changed})
        return Decision(approve=False, reason="another call was approved, not this one")

    _decide(settings, thread, call, word, agent=agent, as_json=as_json)


def unknown_command(
    home: HomeOption = None, tenant: TenantOption = None, as_json: JsonOption = False
) -> None:
    """List effects that were begun and of which nobody knows whether they happened."""
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    settings = load_settings(home=home, tenant=tenant)
    found: list[Effect] = _stored(settings, lambda assistant: assistant.unknown_effects()) or []
    if as_json:
        print_json(found)
        return
    if not found:
        render.notices().print("The outcome of every effect is known.")
        return
    console = render.output()
    for effect in found:
        console.print(f"{effect.key}  {effect.started_at[:16]}  thread {effect.thread}")
        console.print(f"  {effect.tool}({render.arguments(effect.arguments)})")
    render.notices().print(
        "Find out what happened, then: dragoman approvals settle KEY --done | --failed",
        style="dim",
    )


def settle_command(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="Key of the effect.", callback=checked_text)
    ],
    done: Annotated[bool, typer.Option("--done/--failed", help="Whether it happened.")],
    note: Annotated[
        str,
        typer.Option(
            "--note",
            metavar="TEXT",
            help="What you found out, for the model.",
            callback=checked_text,
        ),
    ] = "",
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down whether an effect happened; nothing is run again."""
    from dragoman.agents.assistant import Assistant
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    with Assistant(settings=load_settings(home=home, tenant=tenant)) as assistant:
        effect = assistant.settle(key, happened=done, note=note)
    if as_json:
        print_json(effect)
    else:
        render.output().print(f"{effect.tool}: {effect.result}")


def _decide(
    settings: Settings,
    thread: str,
    call: str | None,
    word: Callable[[ApprovalRequest], Decision],
    *,
    agent: Path | None,
    as_json: bool,
) -> None:
    """Decide on all calls of a thread and show how its turn goes on."""
    from dragoman.agents.events import AnswerEvent, ApprovalEvent
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.sessions import open_assistant
    from dragoman.serving.turn import TurnView

    waiting = _one(_pending(settings), thread)  # before an engine is loaded for nothing
    known = {request.call.id for request in waiting.requests}
    if call is not None and call not in known:
        raise InvalidInputError(
            f"No call {call!r} waits there.", cure=f"These do: {', '.join(sorted(known))}."
        )
    decisions = {request.call.id: word(request) for request in waiting.requests}
    spec = load_agent(agent)
    if waiting.expired:
        render.notices().print("Its time is over: it counts as rejected.", style="yellow")
    with open_assistant(settings, spec=spec) as assistant:
        events = assistant.decide(thread, decisions)
        if as_json:
            for event in events:
                if isinstance(event, AnswerEvent):
                    print_json(event.answer)
                elif isinstance(event, ApprovalEvent):
                    print_json(
                        {"thread": event.thread, "text": event.text, "pending": event.requests}
                    )
            return
        console = render.output()
        shown = TurnView(console).show(events)
        if isinstance(shown, ApprovalEvent):
            console.print(render.approvals(shown.requests))


def _pending(settings: Settings) -> list[PendingApproval]:
    return _stored(settings, lambda assistant: assistant.approvals()) or []


def _one(found: list[PendingApproval], thread: str) -> PendingApproval:
    for waiting in found:
        if waiting.thread == thread:
            return waiting
    raise ThreadNotFoundError(
        f"Nothing waits in the thread {thread!r}.",
        cure="See: dragoman approvals list (--tenant NAME)",
    )


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidInputError(
            f"The arguments are not JSON: {error}.", cure="""Write an object: '{"amount": 500}'."""
        ) from None
    if not isinstance(found, dict):
        raise InvalidInputError(
            "The arguments are no JSON object.", cure="""Write an object: '{"amount": 500}'."""
        )
    return found


def _stored(settings: Settings, work: Callable[[Assistant], list[Any]]) -> list[Any] | None:
    """What `work` finds, without an engine; None when there is no data folder, and none is made."""
    from dragoman.agents.assistant import Assistant

    if not settings.home.exists():
        return None
    with Assistant(settings=settings) as assistant:
        return work(assistant)
