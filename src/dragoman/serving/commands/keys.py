"""`dragoman keys`: who may use the server."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.serving.options import HomeOption, JsonOption, checked_text, load_settings

if TYPE_CHECKING:
    from dragoman.serving.http.keys import Key


def register(app: typer.Typer) -> None:
    """Add the group to the application."""
    group = typer.Typer(help="API keys of the server: create, list, revoke.", no_args_is_help=True)
    group.command("create")(create_command)
    group.command("list")(list_command)
    group.command("revoke")(revoke_command)
    app.add_typer(group, name="keys")


def create_command(
    tenant: Annotated[
        str,
        typer.Option("--tenant", metavar="NAME", help="Whose documents.", callback=checked_text),
    ],
    name: Annotated[
        str, typer.Option("--name", help="What you call it.", callback=checked_text)
    ] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope", help="chat, documents, approvals or admin; repeat it.  [default: chat]"
        ),
    ] = None,
    per_minute: Annotated[
        int, typer.Option("--per-minute", min=1, help="Requests in a minute.")
    ] = 120,
    tokens_a_day: Annotated[
        int | None, typer.Option("--tokens-a-day", min=1, help="Tokens in a day (UTC).")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it, once: only its hash is kept."""
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.http.keys import Keys

    secret, key = Keys(load_settings(home=home).home).create(
        tenant,
        name=name,
        scopes=scope or ("chat",),
        per_minute=per_minute,
        tokens_a_day=tokens_a_day,
    )
    if as_json:
        print_json({"key": secret, **asdict(key)})
        return
    typer.echo(secret)
    notice = f"Key {key.id} of {key.tenant} ({', '.join(key.scopes)}). It is not shown again."
    render.notices().print(notice, style="dim", markup=False)


def list_command(
    tenant: Annotated[
        str | None,
        typer.Option("--tenant", metavar="NAME", help="Only theirs.", callback=checked_text),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the keys, the revoked ones included."""
    from rich.table import Table

    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.http.keys import Keys

    found = Keys(load_settings(home=home).home).all(tenant)
    if as_json:
        print_json(found)
        return
    if not found:
        render.notices().print("No keys. Make one: dragoman keys create --tenant NAME")
        return
    columns = ("key", "tenant", "name", "scopes", "a minute", "tokens a day", "made", "state")
    table = Table(*columns, box=None, pad_edge=False)
    table.header_style = "bold"
    for key in found:
        table.add_row(*_row(key), style="dim" if key.revoked_at else "")
    render.output().print(table)


def revoke_command(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Its id, as `list` shows it.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a key; a server that runs notices within seconds."""
    from dragoman.serving import render
    from dragoman.serving.as_json import print_json
    from dragoman.serving.http.keys import Keys

    revoked = Keys(load_settings(home=home).home).revoke(key)
    if as_json:
        print_json({"revoked": revoked.id})
        return
    render.notices().print(f"Key {revoked.id} of {revoked.tenant} is revoked.", markup=False)


def _row(key: Key) -> tuple[str, ...]:
    return (
        key.id,
        key.tenant,
        key.name,
        " ".join(key.scopes),
        str(key.per_minute),
        str(key.tokens_a_day or ""),
        key.created_at[:16],
        "revoked" if key.revoked_at else "good",
    )
