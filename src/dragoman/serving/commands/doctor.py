"""`dragoman doctor`: what is missing on this machine, and the command that fixes it."""

from __future__ import annotations

import typer

from dragoman.serving.options import EngineOption, HomeOption, JsonOption, load_settings

_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "bold red")}


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("doctor")(doctor_command)


def doctor_command(
    home: HomeOption = None, engine: EngineOption = None, as_json: JsonOption = False
) -> None:
    """Look at this machine and say what is missing; exits with 1 if something cannot work."""
    from rich.table import Table
    from rich.text import Text

    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.diagnosis import examine

    findings = examine(load_settings(home=home, engine=engine))
    if as_json:
        print_json(findings)
    else:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for finding in findings:
            detail = Text(finding.detail)
            if finding.cure:
                detail.append(f"\n→ {finding.cure}", style="cyan")
            table.add_row(Text(*_MARKS[finding.state]), finding.name, detail)
        render.output().print(table)
    if any(finding.state == "fail" for finding in findings):
        raise typer.Exit(1)
