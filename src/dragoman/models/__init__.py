"""Engines, embedders and the weights they need.

The names below are imported when they are first used, because some bring a large library along.
`connect`, `constrain` and `pull` are not among them: each lives in a module of its own name, and a
package cannot hold both under one name (``from dragoman.models.connect import connect``).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dragoman.models.budget import Budget, Limits, Spent
    from dragoman.models.caller import EngineCompaction, EngineSwitch, EngineWait
    from dragoman.models.catalog import CatalogEntry, Sampling, entries, find, installed
    from dragoman.models.constrain import parse_constrained
    from dragoman.models.embedder import Embedder, connect_embedder
    from dragoman.models.engine import Engine
    from dragoman.models.pull import PullProgress
    from dragoman.models.spec import EngineSpec

_PLACES = {
    "Budget": "budget",
    "CatalogEntry": "catalog",
    "Embedder": "embedder",
    "Engine": "engine",
    "EngineCompaction": "caller",
    "EngineSpec": "spec",
    "EngineSwitch": "caller",
    "EngineWait": "caller",
    "Limits": "budget",
    "PullProgress": "pull",
    "Sampling": "catalog",
    "Spent": "budget",
    "connect_embedder": "embedder",
    "entries": "catalog",
    "find": "catalog",
    "installed": "catalog",
    "parse_constrained": "constrain",
}

__all__ = [
    "Budget",
    "CatalogEntry",
    "Embedder",
    "Engine",
    "EngineCompaction",
    "EngineSpec",
    "EngineSwitch",
    "EngineWait",
    "Limits",
    "PullProgress",
    "Sampling",
    "Spent",
    "connect_embedder",
    "entries",
    "find",
    "installed",
    "parse_constrained",
]


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
