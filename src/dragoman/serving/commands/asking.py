"""`dragoman ask` and `dragoman chat`: questions to the assistant."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.errors import DragomanError, EmptyQuestionError
from dragoman.serving.options import (
    AgentOption,
    EngineOption,
    GroupOption,
    HomeOption,
    JsonOption,
    LanguageOption,
    PublicOption,
    TenantOption,
    as_groups,
    checked_text,
    decoded,
    load_agent,
    load_settings,
    read_standard_input,
)

if TYPE_CHECKING:
    from rich.console import Console

    from dragoman.agents.assistant import Assistant

StepsOption = Annotated[
    bool, typer.Option("--steps", "-s", help="Show passages, plan and tool calls too.")
]
UserOption = Annotated[
    str | None,
    typer.Option("--user", metavar="ID", help="Who is asking.", callback=checked_text),
]
ImageOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--image",
        metavar="FILE",
        help="An image that goes with the question (JPEG, PNG, WebP, GIF); may be given more than"
        " once. Needs an engine with vision.",
    ),
]
LEAVE = frozenset({"/exit", "/quit"})
"""What ends a chat, besides the end of the input."""


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("ask")(ask_command)
    app.command("chat")(chat_command)


def ask_command(
    text: Annotated[
        str,
        typer.Argument(help="The question; - reads it from standard input.", callback=checked_text),
    ],
    thread: Annotated[
        str | None,
        typer.Option("--thread", help="Conversation to go on with.", callback=checked_text),
    ] = None,
    language: LanguageOption = None,
    user: UserOption = None,
    group: GroupOption = None,
    public: PublicOption = False,
    image: ImageOption = None,
    steps: StepsOption = False,
    home: HomeOption = None,
    tenant: TenantOption = None,
    engine: EngineOption = None,
    agent: AgentOption = None,
    trace: Annotated[
        bool,
        typer.Option("--trace", help="Show each step: thought, calls, repairs, tokens, seconds."),
    ] = False,
    events: Annotated[
        bool, typer.Option("--events", help="With --json: every event as one JSON line.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Ask one question and get an answer in its language, with sources."""
    from dragoman.agents.pictures import read_images
    from dragoman.serving import render
    from dragoman.serving.approval import show_until_answered
    from dragoman.serving.as_json import print_json, print_json_line
    from dragoman.serving.sessions import open_assistant
    from dragoman.serving.trace import TraceView
    from dragoman.serving.turn import TurnView

    question = read_standard_input() if text == "-" else text
    if not question.strip():
        raise EmptyQuestionError("The question is empty.", cure="Write what you want to know.")
    images = read_images(image or ())  # before an engine is loaded for nothing
    settings = load_settings(home=home, tenant=tenant, engine=engine)
    with open_assistant(settings, spec=load_agent(agent)) as assistant:
        asked = partial(
            assistant.stream,
            question,
            thread=thread,
            language=language,
            user=user,
            images=images,
            groups=as_groups(group, public=public),
        )
        if as_json and events:
            for event in asked():
                print_json_line(event)
        elif as_json:
            answer = assistant.ask(
                question,
                thread=thread,
                language=language,
                user=user,
                images=images,
                groups=as_groups(group, public=public),
            )
            print_json(answer)
        else:
            console = render.output()
            events_of_turn = asked()
            view = TraceView(console) if trace else TurnView(console, steps=steps)
            show_until_answered(assistant, view, events_of_turn, console)


def chat_command(
    thread: Annotated[
        str | None,
        typer.Option("--thread", help="Conversation to go on with.", callback=checked_text),
    ] = None,
    language: LanguageOption = None,
    user: UserOption = None,
    steps: StepsOption = False,
    home: HomeOption = None,
    tenant: TenantOption = None,
    engine: EngineOption = None,
    agent: AgentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Talk; each line of input is a question. Ctrl-D or /exit ends it."""
    from dragoman.serving import render
    from dragoman.serving.sessions import open_assistant

    settings = load_settings(home=home, tenant=tenant, engine=engine)
    console = render.output()
    with open_assistant(settings, spec=load_agent(agent)) as assistant:
        if thread is not None:
            _go_on(assistant, thread, steps=steps, console=None if as_json else console)
        for question in _questions(console, prompt=not as_json):
            thread = _turn(
                assistant,
                question,
                thread=thread,
                language=language,
                user=user,
                steps=steps,
                console=None if as_json else console,
            )
    if thread is not None and not as_json:
        render.notices().print(f"Go on later with: dragoman chat --thread {thread}", style="dim")


def _go_on(assistant: Assistant, thread: str, *, steps: bool, console: Console | None) -> None:
    """Finish the turn that waits for the person, or that a killed process left in its middle."""
    from dragoman.serving import render
    from dragoman.serving.approval import show_until_answered, take_up
    from dragoman.serving.as_json import print_json_line
    from dragoman.serving.turn import TurnView

    if console is not None:
        take_up(assistant, TurnView(console, steps=steps), thread, console)
    cut_off = assistant.unfinished(thread)
    if cut_off is None:
        return
    if console is None:
        for event in assistant.resume(thread):
            if event.type == "answer":
                print_json_line(event.answer)
        return
    render.notices().print(f"The last question was cut off; going on with it: {cut_off.question}")
    view = TurnView(console, steps=steps)
    show_until_answered(assistant, view, assistant.resume(thread), console)


def _turn(
    assistant: Assistant,
    question: str,
    *,
    thread: str | None,
    language: str | None,
    user: str | None,
    steps: bool,
    console: Console | None,
) -> str | None:
    """One turn of a chat; a turn that fails is reported and the chat goes on."""
    from dragoman.serving.approval import show_until_answered
    from dragoman.serving.as_json import print_json_line
    from dragoman.serving.failures import show
    from dragoman.serving.turn import TurnView

    try:
        if console is None:
            answer = assistant.ask(question, thread=thread, language=language, user=user)
            print_json_line(answer)
        else:
            events = assistant.stream(question, thread=thread, language=language, user=user)
            view = TurnView(console, steps=steps)
            answer = show_until_answered(assistant, view, events, console)
            console.print()
    except DragomanError as error:
        if console is None:
            print_json_line({"error": error})
        else:
            show(error)
        return thread
    return str(answer.thread)


def _questions(console: Console, *, prompt: bool) -> Iterator[str]:
    """The lines of standard input that hold a question, until the end or `/exit`."""
    interactive = prompt and sys.stdin.isatty()
    if interactive:
        import contextlib

        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - gives the prompt line editing and a history
    while True:
        if interactive:
            try:
                line = console.input("[bold cyan]› [/]")
            except EOFError:
                console.print()
                return
            checked_text(line)
        else:
            data = sys.stdin.buffer.readline()
            if not data:
                return
            line = decoded(data, "A line of standard input")
        if line.strip() in LEAVE:
            return
        if line.strip():
            yield line.strip()
