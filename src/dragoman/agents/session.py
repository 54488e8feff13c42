"""What an assistant works with once it is asked: storage, engine, graph."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from dragoman.agents.faq import Faq
from dragoman.agents.graph import AssistantGraph, build_graph
from dragoman.agents.native import native_preamble
from dragoman.agents.parts import Parts
from dragoman.agents.privacy.policy import finder
from dragoman.agents.prompts.preamble import BUILT_IN, preamble
from dragoman.agents.shortlist import Shortlist
from dragoman.agents.spec import AgentSpec
from dragoman.agents.storage import Storage
from dragoman.languages import estimate_tokens
from dragoman.memory import Memory
from dragoman.models import Embedder, Engine
from dragoman.privacy.mask import Find
from dragoman.settings import Settings
from dragoman.tools.registry import Registry

_PLANS_AHEAD_BILLIONS = 3.0
"""Billions of parameters from which a model plans with passages, references and conditions. Smaller
ones are led away from the right tool by passages, and plan one step better than several."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One assistant at work."""

    parts: Parts
    """What the graph's nodes work with."""

    graph: AssistantGraph
    """The compiled graph."""

    storage: Storage
    """The threads' database."""

    find: Find | None = None
    """What finds the personal data that the agent's policy masks; None where it masks none."""

    @classmethod
    def of(  # noqa: PLR0913 - what an assistant is made of
        cls,
        storage: Storage,
        *,
        engine: Engine,
        registry: Registry,
        memory: Memory | None,
        settings: Settings,
        today: Callable[[], date],
        now: Callable[[], datetime],
        embedder: Callable[[], Embedder] | None,
        spec: AgentSpec,
    ) -> Self:
        """Put the parts together.

        Args:
            storage: The threads' database.
            engine: The model.
            registry: The tools.
            memory: The documents, if there are any.
            settings: Limits and defaults.
            today: The date that relative dates count from.
            now: The present moment.
            embedder: Gives the embedder that tools are shortlisted with, if there is one.
            spec: Which agent this is.
        """
        shortlist = Shortlist(registry, most=settings.shortlist, embedder=embedder)
        # A model that the catalog does not know sits behind an API, and is not a small one.
        size = engine.entry.parameters if engine.entry is not None else math.inf
        ahead = size >= _PLANS_AHEAD_BILLIONS
        lists_tools = settings.planner_strategy == "native" or (
            not shortlist.is_needed
            or estimate_tokens(registry.render()) <= engine.context_tokens // 4
        )
        reads = ahead or all(tool.name in BUILT_IN for tool in registry)
        parts = Parts(
            engine=engine,
            registry=registry,
            memory=memory,
            ledger=storage.ledger,
            results=storage.results,
            transcript=storage.transcript,
            hand_offs=storage.hand_offs,
            pictures=storage.pictures,
            settings=settings,
            shortlist=shortlist,
            today=today,
            now=now,
            preamble=native_preamble()
            if settings.planner_strategy == "native"
            else preamble(registry, lists_tools=lists_tools, ahead=ahead, reads=reads),
            reads_passages=reads,
            lists_tools=lists_tools,
            spec=spec,
            faq=Faq.load(path) if (path := spec.faq_path() or settings.faq_file) else None,
            plans_ahead=ahead,
        )
        graph = build_graph(checkpointer=storage.saver)
        find = finder(spec.privacy or settings.privacy)
        return cls(parts=parts, graph=graph, storage=storage, find=find)
