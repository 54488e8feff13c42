"""Dragoman: small local models that plan, look things up and answer in the asker's language.

The public names are imported when they are first used: ``import dragoman`` itself is quick and
brings no model, no store and no server client along.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dragoman.agents.assistant import Assistant as Assistant
    from dragoman.agents.result import Answer as Answer
    from dragoman.agents.result import Citation as Citation
    from dragoman.agents.result import Decision as Decision
    from dragoman.agents.spec import AgentSpec as AgentSpec
    from dragoman.errors import DragomanError as DragomanError
    from dragoman.memory import Memory as Memory
    from dragoman.memory import Passage as Passage
    from dragoman.settings import Settings as Settings
    from dragoman.tools import Tool as Tool
    from dragoman.tools import tool as tool

__version__ = "0.1.0"

_PLACES = {
    "AgentSpec": "agents.spec",
    "Answer": "agents.result",
    "Assistant": "agents.assistant",
    "Citation": "agents.result",
    "Decision": "agents.result",
    "DragomanError": "errors",
    "Memory": "memory",
    "Passage": "memory",
    "Settings": "settings",
    "Tool": "tools",
    "tool": "tools",
}

__all__ = [*_PLACES, "__version__"]  # noqa: PLE0604 - the keys are names


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module 'dragoman' has no attribute {name!r}")
    return getattr(import_module(f"dragoman.{_PLACES[name]}"), name)
