"""`dragoman mcp`: serve over MCP, and look after the MCP servers whose tools are used."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.errors import InvalidInputError, MissingExtraError
from dragoman.serving.options import (
    EngineOption,
    HomeOption,
    JsonOption,
    TenantOption,
    checked_text,
    load_settings,
)

if TYPE_CHECKING:
    from dragoman.settings import Settings
    from dragoman.tools.mcp import Definition, Offer

ServerArgument = Annotated[
    str, typer.Argument(metavar="SERVER", help="Its name in the settings.", callback=checked_text)
]


def register(app: typer.Typer) -> None:
    """Add the group to the application."""
    group = typer.Typer(help="Serve over MCP; tools of other MCP servers.")
    group.callback(invoke_without_command=True)(serve_command)
    group.command("tools")(tools_command)
    group.command("accept")(accept_command)
    app.add_typer(group, name="mcp")


def serve_command(
    ctx: typer.Context,
    http: Annotated[
        str | None,
        typer.Option(
            "--http", metavar="HOST:PORT", help="Streamable HTTP instead of standard input."
        ),
    ] = None,
    effects: Annotated[
        bool,
        typer.Option("--effects", help="Also serve tools that change the world; nobody is asked."),
    ] = False,
    home: HomeOption = None,
    tenant: TenantOption = None,
    engine: EngineOption = None,
) -> None:
    """Serve search, tools and the assistant to MCP clients, on standard input and output.

    With a command, look after the MCP servers whose tools the assistant uses.
    """
    if ctx.invoked_subcommand is not None:
        return
    from dragoman.agents.assistant import Assistant
    from dragoman.serving.sessions import open_memory

    try:
        from dragoman.serving.mcp import running
        from dragoman.serving.mcp.server import DragomanServer
    except ImportError as error:
        raise MissingExtraError(
            f"MCP needs the MCP SDK, which cannot be imported ({error}).",
            cure='Run: pip install "dragoman[mcp]"',
        ) from None

    address = running.parse_address(http) if http else None
    settings = load_settings(home=home, tenant=tenant, engine=engine)
    if not effects:
        settings = settings.model_copy(update={"mcp": settings.mcp.reading_only()})
    with (
        open_memory(settings) as memory,
        Assistant(engine=settings.engine, memory=memory, settings=settings) as assistant,
    ):
        server = DragomanServer(assistant, effects=effects).server
        if address is None:
            asyncio.run(running.serve_stdio(server))
            return
        host, port = address
        token = running.chosen_token(settings.mcp_token.get_secret_value())
        typer.echo(f"Serving MCP at http://{http_host(host)}:{port}/mcp", err=True)
        asyncio.run(running.serve_http(server, host=host, port=port, token=token))


def tools_command(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the tools of the MCP servers in the settings, and what each may do."""
    from rich.table import Table

    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    offers = asyncio.run(_offers(load_settings(home=home)))
    if as_json:
        print_json([_entry(offer) for offer in offers])
        return
    if not offers:
        render.notices().print(
            "No MCP servers. Name them in dragoman.toml: [mcp.servers.NAME].", markup=False
        )
        return
    table = Table("tool", "effect", "approval", "trusted", "what it does", box=None, pad_edge=False)
    table.header_style = "bold"
    for offer in offers:
        entry = _entry(offer)
        said = offer.problem and f"not used: {offer.problem}"
        table.add_row(
            *(str(entry[key]) for key in ("name", "effect")),
            *("yes" if entry[key] else "no" for key in ("approval", "trusted")),
            said or offer.definition.shown[:100],
            style="dim" if offer.problem else "",
        )
    render.output().print(table)


def accept_command(
    server: ServerArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Accept without asking.")] = False,
    home: HomeOption = None,
) -> None:
    """Show what a server changed in its tools since they were accepted, and accept it."""
    from dragoman.ownership import Ownership
    from dragoman.serving import render
    from dragoman.tools.mcp import Pins

    settings = load_settings(home=home)
    if server not in settings.mcp.servers:
        raise InvalidInputError(
            f"There is no MCP server {server!r} in the settings.",
            cure=f"The servers are: {', '.join(settings.mcp.servers) or 'none'}.",
        )
    only = settings.mcp.model_copy(update={"servers": {server: settings.mcp.servers[server]}})
    with Ownership(settings.home):
        offers = asyncio.run(_offers(settings.model_copy(update={"mcp": only})))
        changed = [offer.definition for offer in offers if offer.changed]
        if not changed:
            render.notices().print(f"{server}: nothing has changed.")
            return
        pins = Pins(settings.home)
        for definition in changed:
            _show_change(pins.accepted(server, definition.name), definition)
        if yes or typer.confirm("Accept?", err=True):
            pins.accept(server, changed)
            render.notices().print(f"{server}: accepted.")


def http_host(host: str) -> str:
    """A host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


async def _offers(settings: Settings) -> tuple[Offer, ...]:
    from dragoman.tools.mcp import McpTools

    async with McpTools(settings, record=False) as connected:
        return connected.offers


def _entry(offer: Offer) -> dict[str, object]:
    from dragoman.settings import McpPermission

    tool, unknown = offer.tool, McpPermission()
    return {
        "server": offer.server,
        "tool": offer.definition.name,
        "name": tool.name if tool else offer.definition.name,
        "used": tool is not None,
        "problem": offer.problem,
        "declared": offer.declared,
        "claims_to_read_only": offer.definition.read_only,
        "effect": tool.effect if tool else unknown.effect,
        "approval": tool.approval if tool else unknown.asks,
        "trusted": tool.trusted if tool else unknown.trusted,
        "timeout": tool.timeout if tool else unknown.timeout,
        "description": offer.definition.shown,
    }


def _show_change(old: Definition | None, new: Definition) -> None:
    import difflib
    import json

    from dragoman.serving import render

    def lines(definition: Definition | None) -> list[str]:
        if definition is None:
            return []
        claim = "claims to read only" if definition.read_only else "does not claim to read only"
        schema = json.dumps(definition.schema, indent=1, sort_keys=True)
        return [definition.shown, claim, *schema.splitlines()]

    console = render.output()
    console.print(f"{new.name}:", style="bold", markup=False)
    for line in difflib.unified_diff(lines(old), lines(new), "accepted", "now", lineterm=""):
        console.print(line, markup=False)
