"""`dragoman models`: what the catalog offers, what is here, and how to get more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dragoman.serving.options import HomeOption, JsonOption, checked_text, load_settings

if TYPE_CHECKING:
    from dragoman.models import CatalogEntry
    from dragoman.settings import Settings

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
    from rich.table import Table

    from dragoman.models import entries
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    settings = load_settings(home=home)
    if as_json:
        print_json([_described(entry, settings) for entry in entries()])
        return
    table = Table("name", "download", "on Ollama", "context", "here", box=None, pad_edge=False)
    table.header_style = "bold"
    for column in table.columns[1:4]:
        column.justify = "right"
    for entry in entries():
        described = _described(entry, settings)
        table.add_row(
            entry.name,
            render.size(entry.file.bytes),
            render.size(entry.ollama_bytes),
            f"{entry.context_tokens:,}",
            render.verdict(True) if described["installed"] else "",
        )
    render.output().print(table)
    render.notices().print(
        "Fetch one with `dragoman models pull NAME`, or on Ollama with `ollama pull NAME`.",
        style="dim",
    )


def show_command(name: NameArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show what is known about a model."""
    from dragoman.models import find
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    entry = find(name)
    described = _described(entry, load_settings(home=home))
    if as_json:
        print_json(described)
        return
    sampling = entry.sampling
    rows = {
        "name": f"{entry.name} ({entry.title})",
        "parameters": f"{entry.parameters:g} billion",
        "context": f"{entry.context_tokens:,} tokens",
        "thinks": "by default" if entry.thinks_by_default else "not by default",
        "sampling": f"temperature {sampling.temperature:g}, top_p {sampling.top_p:g},"
        f" top_k {sampling.top_k}, presence_penalty {sampling.presence_penalty:g}",
        "Ollama": f"ollama pull {entry.ollama_tag}  ({render.size(entry.ollama_bytes)})",
        "file": f"{entry.file.name}  ({render.size(entry.file.bytes)})",
        "sha256": entry.file.sha256,
        "here": described["path"] if described["installed"] else "no",
    }
    render.output().print(render.key_values(rows))


def pull_command(name: NameArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Fetch a model's weights, going on where an earlier pull stopped."""
    from dragoman.models import find
    from dragoman.models.pull import pull
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.bars import DownloadBar

    settings = load_settings(home=home)
    entry = find(name)
    with DownloadBar() as progress:
        path = pull(entry.name, settings, progress=progress)
    if as_json:
        print_json(_described(entry, settings))
    else:
        render.output().print(f"{entry.name} is at {path}", soft_wrap=True)


def _described(entry: CatalogEntry, settings: Settings) -> dict[str, Any]:
    from dragoman.models.catalog import is_installed
    from dragoman.serving.as_json import plain

    described: dict[str, Any] = plain(entry)
    return {
        **described,
        "installed": is_installed(entry, settings),
        "path": str(entry.path(settings)),
    }
