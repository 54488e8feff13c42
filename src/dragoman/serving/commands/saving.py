"""`dragoman backup` and `dragoman restore`: a tenant's memory as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dragoman.serving.options import (
    HomeOption,
    JsonOption,
    TenantOption,
    checked_text,
    load_settings,
)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("backup")(backup_command)
    app.command("restore")(restore_command)


def backup_command(
    file: FileArgument,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Save the tenant's documents, vectors and facts about people in one new file."""
    from dragoman.memory import Memory
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    checked_text(str(file))
    settings = load_settings(home=home, tenant=tenant)
    with Memory(settings=settings) as memory:
        memory.backup(file)
        documents = len(memory.documents())
    size = file.stat().st_size
    if as_json:
        print_json(
            {"file": str(file), "tenant": settings.tenant, "documents": documents, "bytes": size}
        )
    else:
        render.output().print(f"Saved {documents} documents in {file} ({render.size(size)}).")


def restore_command(
    file: FileArgument,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a backup the memory of a tenant that has none yet."""
    from dragoman.memory import Memory, restore_memory
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    checked_text(str(file))
    settings = load_settings(home=home, tenant=tenant)
    restore_memory(file, home=settings.home, tenant=settings.tenant)
    with Memory(settings=settings) as memory:
        documents = len(memory.documents())
    if as_json:
        print_json({"file": str(file), "tenant": settings.tenant, "documents": documents})
    else:
        render.output().print(f"Tenant {settings.tenant} has {documents} documents again.")
