"""What an assistant works with once it is asked: storage, engine, graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from dragoman.agents.graph import AssistantGraph, build_graph
from dragoman.agents.parts import Parts
from dragoman.agents.prompts.preamble import preamble
from dragoman.agents.storage import Storage
from dragoman.memory import Memory
from dragoman.models import Engine
from dragoman.settings import Settings
from dragoman.tools.registry import Registry


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One assistant at work."""

    parts: Parts
    """What the graph's nodes work with."""

    graph: AssistantGraph
    """The compiled graph."""

    storage: Storage
    """The threads' database."""

    @classmethod
    def of(
        cls,
        storage: Storage,
        *,
        engine: Engine,
        registry: Registry,
        memory: Memory | None,
        settings: Settings,
    ) -> Self:
        """Put the parts together."""
        parts = Parts(
            engine=engine,
            registry=registry,
            memory=memory,
            ledger=storage.ledger,
            transcript=storage.transcript,
            settings=settings,
            preamble=preamble(registry),
        )
        graph = build_graph(max_steps=settings.max_steps, checkpointer=storage.saver)
        return cls(parts=parts, graph=graph, storage=storage)
