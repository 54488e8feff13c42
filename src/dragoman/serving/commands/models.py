"""`dragoman models`: what there is, what is here, what is loaded, and how to get more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dragoman.serving.commands import accounts, engine_checks, ollama_models
from dragoman.serving.options import HomeOption, JsonOption, checked_text, load_settings

if TYPE_CHECKING:
    from dragoman.models import CatalogEntry
    from dragoman.settings import Settings

NameArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="For example qwen2.5-coder:1.5b, or ollama:qwen3.5:4b for one on an Ollama server.",
        callback=checked_text,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group to the application."""
    group = typer.Typer(
        help="Models: list, show, pull, remove, watch, measure and try.", no_args_is_help=True
    )
    group.command("list")(list_command)
    group.command("show")(show_command)
    group.command("pull")(pull_command)
    group.command("rm")(remove_command)
    group.command("ps")(running_command)
    engine_checks.register(group)
    accounts.register(group)
    app.add_typer(group, name="models")


def list_command(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the models that Dragoman knows, which are here, and what Ollama has."""
    from rich.table import Table

    from dragoman.models import entries
    from dragoman.serving import render
    from dragoman.serving.as_json import plain, print_json

    settings = load_settings(home=home)
    on_ollama, failures = ollama_models.installed(settings)
    if as_json:
        listed = [_described(entry, settings) for entry in entries()]
        listed += [
            {
                **plain(model),
                "name": f"{ollama_models.PREFIX}{model.name}",
                "engine": "ollama",
                "host": host,
                "installed": True,
            }
            for host, model in on_ollama
        ]
        print_json(listed)
        return
    there = {model.name for _, model in on_ollama}
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
    if there:
        held = Table("on an Ollama server", "size", "kind", "server", box=None, pad_edge=False)
        held.header_style = "bold"
        held.columns[1].justify = "right"
        for host, model in on_ollama:
            kind = f"{model.parameters} {model.quantization}".strip()
            held.add_row(f"ollama:{model.name}", render.size(model.size_bytes), kind, host)
        render.output().print()
        render.output().print(held)
    for failure in failures:
        render.notices().print(failure.message, style="dim", soft_wrap=True)
    render.notices().print(
        "Fetch one with `dragoman models pull NAME`, on Ollama with `dragoman models pull"
        " ollama:NAME`.",
        style="dim",
        soft_wrap=True,
    )


def show_command(name: NameArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show what is known about a model, or what an Ollama server says that it can do."""
    from dragoman.models import find
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    settings = load_settings(home=home)
    if name.startswith(ollama_models.PREFIX):
        _show_on_ollama(name, settings, as_json=as_json)
        return
    entry = find(name)
    described = _described(entry, settings)
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


def _show_on_ollama(name: str, settings: Settings, *, as_json: bool) -> None:
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    cards = ollama_models.show(name, settings)
    if as_json:
        print_json(cards[0] if len(cards) == 1 else cards)
        return
    for card in cards:
        rows = {
            "name": card["name"],
            "server": card["host"],
            "can": ", ".join(card["capabilities"]) or "nothing that it names",
            "context": f"{card['context_tokens']:,} tokens",
            "kind": f"{card['family']} {card['parameters']} {card['quantization']}".strip(),
        }
        render.output().print(render.key_values(rows))


def pull_command(name: NameArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Fetch a model's weights, or let Ollama fetch them; goes on where an earlier pull stopped."""
    from dragoman.models import find
    from dragoman.models.pull import pull
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.bars import DownloadBar

    settings = load_settings(home=home)
    if name.startswith(ollama_models.PREFIX):
        done = ollama_models.pull(name, settings)
        if as_json:
            print_json(done)
        return
    entry = find(name)
    with DownloadBar() as progress:
        path = pull(entry.name, settings, progress=progress)
    if as_json:
        print_json(_described(entry, settings))
    else:
        render.output().print(f"{entry.name} is at {path}", soft_wrap=True)


def remove_command(
    name: NameArgument, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Delete a model's weights from this machine, or from the Ollama server."""
    from dragoman.models import find
    from dragoman.models.pull import remove
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    settings = load_settings(home=home)
    if name.startswith(ollama_models.PREFIX):
        done = ollama_models.remove(name, settings)
    else:
        done = {"name": find(name).name, "removed": remove(name, settings)}
    if as_json:
        print_json(done)
    else:
        said = "is removed" if done["removed"] else "was not here"
        render.output().print(f"{done['name']} {said}", soft_wrap=True)


def running_command(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the models that Ollama has loaded, and the memory that they take.

    Raises:
        DragomanError: none of the servers could be asked.
    """
    from rich.table import Table

    from dragoman.serving import render
    from dragoman.serving.as_json import plain, print_json

    loaded, failures = ollama_models.running(load_settings(home=home))
    if failures and not loaded:
        raise failures[0]
    if as_json:
        print_json([{"host": host, **plain(model)} for host, model in loaded])
        return
    table = Table("name", "memory", "on GPU", "context", "until", "server", box=None)
    table.header_style = "bold"
    for host, model in loaded:
        on_gpu = f"{model.gpu_bytes / max(model.size_bytes, 1):.0%}"
        table.add_row(
            model.name,
            render.size(model.size_bytes),
            on_gpu,
            f"{model.context_tokens:,}",
            model.expires,
            host,
        )
    if loaded:
        render.output().print(table)
    else:
        render.notices().print("Ollama has no model loaded.", style="dim")
    for failure in failures:
        render.notices().print(failure.message, style="yellow", soft_wrap=True)


def _described(entry: CatalogEntry, settings: Settings) -> dict[str, Any]:
    from dragoman.models.catalog import is_installed
    from dragoman.serving.as_json import plain

    described: dict[str, Any] = plain(entry)
    return {
        **described,
        "engine": "embedded",
        "installed": is_installed(entry, settings),
        "path": str(entry.path(settings)),
    }
