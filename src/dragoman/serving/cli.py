"""The `dragoman` command: all command groups put together.

Commands import their machinery when they run, so that ``dragoman --help`` starts at once.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from dragoman.redaction import redact_logs
from dragoman.serving.commands import (
    approvals,
    asking,
    chroma,
    configuration,
    demo,
    detecting,
    doctor,
    documents,
    facts,
    graph,
    keys,
    mcp,
    models,
    outcomes,
    reembedding,
    research,
    saving,
    serve,
    stored,
    tasks,
    threads,
    training,
    watching,
)
from dragoman.serving.failures import GuardedGroup

app = typer.Typer(
    name="dragoman",
    cls=GuardedGroup,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="A multilingual agent on your own machine: it plans, looks things up in your documents"
    " and answers in the asker's language, with citations.",
    epilog="First time here: [bold]dragoman doctor[/] says what is missing,"
    " [bold]dragoman demo[/] shows everything at work.",
)


def _print_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"dragoman {version('dragoman')}")
        raise typer.Exit


@app.callback()
def root(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show a traceback when something fails.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Options before the command's name."""


asking.register(app)
demo.register(app)
documents.register(app)
watching.register(app)
research.register(app)
stored.register(app)
facts.register(app)
detecting.register(app)
models.register(app)
threads.register(app)
outcomes.register(app)
tasks.register(app)
training.register(app)
approvals.register(app)
graph.register(app)
mcp.register(app)
serve.register(app)
keys.register(app)
chroma.register(app)
reembedding.register(app)
saving.register(app)
configuration.register(app)
doctor.register(app)


def main() -> None:
    """Entry point of the `dragoman` script."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that claims another encoding cannot show most of our languages anyway; and
        # half a surrogate pair must not become a traceback in the middle of an error message.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    signal.signal(signal.SIGTERM, _end)
    redact_logs()
    app()


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal handler's shape
    # Leaves through every `with` and `finally`, as Ctrl-C does, so that nothing is half-written.
    raise SystemExit(128 + number)
