"""`dragoman watch`: keeps the memory up to date with some folders until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.errors import DragomanError, InvalidInputError
from dragoman.serving.options import (
    HomeOption,
    JsonOption,
    TenantOption,
    checked_text,
    load_settings,
)

if TYPE_CHECKING:
    from dragoman.memory import IngestReport


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("watch")(watch_command)


def watch_command(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER…", help="Folders to watch.")],
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take folders in, and again whenever a file below them comes, changes or goes."""
    from dragoman.memory.watch import FolderWatch
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.commands.documents import show_remarks, summary
    from dragoman.serving.failures import defect, show
    from dragoman.serving.sessions import open_memory

    for folder in folders:
        checked_text(str(folder))
        if not folder.is_dir():
            raise InvalidInputError(f"There is no folder {folder}.")

    unreadable: set[str] = set()

    def report(done: IngestReport) -> None:
        still = {file.source for file in done.failed}
        if as_json:
            print_json(done, indent=None)
        elif _changed(done) or still - unreadable:
            render.output().print(summary(done))
            show_remarks(done)
        unreadable.clear()
        unreadable.update(still)

    def failed(error: Exception) -> None:
        show(error if isinstance(error, DragomanError) else defect(error))
        render.notices().print("It is tried again.")

    with open_memory(load_settings(home=home, tenant=tenant)) as memory:
        watch = FolderWatch(memory, folders, report=report, failed=failed)
        names = ", ".join(str(folder) for folder in folders)
        render.notices().print(f"Watching {names}. Ctrl-C ends it.")
        try:
            watch.run()
        except KeyboardInterrupt:  # how it is meant to end; what was taken in stays
            render.notices().print("\nNo longer watching.")


def _changed(report: IngestReport) -> int:
    return report.added + report.changed + report.removed
