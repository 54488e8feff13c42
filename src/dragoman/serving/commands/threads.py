"""`dragoman threads`: conversations that can be gone on with."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from dragoman.errors import InvalidInputError, ThreadNotFoundError
from dragoman.serving.commands.outcomes import rate_command
from dragoman.serving.commands.training import review_command
from dragoman.serving.options import (
    HomeOption,
    JsonOption,
    TenantOption,
    checked_text,
    load_settings,
)

if TYPE_CHECKING:
    from dragoman.agents.assistant import Assistant
    from dragoman.agents.thread_export import ThreadExport
    from dragoman.settings import Settings

Result = TypeVar("Result")
ThreadArgument = Annotated[
    str, typer.Argument(metavar="THREAD", help="Id of the thread.", callback=checked_text)
]


def register(app: typer.Typer) -> None:
    """Add the group to the application."""
    group = typer.Typer(
        help="Conversations: list, show, export, fork, review, rate, delete.", no_args_is_help=True
    )
    group.command("list")(list_command)
    group.command("show")(show_command)
    group.command("export")(export_command)
    group.command("fork")(fork_command)
    group.command("review")(review_command)
    group.command("rate")(rate_command)
    group.command("delete")(delete_command)
    app.add_typer(group, name="threads")


def list_command(
    home: HomeOption = None, tenant: TenantOption = None, as_json: JsonOption = False
) -> None:
    """List the conversations, the latest first."""
    from rich.table import Table

    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.direction import isolated

    settings = load_settings(home=home, tenant=tenant)
    found = _stored(settings, lambda assistant: assistant.threads()) or []
    if as_json:
        print_json(found)
        return
    if not found:
        render.notices().print("No conversations yet. Begin one with `dragoman chat`.")
        return
    table = Table("thread", "turns", "last", "began with", box=None, pad_edge=False)
    table.header_style = "bold"
    for thread in found:
        began = isolated(" ".join(thread.first_question.split())[:60])
        table.add_row(thread.id, str(thread.turns), thread.last_asked_at[:16], began)
    render.output().print(table)


def show_command(
    thread: ThreadArgument,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a conversation, turn by turn."""
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.direction import Prose, runs_right_to_left

    settings = load_settings(home=home, tenant=tenant)
    turns = _stored(settings, lambda assistant: assistant.turns(thread))
    if not turns:
        raise missing(thread)
    if as_json:
        print_json(turns)
        return
    console = render.output()
    for turn in turns:
        rtl = runs_right_to_left(turn.language)
        console.print(Prose(text=turn.question, right_to_left=rtl, style="bold"))
        if turn.status == "done":
            console.print(Prose(text=turn.answer, right_to_left=rtl))
        else:
            console.print(f"({turn.status})", style="yellow")
        console.print()


def export_command(
    thread: Annotated[
        str | None,
        typer.Argument(metavar="[THREAD]", help="Id of the thread.", callback=checked_text),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All conversations of the tenant.")] = False,
    form: Annotated[
        Literal["json", "markdown"], typer.Option("--format", help="For programs or for people.")
    ] = "json",
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a conversation with everything that is kept of it.

    Turns, passages, citations, calls, decisions, effects on the world and long results.
    """
    from dragoman.agents.thread_export import as_markdown
    from dragoman.serving.as_json import print_json

    if (thread is None) is not every:
        raise InvalidInputError(
            "Name one thread, or all of them.",
            cure="dragoman threads export THREAD, or dragoman threads export --all",
        )
    settings = load_settings(home=home, tenant=tenant)
    found = _stored(settings, lambda records: _exports(records, thread)) or []
    if thread is not None and not found:
        raise missing(thread)
    if form == "markdown" and not as_json:
        sys.stdout.write("\n".join(map(as_markdown, found)))
    else:
        print_json(found if every else found[0])


def fork_command(
    thread: ThreadArgument,
    turns: Annotated[
        int, typer.Option("--turns", metavar="N", help="Turns that the new one begins with.")
    ],
    into: Annotated[
        str | None,
        typer.Option(
            "--into", metavar="NEW", help="Id of the new conversation.", callback=checked_text
        ),
    ] = None,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go back in a conversation: begin a new one with its first turns."""
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    settings = load_settings(home=home, tenant=tenant)
    made = _stored(settings, lambda records: records.fork(thread, turns=turns, into=into))
    if made is None:
        raise missing(thread)
    if as_json:
        print_json({"thread": made, "forked_from": thread, "turns": turns})
    else:
        render.output().print(f"{made} begins with {turns} of the turns of {thread}.")


def delete_command(
    thread: ThreadArgument,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget a conversation."""
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    settings = load_settings(home=home, tenant=tenant)
    turns = _stored(settings, lambda assistant: assistant.delete_thread(thread))
    if not turns:
        raise missing(thread)
    if as_json:
        print_json({"thread": thread, "deleted_turns": turns})
    else:
        render.output().print(f"Forgot {thread}: {turns} turns.")


def _exports(records: Assistant, thread: str | None) -> list[ThreadExport]:
    known = [found.id for found in records.threads()]
    return [records.export(name) for name in known if thread in {None, name}]


def _stored(settings: Settings, work: Callable[[Assistant], Result]) -> Result | None:
    """What `work` finds, without an engine; None when there is no data folder, and none is made."""
    from dragoman.agents.assistant import Assistant

    if not settings.home.exists():
        return None
    with Assistant(settings=settings) as assistant:
        return work(assistant)


def missing(thread: str) -> ThreadNotFoundError:
    """The error for a thread that is not there."""
    return ThreadNotFoundError(
        f"There is no thread {thread!r}.", cure="See: dragoman threads list (--tenant NAME)"
    )
