"""`dragoman models`: what the catalog offers, what is here, and how to get more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.serving.options import HomeOption, JsonOption, checked_text, load_settings

NameArgument = Annotated[
    str,
    typer.Argument(metavar="NAME", help="For example qwen2.5-coder:1.5b.", callback=checked_text),
]


def register(app: typer.Typer) -> None:
    """Add the group to the application."""
    group = typer.Typer(help="Model weights: list, show, pull.", no_args_is_help=True)
    group.command("list")(list_command)
    group.command("show")(show_command)
    group.command("pull")(pull_command)
    app.add_typer(group, name="models")


def list_command(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the models that Dragoman knows, and which of them are here."""


def show_command(name: NameArgument, as_json: JsonOption = False) -> None:
    """Show what is known about a model."""


def pull_command(name: NameArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Fetch a model's weights, going on where an earlier pull stopped."""
