"""What the nodes of the graph work with; handed to each run as LangGraph's context."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from langchain_core.messages import AIMessage

from dragoman.agents.faq import Faq
from dragoman.agents.pictures import Pictures
from dragoman.agents.privacy.guard import Open
from dragoman.agents.shortlist import Shortlist
from dragoman.agents.spec import DEFAULT_AGENT, AgentSpec
from dragoman.agents.state import ChatMessage
from dragoman.agents.support.handoffs import HandOffs
from dragoman.agents.transcript import Transcript
from dragoman.memory import Memory
from dragoman.models import Engine
from dragoman.settings import Settings
from dragoman.tools.ledger import Ledger
from dragoman.tools.registry import Registry
from dragoman.tools.results import Results


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """The parts that an assistant is made of."""

    engine: Engine
    """The model that plans and writes."""

    registry: Registry
    """The tools."""

    memory: Memory | None
    """The documents, if there are any."""

    ledger: Ledger
    """What was done to the world."""

    results: Results
    """Long results of tools."""

    transcript: Transcript
    """What was said."""

    hand_offs: HandOffs
    """Conversations that are with a person."""

    pictures: Pictures
    """The images that came with questions."""

    settings: Settings
    """Limits and defaults."""

    shortlist: Shortlist
    """Which tools are offered for a question."""

    today: Callable[[], date]
    """The date that relative dates count from."""

    now: Callable[[], datetime]
    """The present moment, from which a person's time to decide counts."""

    faq: Faq | None = None
    """Questions with a prepared answer, if there are any."""

    preamble: Sequence[ChatMessage] = field(default_factory=tuple)
    """The byte-stable beginning of every prompt."""

    lists_tools: bool = True
    """Whether the preamble lists all tools; with very many, each request lists its own."""

    reads_passages: bool = True
    """Whether the planner is shown the passages: always, unless a small model has tools of its
    user's to choose from, from which the passages would lead it away."""

    spec: AgentSpec = DEFAULT_AGENT
    """Which agent this is."""

    privacy: Open = field(default_factory=Open)
    """What stands between the turn and personal data."""

    plans_ahead: bool = False
    """Whether the model is large enough to plan with passages, references and conditions."""


def counted(usage: dict[str, int], message: AIMessage) -> dict[str, int]:
    """`usage` with one more model call."""
    seen: Mapping[str, Any] = message.usage_metadata or {}
    details: Mapping[str, Any] = seen.get("input_token_details") or {}
    new = {
        "input_tokens": seen.get("input_tokens", 0),
        "output_tokens": seen.get("output_tokens", 0),
        "cached_tokens": details.get("cache_read") or 0,
        "model_calls": 1,
    }
    return {name: usage.get(name, 0) + count for name, count in new.items()}
