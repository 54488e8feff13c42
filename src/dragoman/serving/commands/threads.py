"""`dragoman threads`: conversations that can be gone on with."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the group to the application."""
