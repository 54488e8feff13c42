"""Engines, embedders and the weights they need.

The names below are imported when they are first used, because some bring a large library along.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dragoman.models.catalog import CatalogEntry, Sampling, entries, find, installed
    from dragoman.models.connect import connect
    from dragoman.models.constrain import constrain, parse_constrained
    from dragoman.models.embedder import Embedder, connect_embedder
    from dragoman.models.engine import Engine
    from dragoman.models.pull import PullProgress, pull
    from dragoman.models.spec import EngineSpec

_PLACES = {
    "CatalogEntry": "catalog",
    "Embedder": "embedder",
    "Engine": "engine",
    "EngineSpec": "spec",
    "PullProgress": "pull",
    "Sampling": "catalog",
    "connect": "connect",
    "connect_embedder": "embedder",
    "constrain": "constrain",
    "entries": "catalog",
    "find": "catalog",
    "installed": "catalog",
    "parse_constrained": "constrain",
    "pull": "pull",
}

__all__ = [
    "CatalogEntry",
    "Embedder",
    "Engine",
    "EngineSpec",
    "PullProgress",
    "Sampling",
    "connect",
    "connect_embedder",
    "constrain",
    "entries",
    "find",
    "installed",
    "parse_constrained",
    "pull",
]


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
