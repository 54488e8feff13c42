"""What the command line does when something goes wrong: a coded message and an exit code.

An error goes to standard error, so that standard output holds results only. With ``--json`` it is
one JSON object there, else the message, its code and the cure. A traceback is shown with
``--debug`` alone.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from dragoman.errors import DragomanError
from dragoman.redaction import redacted

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 and the number of SIGINT, as shells count."""

BROKEN_PIPE = 141
"""Exit code when the reader of our output went away: 128 and the number of SIGPIPE."""

UNEXPECTED = 1
"""Exit code for an error that is a defect of Dragoman."""


class GuardedGroup(TyperGroup):
    """The root command: every failure of a subcommand leaves through here."""

    def invoke(self, ctx: Any) -> Any:
        """Run the subcommand and turn its failure into a message and an exit code."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except DragomanError as error:
            self._leave(ctx, error, error.exit_code)
        except KeyboardInterrupt:
            sys.stderr.write("\nInterrupted.\n")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            self._silence_standard_output()
            raise typer.Exit(BROKEN_PIPE) from None
        except Exception as error:
            if is_usage_error(error):
                raise
            self._leave(ctx, defect(error), UNEXPECTED, error)

    def _leave(
        self,
        ctx: Any,
        error: DragomanError,
        code: int,
        origin: Exception | None = None,
    ) -> None:
        if ctx.params.get("debug"):
            sys.stderr.write(redacted("".join(traceback.format_exception(origin or error))))
        if ctx.meta.get(AS_JSON):
            sys.stderr.write(json.dumps({"error": error.as_dict()}, ensure_ascii=False) + "\n")
        else:
            show(error)
        raise typer.Exit(code)

    def _silence_standard_output(self) -> None:
        # Python flushes standard output once more at exit; without this it would complain then.
        sink = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(sink, sys.stdout.fileno())
        except OSError:  # not a real file, as inside a test runner
            return
        finally:
            os.close(sink)


AS_JSON = "dragoman.json"
"""Key in the click context that says that the caller reads JSON."""


def is_usage_error(error: Exception) -> bool:
    """Whether typer itself reports this one: a wrong option, a missing argument."""
    return hasattr(error, "exit_code") and hasattr(error, "format_message")


def defect(error: Exception) -> DragomanError:
    """An error that nobody foresaw, in the shape of the others."""
    return DragomanError(
        f"Unexpected {type(error).__name__}: {error}",
        cure="Run the command again with `dragoman --debug …` and report what it prints.",
    )


def show(error: DragomanError) -> None:
    """Print an error for people: what was wrong, its code, and what to do."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    message = Text.assemble(("error ", "bold red"), error.message, (f" [{error.code}]", "dim"))
    console.print(message)
    if error.cure:
        console.print(Text.assemble(("try   ", "bold cyan"), error.cure))
