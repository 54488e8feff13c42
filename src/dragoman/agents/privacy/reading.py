"""What was kept with names, as people read it."""

from __future__ import annotations

from typing import TypeVar, cast

from dragoman.agents.privacy.values import changed
from dragoman.agents.privacy.vault import Vault
from dragoman.privacy import hide, restore

Kept = TypeVar("Kept")


async def remasked(vault: Vault, thread: str, written: Kept) -> Kept:
    """`written` by somebody who read the data, with the names that the thread of that key has."""
    data = await vault.of(thread)
    return cast("Kept", changed(written, lambda text: hide(text, data))) if data else written


async def unmasked(vault: Vault, thread: str, kept: Kept) -> Kept:
    """`kept`, of the thread of that key, with the data in the place of their names."""
    data = await vault.of(thread)
    return cast("Kept", changed(kept, lambda text: restore(text, data))) if data else kept
