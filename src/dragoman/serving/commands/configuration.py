"""`dragoman config`: every setting, its value and where it came from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from pydantic import AliasChoices

from dragoman.redaction import without_secrets
from dragoman.serving.options import (
    EngineOption,
    HomeOption,
    JsonOption,
    TenantOption,
    load_settings,
)

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from dragoman.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("config")(config_command)


def config_command(
    home: HomeOption = None,
    tenant: TenantOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every setting, its value and where the value came from."""
    from rich.markup import escape
    from rich.table import Table

    from dragoman.serving import render
    from dragoman.serving.as_json import print_json

    settings = load_settings(home=home, tenant=tenant, engine=engine)
    given = {"home": home, "tenant": tenant, "engine": engine}
    origins = _origins(settings, {name for name, value in given.items() if value is not None})
    values = _shown(settings.model_dump(mode="json"))
    if as_json:
        print_json(
            {name: {"value": values[name], "origin": origins[name]} for name in sorted(values)}
        )
        return
    table = Table("setting", "value", "from", box=None, header_style="bold", pad_edge=False)
    table.columns[1].overflow = "fold"
    for name in sorted(values):
        style = "dim" if origins[name] == "default" else "bold"
        table.add_row(name, escape(str(values[name])), origins[name], style=style)
    render.output().print(table)


def _shown(value: Any) -> Any:
    """`value` without passwords in addresses; what is secret as a whole is so already."""
    if isinstance(value, dict):
        return {name: _shown(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_shown(entry) for entry in value]
    return without_secrets(value) if isinstance(value, str) else value


def _origins(settings: Settings, given: set[str]) -> dict[str, str]:
    in_file = _names_in_file()
    origins = {}
    for name, field in type(settings).model_fields.items():
        variable = next((v for v in _variables(name, field) if v in os.environ), None)
        if name in given:
            origins[name] = "option"
        elif variable is not None:
            origins[name] = variable
        elif name in in_file:
            origins[name] = "dragoman.toml"
        else:
            origins[name] = "default"
    return origins


def _variables(name: str, field: FieldInfo) -> list[str]:
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice) for choice in alias.choices if str(choice) != name]
    return [f"DRAGOMAN_{name.upper()}"]


def _names_in_file() -> set[str]:
    import tomllib

    path = Path("dragoman.toml")
    return set(tomllib.loads(path.read_text(encoding="utf-8"))) if path.is_file() else set()
