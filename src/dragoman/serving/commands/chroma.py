"""`dragoman chroma`: Chroma as a server, so that many processes share one memory."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.errors import MemoryServerError
from dragoman.serving.options import HomeOption, JsonOption, checked_text, load_settings

if TYPE_CHECKING:
    from dragoman.memory.chroma_process import ChromaProcess

RESTARTS = 3
"""Times that a server that dies is started again within a minute."""

_MINUTE = 60.0


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("chroma")(chroma_command)


def chroma_command(
    host: Annotated[
        str,
        typer.Option(
            "--host",
            help="Address to listen on. The server asks nobody for a password.",
            callback=checked_text,
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 for any.")] = 8000,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run Chroma as a server until Ctrl-C, so that many processes use one memory."""
    from dragoman.memory.chroma_process import ChromaProcess
    from dragoman.memory.sharing import FolderUse
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    folder = load_settings(home=home).home.resolve()
    use = FolderUse(folder, alone=False)
    try:
        with ChromaProcess(folder / "memory" / "chroma", host=host, port=port) as process:
            if as_json:
                print_json({"url": process.url, "folder": str(process.folder)})
            else:
                render.output().print(f"Chroma listens on {process.url}. Ctrl-C ends it.")
                render.notices().print(f"The others need: export DRAGOMAN_CHROMA_URL={process.url}")
            supervise(process)
    finally:
        use.release()


def supervise(process: ChromaProcess) -> None:
    """Start the server again when it dies, until it does so too often.

    Raises:
        MemoryServerError: it died again and again.
    """
    from dragoman.serving import render

    deaths: list[float] = []
    while True:
        code = process.wait(1.0)
        if code is None:
            continue
        now = time.monotonic()
        deaths = [at for at in deaths if now - at < _MINUTE] + [now]
        if len(deaths) > RESTARTS:
            raise MemoryServerError(
                f"The Chroma server died {len(deaths)} times within a minute (exit code {code}).",
                cure=f"Its messages are in {_log(process.folder)}.",
            )
        render.notices().print(f"The Chroma server ended (exit code {code}); starting it again.")
        process.start()


def _log(folder: Path) -> Path:
    return folder.with_name(folder.name + ".server.log")
