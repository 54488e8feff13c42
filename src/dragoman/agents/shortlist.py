"""Which tools a question may need, when there are more than a small model can choose from.

Tools are compared with the question by the embedder of the memory, which knows all our languages.
Each tool is one text: its name, what it does, its arguments, its hints in other languages and its
examples. A question of several sentences is compared sentence by sentence, because each may need a
tool of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from anyio.to_thread import run_sync

from dragoman.languages import sentences
from dragoman.tools import Tool
from dragoman.tools.registry import Registry

if TYPE_CHECKING:
    import numpy as np

    from dragoman.models import Embedder


class Shortlist:
    """The tools nearest to a question, all of them while they are few.

    Usage:
        shortlist = Shortlist(registry, most=8, embedder=lambda: memory.embedder)
        await shortlist.names("注文A-7はどこですか？")
    """

    def __init__(
        self, registry: Registry, *, most: int, embedder: Callable[[], Embedder] | None
    ) -> None:
        """Compare nothing yet.

        Args:
            registry: All tools.
            most: Tools that are offered at once.
            embedder: Gives the embedder when it is first needed; without one all are offered.
        """
        self._registry = registry
        self._most = most
        self._embedder = embedder
        self._vectors: np.ndarray | None = None

    @property
    def is_needed(self) -> bool:
        """Whether there are more tools than are offered at once."""
        return self._embedder is not None and len(self._registry) > self._most

    async def names(self, question: str) -> list[str]:
        """Names of the tools to offer, in the registry's order."""
        everything = [tool.name for tool in self._registry]
        if self._embedder is None or not self.is_needed:
            return everything
        embedder = await run_sync(self._embedder)
        return await run_sync(self._nearest, embedder, question, everything)

    def _nearest(self, embedder: Embedder, question: str, everything: Sequence[str]) -> list[str]:
        if self._vectors is None:
            self._vectors = embedder.embed_passages([_text(tool) for tool in self._registry])
        parts = [question[segment.start : segment.end] for segment in sentences(question, "en")]
        queries = list(dict.fromkeys([question, *parts]))
        likeness = (embedder.embed_queries(queries) @ self._vectors.T).max(axis=0)
        order = sorted(range(len(everything)), key=lambda place: (-likeness[place], place))
        kept = set(order[: self._most])
        return [name for place, name in enumerate(everything) if place in kept]


def _text(tool: Tool) -> str:
    arguments = ", ".join(tool.schema["properties"])
    lines = [f"{tool.name.replace('_', ' ')}: {tool.description} ({arguments})"]
    lines += tool.hints.values()
    lines += [example.question for example in tool.examples]
    return "\n".join(lines)
