"""Embedding models on an Ollama server."""

from __future__ import annotations

from typing import Self

import numpy as np

from dragoman.errors import UnsupportedFeatureError
from dragoman.models import blocking, ollama_admin
from dragoman.models.connections import TimeLimits
from dragoman.models.embed_prompts import Prompts, prompts_for
from dragoman.models.embedder import Vectors, checked, encodable
from dragoman.models.ollama_client import open_client
from dragoman.models.ollama_hosts import split_hosts
from dragoman.settings import Settings

_BATCH = 32


class OllamaEmbedder:
    """One embedding model on one server.

    A text that is too long for the model is an error, not a vector of its beginning.

    Usage:
        embedder = OllamaEmbedder.connect("qwen3-embedding:0.6b", Settings())
        vectors = embedder.embed_queries(["반품은 며칠 안에 가능한가요?"])
    """

    def __init__(self, model: str, *, host: str, limits: TimeLimits) -> None:
        """Use `model` on `host`; the first call finds out its dimensions."""
        self.spec = f"ollama:{model}"
        self._model = model
        self._host = host
        self._limits = limits
        self._prompts = prompts_for(model) or Prompts()
        self._dimensions = 0

    @classmethod
    def connect(cls, model: str, settings: Settings) -> Self:
        """The model `model`, known to be on the server and to be an embedding model.

        Raises:
            EngineUnavailableError: the server does not answer.
            ModelNotFoundError: it does not have the model.
            UnsupportedFeatureError: the model makes no vectors.
        """
        host = split_hosts(settings.ollama_host)[0]
        card = blocking.run(lambda: ollama_admin.show(host, model))
        if card.capabilities and "embedding" not in card.capabilities:
            raise UnsupportedFeatureError(
                f"{model} on Ollama is no embedding model.",
                cure="Use one, for example ollama:qwen3-embedding:0.6b.",
            )
        return cls(model, host=host, limits=TimeLimits.of(settings))

    @property
    def dimensions(self) -> int:
        """Length of a vector; asks the server once."""
        if not self._dimensions:
            self._dimensions = self._request(["?"]).shape[1]
        return self._dimensions

    def embed_queries(self, texts: list[str], /) -> Vectors:
        """Vectors of questions.

        Raises:
            EngineError: the server failed, or a text is too long for the model.
        """
        return self._embed([self._prompts.query + text for text in encodable(texts)])

    def embed_passages(self, texts: list[str], /) -> Vectors:
        """Vectors of passages.

        Raises:
            EngineError: the server failed, or a text is too long for the model.
        """
        return self._embed([self._prompts.passage + text for text in encodable(texts)])

    def _embed(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        batches = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
        return np.concatenate([self._request(batch) for batch in batches])

    def _request(self, texts: list[str]) -> Vectors:
        body = {"model": self._model, "input": texts, "truncate": False}

        async def ask() -> object:
            async with open_client(self._host, limits=self._limits) as client:
                return (await client.fetch("POST", "/api/embed", body)).get("embeddings")

        return checked(blocking.run(ask), len(texts), source=self.spec)
