"""A second look at what a search found: a slower model reads question and passage together.

Off by default. What it costs and whether it helps is in `docs/memory.md`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from dragoman.errors import ConfigurationError, EngineReplyError
from dragoman.memory.passage import Passage
from dragoman.settings import Settings

DEPTH = 8
"""Passages that are read again for one question; the others keep their places behind them."""


@runtime_checkable
class Reranker(Protocol):
    """Says how well each of some passages answers a question. Safe for threads."""

    @property
    def spec(self) -> str:
        """What it is, for example ``sentence-transformers:BAAI/bge-reranker-v2-m3``."""
        ...

    def rank(self, question: str, passages: Sequence[str], /) -> list[float]:
        """A number from 0 to 1 for each of `passages`, higher is better."""
        ...


def connect_reranker(spec: str, settings: Settings) -> Reranker | None:
    """The reranker that `spec` names; None for an empty one.

    ``sentence-transformers:MODEL`` is a cross-encoder, ``judge:ENGINE`` asks an engine, for example
    ``judge:ollama:qwen3.5:4b``.

    Raises:
        ConfigurationError: `spec` is no reranker spec.
        MissingExtraError: its library is not installed.
    """
    kind, _, model = spec.strip().partition(":")
    if not kind:
        return None
    if kind == "sentence-transformers" and model:
        from dragoman.memory.rerank_cross_encoder import (  # noqa: PLC0415 - only if asked for
            CrossEncoderReranker,
        )

        return CrossEncoderReranker(model)
    if kind == "judge" and model:
        from dragoman.memory.rerank_judge import JudgeReranker  # noqa: PLC0415 - only if asked for

        return JudgeReranker.connect(model, settings)
    raise ConfigurationError(
        f"{spec!r} is not a reranker spec.",
        cure="Examples: sentence-transformers:BAAI/bge-reranker-v2-m3, judge:ollama:qwen3.5:4b; "
        "empty for none.",
    )


def rerank(reranker: Reranker, question: str, passages: Sequence[Passage]) -> list[Passage]:
    """`passages` in the order of `reranker`; what it finds equally good keeps its order.

    `Passage.score` of those that were read again is the reranker's.

    Raises:
        EngineReplyError: the reranker did not give one number from 0 to 1 for each.
    """
    again, rest = passages[:DEPTH], passages[DEPTH:]
    if not again:
        return []
    scores = reranker.rank(question, [_shown(passage) for passage in again])
    if len(scores) != len(again) or not all(math.isfinite(s) and 0 <= s <= 1 for s in scores):
        raise EngineReplyError(
            f"The reranker {reranker.spec} gave {scores!r:.80} for {len(again)} passages.",
            cure="It has to give a number from 0 to 1 for each passage.",
        )
    order = sorted(range(len(again)), key=lambda i: -scores[i])
    return [*(replace(again[i], score=float(scores[i])) for i in order), *rest]


def _shown(passage: Passage) -> str:
    above = " > ".join(passage.heading_path) or passage.title
    return f"{above}\n{passage.text}" if above else passage.text
