"""`dragoman graph`: the assistant's state machine as a picture in text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.serving.options import JsonOption

if TYPE_CHECKING:
    from langchain_core.runnables.graph import Graph
    from rich.table import Table


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("graph")(graph_command)


def graph_command(
    mermaid: Annotated[
        bool, typer.Option("--mermaid", help="As a Mermaid diagram, for a document.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Draw the assistant's state machine; no model is needed."""
    from dragoman.agents.graph import build_graph
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    drawn = build_graph().get_graph()
    if as_json:
        edges = [
            {"from": edge.source, "to": edge.target, "conditional": edge.conditional}
            for edge in drawn.edges
        ]
        print_json({"nodes": list(drawn.nodes), "edges": edges})
    elif mermaid:
        typer.echo(drawn.draw_mermaid())
    else:
        render.output().print(_picture(drawn))


def _picture(graph: Graph) -> Table:
    """One row for each step: from where, to where; nodes that go the same way share a row."""
    from rich.table import Table
    from rich.text import Text

    targets: dict[str, list[str]] = {name: [] for name in graph.nodes}
    branching = {edge.source for edge in graph.edges if edge.conditional}
    for edge in graph.edges:
        targets[edge.source].append(edge.target)
    rows: dict[tuple[str, ...], list[str]] = {}
    for name, reached in targets.items():
        if reached:
            rows.setdefault(tuple(reached), []).append(name)
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", style="bold")
    for onward, names in rows.items():
        choice = names[0] in branching
        table.add_row(
            _names(names, ", "),
            Text("┄▸" if choice else "─▸", style="cyan"),
            _names(onward, " or " if choice else ", "),
        )
    return table


def _names(names: tuple[str, ...] | list[str], separator: str) -> str:
    return separator.join(name.strip("_") for name in names)
