"""`dragoman threads review` and `dragoman export`: from reviewed threads to training data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dragoman.errors import InvalidInputError
from dragoman.serving.options import (
    HomeOption,
    JsonOption,
    TenantOption,
    checked_text,
    load_settings,
)

if TYPE_CHECKING:
    from dragoman.agents.training.dataset import Exported
    from dragoman.agents.training.reviews import Correction, Verdict

FormatName = Literal["llama-factory", "unsloth", "openai"]


def register(app: typer.Typer) -> None:
    """Add `export` to the application; the group `threads` has `review`."""
    app.command("export")(export_command)


def review_command(
    thread: Annotated[
        str, typer.Argument(metavar="THREAD", help="Id of the thread.", callback=checked_text)
    ],
    turn: Annotated[int, typer.Option("--turn", min=1, help="Number of the turn, from 1.")],
    accept: Annotated[
        bool, typer.Option("--accept", help="The turn is right; a model may learn from it.")
    ] = False,
    reject: Annotated[
        bool, typer.Option("--reject", help="The turn is wrong; nothing is learned from it.")
    ] = False,
    correct: Annotated[
        Path | None,
        typer.Option(
            "--correct",
            metavar="FILE",
            help="How it should have been: the answer as text, or JSON with answer and calls.",
        ),
    ] = None,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether a turn was right, for `dragoman export`."""
    from dragoman.agents.assistant import Assistant
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.commands.threads import missing

    verdict, correction = _word(accept=accept, reject=reject, correct=correct)
    settings = load_settings(home=home, tenant=tenant)
    if not settings.home.exists():
        raise missing(thread)
    with Assistant(settings=settings) as assistant:
        if not assistant.turns(thread):
            raise missing(thread)
        assistant.review(thread, turn=turn, verdict=verdict, correction=correction)
    if as_json:
        print_json({"thread": thread, "turn": turn, "verdict": verdict})
    else:
        render.output().print(f"Turn {turn} of {thread}: {verdict}.", markup=False)


def export_command(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to write it: a new or empty folder.")
    ],
    form: Annotated[FormatName, typer.Option("--format", help="Whose format.")],
    eval_percent: Annotated[
        int,
        typer.Option("--eval", min=0, max=50, help="Of 100 threads, how many are for measuring."),
    ] = 10,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write reviewed threads as training data, personal data masked."""
    from dragoman.agents.assistant import Assistant
    from dragoman.agents.training.collect import export_threads
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    settings = load_settings(home=home, tenant=tenant)
    if not settings.home.exists():
        raise InvalidInputError("There are no threads yet.", cure="Begin one: dragoman chat")
    with Assistant(settings=settings) as assistant:
        made = export_threads(
            assistant, folder, form=form, tools=assistant.tools, eval_percent=eval_percent
        )
    if as_json:
        print_json(made)
    else:
        render.output().print(_summary(made), markup=False)


def _word(*, accept: bool, reject: bool, correct: Path | None) -> tuple[Verdict, Correction | None]:
    from dragoman.agents.training.reviews import Correction

    if accept + reject + (correct is not None) != 1:
        raise InvalidInputError("Give one of --accept, --reject and --correct FILE.")
    if correct is None:
        return ("accepted" if accept else "rejected"), None
    try:
        text = correct.read_text("utf-8")
    except OSError as error:
        raise InvalidInputError(
            f"{correct} cannot be read: {error.strerror or error}.", cure="Check the path."
        ) from None
    except UnicodeDecodeError:
        raise InvalidInputError(f"{correct} is not UTF-8.", cure="Save it as UTF-8.") from None
    return "corrected", Correction.read(text)


def _summary(made: Exported) -> str:
    left_out = ", ".join(f"{count} {reason}" for reason, count in made.left_out.items())
    return (
        f"{made.folder}: {made.train} conversations to learn from, {made.eval} to measure with; "
        f"{made.turns} turns, {made.calls} calls; {made.duplicates} duplicates left out."
        + (f" Turns left out: {left_out}." if left_out else "")
    )
