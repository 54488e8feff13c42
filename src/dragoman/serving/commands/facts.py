"""`dragoman facts`: what people told about themselves, to be seen and erased."""

from __future__ import annotations

from typing import Annotated

import typer

from dragoman.errors import FactNotFoundError, InvalidInputError
from dragoman.serving.options import (
    HomeOption,
    JsonOption,
    TenantOption,
    checked_text,
    load_settings,
)

SubjectOption = Annotated[
    str | None,
    typer.Option(
        "--subject", metavar="ID", help="Whom it is about: a user or thread.", callback=checked_text
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group to the application."""
    group = typer.Typer(help="Facts about people: list, delete.", no_args_is_help=True)
    group.command("list")(list_command)
    group.command("delete")(delete_command)
    app.add_typer(group, name="facts")


def list_command(
    subject: SubjectOption = None,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what is known about one person or thread, or about all."""
    from rich.table import Table

    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.direction import isolated
    from dragoman.serving.sessions import open_memory

    with open_memory(load_settings(home=home, tenant=tenant)) as memory:
        found = memory.facts.all() if subject is None else memory.facts.about(subject)
    if as_json:
        print_json(found)
        return
    if not found:
        render.notices().print("Nothing is known.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("about", overflow="fold")
    table.add_column("fact", overflow="fold")
    table.add_column("said by", no_wrap=True)
    table.add_column("until", no_wrap=True)
    table.add_column("id", no_wrap=True)
    for fact in found:
        until = f"{fact.expires_at:%Y-%m-%d}" if fact.expires_at else "always"
        table.add_row(isolated(fact.subject), isolated(fact.text), fact.origin, until, fact.id[:12])
    render.output().print(table)


def delete_command(
    facts: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]…", help="Ids of facts, or their first 8 letters or more."),
    ] = None,
    subject: SubjectOption = None,
    home: HomeOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget single facts, or with --subject all that is known about a person or thread."""
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.sessions import open_memory

    if bool(facts) == (subject is not None):
        raise InvalidInputError(
            "Say what to forget: ids of facts, or --subject ID for all about somebody."
        )
    with open_memory(load_settings(home=home, tenant=tenant)) as memory:
        known = memory.facts.all()
        if subject is not None:
            doomed = [fact.id for fact in known if fact.subject == subject]
            memory.facts.erase(subject)
        else:
            # All are looked up first: a mistyped one deletes nothing.
            ids = [fact.id for fact in known]
            doomed = list(dict.fromkeys(_one(ids, wanted) for wanted in facts or []))
            for fact_id in doomed:
                memory.facts.delete(fact_id)
    if as_json:
        print_json({"deleted": doomed})
    else:
        render.output().print(f"Forgot {len(doomed)} facts.")


def _one(ids: list[str], wanted: str) -> str:
    """The id that is or begins with `wanted`."""
    checked_text(wanted)
    found = [id_ for id_ in ids if id_ == wanted or (len(wanted) >= 8 and id_.startswith(wanted))]
    if len(found) != 1:
        raise FactNotFoundError(
            f"There is no fact {wanted!r}." if not found else f"{wanted!r} is not one fact only.",
            cure="See: dragoman facts list (--tenant NAME)",
        )
    return found[0]
