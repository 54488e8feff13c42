"""`dragoman serve`: the HTTP server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dragoman.errors import MissingExtraError
from dragoman.serving.options import EngineOption, HomeOption, TenantOption, load_settings


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("serve")(serve_command)


def serve_command(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port; 0 for any that is free.")
    ] = 8760,
    agent: Annotated[
        list[Path] | None,
        typer.Option(
            "--agent", metavar="FILE", help="YAML of an agent; repeat it, the default one first."
        ),
    ] = None,
    home: HomeOption = None,
    tenant: TenantOption = None,
    engine: EngineOption = None,
) -> None:
    """Serve the web page, the native API and one for clients of OpenAI.

    Without API keys it listens on this machine only and asks nobody who they are; --tenant says
    whose documents are meant. `dragoman keys create` makes a key.
    """
    try:
        from dragoman.serving.http import running
        from dragoman.serving.http.app import create_app
        from dragoman.serving.http.tracing import configure_tracing
    except ImportError as error:
        raise MissingExtraError(
            f"The server needs FastAPI and uvicorn, which cannot be imported ({error}).",
            cure='Run: pip install "dragoman[serve]"',
        ) from None
    from dragoman.agents.deployment import Deployment
    from dragoman.agents.spec import AgentSpec
    from dragoman.serving import render
    from dragoman.serving.bars import DownloadBar
    from dragoman.serving.commands.mcp import http_host
    from dragoman.serving.http.keys import Keys

    agents = [AgentSpec.load(path) for path in agent or ()]
    settings = load_settings(home=home, tenant=tenant, engine=engine)
    open_to_all = running.check_exposure(host, has_keys=Keys(settings.home).any())
    configure_tracing()
    with (
        running.bind(host, port) as listening,
        DownloadBar() as progress,
        Deployment(settings=settings, agents=agents, progress=progress) as deployment,
    ):
        found = deployment.engine()  # fetched if it has to be, before anybody asks
        progress.stop()
        if found.reason:
            render.notices().print(found.reason, style="dim")
        taken = listening.getsockname()[1]
        typer.echo(f"Serving at http://{http_host(host)}:{taken}", err=True)
        if open_to_all:
            typer.echo("No API keys: whoever is on this machine may ask.", err=True)
        running.serve(create_app(deployment, open_to_all=open_to_all), listening)
