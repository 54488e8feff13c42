"""`dragoman graph`: the assistant's state machine as a picture in text."""

from __future__ import annotations

import typer

from dragoman.serving.options import JsonOption


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("graph")(graph_command)


def graph_command(as_json: JsonOption = False) -> None:
    """Draw the assistant's state machine as a Mermaid diagram; no model is needed."""
