"""`dragoman models key` and `dragoman models usage`: services' keys, and what calls have used."""

from __future__ import annotations

from typing import Annotated

import typer

from dragoman.serving.options import (
    HomeOption,
    JsonOption,
    TenantOption,
    checked_text,
    load_settings,
)


def register(group: typer.Typer) -> None:
    """Add the commands to the group `models`."""
    group.command("key")(key_command)
    group.command("usage")(usage_command)


def usage_command(
    erase: Annotated[
        bool, typer.Option("--erase", help="Forget what --tenant has used; needs --tenant.")
    ] = False,
    tenant: TenantOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the model calls of each tenant used, day by day."""
    from rich.table import Table

    from dragoman.models.usage_ledger import UsageLedger
    from dragoman.serving import render
    from dragoman.serving.as_json import plain, print_json

    ledger = UsageLedger(load_settings(home=home).home / "usage.sqlite")
    if erase:
        erased = ledger.erase(_named(tenant))
        if as_json:
            print_json({"tenant": tenant, "erased": erased})
        else:
            render.output().print(f"Forgot {erased} entries of {tenant}.", markup=False)
        return
    rows = ledger.table(tenant)
    if as_json:
        print_json(
            [
                {"tenant": whose, "day": day, "engine": engine, **plain(spent)}
                for whose, day, engine, spent in rows
            ]
        )
        return
    table = Table("tenant", "day", "engine", "calls", "read", "cached", "written", "time", "money")
    table.box, table.header_style, table.pad_edge = None, "bold", False
    table.columns[2].overflow = "fold"
    for column in table.columns[3:]:
        column.justify = "right"
    for whose, day, engine, spent in rows:
        table.add_row(
            whose,
            day,
            engine,
            f"{spent.calls:,}",
            f"{spent.input_tokens:,}",
            f"{spent.cached_tokens:,}",
            f"{spent.output_tokens:,}",
            f"{spent.seconds:,.0f} s",
            f"{spent.money:,.4f}" if spent.money else "–",
        )
    if rows:
        render.output().print(table)
    else:
        render.notices().print("No model has been asked yet.", style="dim")


def _named(tenant: str | None) -> str:
    from dragoman.errors import InvalidInputError

    if tenant is None:  # the default tenant's record must not go because an option was forgotten
        raise InvalidInputError("Whose usage is to be forgotten?", cure="Add --tenant NAME.")
    return tenant


def key_command(
    service: Annotated[
        str,
        typer.Argument(
            metavar="SERVICE", help="For example groq or openrouter.", callback=checked_text
        ),
    ],
) -> None:
    """Keep a service's key in the system's keyring; it is asked for and not shown.

    Raises:
        ConfigurationError: there is no such service, or no keyring.
    """
    from dragoman.errors import ConfigurationError
    from dragoman.models.keys import store_key
    from dragoman.models.openai_presets import PRESETS
    from dragoman.serving import render

    known = {preset.name: preset for preset in PRESETS if preset.key_variable}
    preset = known.get(service.casefold())
    if preset is None:
        raise ConfigurationError(
            f"There is no service {service!r} with a key.", cure=f"Known: {', '.join(known)}."
        )
    key = typer.prompt(f"{preset.key_variable}, empty to remove it", default="", hide_input=True)
    store_key(preset, key.strip())
    done = "kept" if key.strip() else "removed"
    render.notices().print(f"The key of {preset.title} is {done}.")
