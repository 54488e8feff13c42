"""`dragoman documents`: what the tenant's memory holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.errors import DocumentNotFoundError, InvalidInputError
from dragoman.serving.options import (
    GroupOption,
    HomeOption,
    JsonOption,
    PublicOption,
    TenantOption,
    as_groups,
    checked_text,
    load_settings,
)

if TYPE_CHECKING:
    from dragoman.memory import Document, Memory, MemoryView

_EXCERPT = 600

DocumentArgument = Annotated[
    str,
    typer.Argument(
        metavar="DOCUMENT", help="Id of the document, or its source.", callback=checked_text
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group to the application."""
    group = typer.Typer(help="Stored documents: list, show, delete.", no_args_is_help=True)
    group.command("list")(list_command)
    group.command("show")(show_command)
    group.command("delete")(delete_command)
    app.add_typer(group, name="documents")


def list_command(
    group: GroupOption = None,
    public: PublicOption = False,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the stored documents by source."""
    from rich.table import Table

    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.direction import isolated
    from dragoman.serving.sessions import open_memory

    with open_memory(load_settings(home=home, tenant=tenant)) as memory:
        found = _seen(memory, group, public=public).documents()
    if as_json:
        print_json(found)
        return
    if not found:
        render.notices().print("Nothing stored yet. Take documents in: dragoman ingest PATH.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("source", overflow="fold")
    table.add_column("title", overflow="fold")
    table.add_column("language", no_wrap=True)
    table.add_column("passages", justify="right")
    closed = any(document.groups for document in found)
    if closed:
        table.add_column("for", overflow="fold")
    table.add_column("stored", no_wrap=True)
    for document in found:
        remarks = " *" if document.notes else ""
        groups = [" ".join(document.groups) or "everyone"] if closed else []
        table.add_row(
            isolated(document.source) + remarks,
            isolated(document.title),
            render.badge(document.language),
            str(document.passages),
            *groups,
            f"{document.stored_at:%Y-%m-%d %H:%M}",
        )
    render.output().print(table)
    if any(document.notes for document in found):
        render.output().print("* see: dragoman documents show SOURCE", style="dim")


def show_command(
    document: DocumentArgument,
    text: Annotated[bool, typer.Option("--text", help="Show the whole text.")] = False,
    group: GroupOption = None,
    public: PublicOption = False,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a document: what is known about it, and its text as it was read."""
    from dragoman.serving import render
    from dragoman.serving.as_json import plain, print_json
    from dragoman.serving.direction import Prose, isolated, runs_right_to_left
    from dragoman.serving.sessions import open_memory

    with open_memory(load_settings(home=home, tenant=tenant)) as memory:
        seen = _seen(memory, group, public=public)
        found = _one(seen, document)
        words = seen.document_text(found.document_id) or ""
    if as_json:
        print_json({**plain(found), "text": words})
        return
    console = render.output()
    console.print(render.badge(found.language), isolated(found.title or found.source))
    console.print(
        render.key_values(
            {
                "source": isolated(found.source),
                "id": isolated(found.document_id),
                "stored": f"{found.stored_at:%Y-%m-%d %H:%M} UTC",
                "size": f"{found.characters:,} characters, {found.passages} passages",
                "hash": found.hash,
                "for": " ".join(found.groups) or "everyone",
                **{f"note {n}": note for n, note in enumerate(found.notes, 1)},
                **{name: str(value) for name, value in found.metadata.items()},
            }
        )
    )
    shown = words if text or len(words) <= _EXCERPT else words[:_EXCERPT].rstrip() + "…"
    console.print()
    console.print(Prose(text=shown, right_to_left=runs_right_to_left(found.language)))


def delete_command(
    documents: Annotated[
        list[str],
        typer.Argument(metavar="DOCUMENT…", help="Ids of documents, or their sources."),
    ],
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete documents from the memory; an ingest of a file that still exists stores it again."""
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.direction import isolated
    from dragoman.serving.sessions import open_memory

    for document in documents:
        checked_text(document)
    with open_memory(load_settings(home=home, tenant=tenant)) as memory:
        # All are looked up first: a mistyped one deletes nothing.
        found = {one.document_id: one for one in (_one(memory, name) for name in documents)}
        for document_id in found:
            memory.delete(document_id)
    deleted = [{"document_id": one.document_id, "source": one.source} for one in found.values()]
    if as_json:
        print_json({"deleted": deleted})
        return
    for one in found.values():
        render.output().print(f"Deleted {isolated(one.source)}: {one.passages} passages.")


def _seen(memory: Memory, group: list[str] | None, *, public: bool) -> Memory | MemoryView:
    """The memory as those see it whom the options name; all of it when they name nobody."""
    groups = as_groups(group, public=public)
    return memory if groups is None else memory.seen_by(groups)


def _one(memory: Memory | MemoryView, name: str) -> Document:
    """The document of that id, or the only one of that source."""
    document = memory.document(name)
    if document is not None:
        return document
    found = [one for one in memory.documents() if one.source == name]
    if not found:
        raise DocumentNotFoundError(
            f"There is no document {name!r}.", cure="See: dragoman documents list (--tenant NAME)"
        )
    if len(found) > 1:
        ids = " ".join(one.document_id for one in found)
        raise InvalidInputError(
            f"{len(found)} documents come from {name!r}.", cure=f"Name one by its id: {ids}"
        )
    return found[0]
