"""`dragoman reembed`: fill a memory anew with another embedder while the old index serves."""

from __future__ import annotations

from typing import Annotated

import typer

from dragoman.serving.options import (
    HomeOption,
    JsonOption,
    TenantOption,
    checked_text,
    load_settings,
)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("reembed")(reembed_command)


def reembed_command(
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="SPEC",
            help="Embedder, such as ollama:qwen3-embedding:0.6b; the one in use when left out,"
            " which renews the lexical index after an update.",
            callback=checked_text,
        ),
    ] = None,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fill the memory anew with another embedder; searches go on meanwhile."""
    from dragoman.memory import Memory
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.bars import ReembedBar

    settings = load_settings(home=home, tenant=tenant)
    # Opened with whatever filled it, not with the embedder of the settings, which may be the new.
    with Memory(settings=settings) as memory, ReembedBar() as progress:
        report = memory.reembed(to, progress=progress)
    if as_json:
        print_json(report)
        return
    resumed = f", {report.resumed} of them by an earlier run" if report.resumed else ""
    render.output().print(
        f"{report.passages} passages are embedded with {report.after} now{resumed}; "
        f"before it was {report.before}."
    )
