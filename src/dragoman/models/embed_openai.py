"""Embedding models behind OpenAI's interface: vLLM, LM Studio, llama.cpp's server, services."""

from __future__ import annotations

from typing import Self

import numpy as np
import openai

from dragoman.errors import (
    ConfigurationError,
    EngineError,
    EngineTimeoutError,
    EngineUnavailableError,
)
from dragoman.models.embed_prompts import Prompts, prompts_for
from dragoman.models.embedder import Vectors, checked, encodable
from dragoman.models.keys import key_of
from dragoman.models.openai_presets import preset_for
from dragoman.models.spec import EngineSpec
from dragoman.settings import Settings

_BATCH = 32


class OpenAIEmbedder:
    """One embedding model on one server.

    Usage:
        embedder = OpenAIEmbedder.connect("BAAI/bge-m3@http://127.0.0.1:8000/v1", Settings())
    """

    def __init__(self, model: str, *, url: str, key: str, seconds: float, retries: int = 2) -> None:
        """Use `model` at `url`; the first call finds out its dimensions.

        `seconds` limits a request; `retries` is for a server that is busy or cannot be reached.
        """
        self.spec = f"openai:{model}@{url}"
        self._model = model
        self._client = openai.OpenAI(
            base_url=url, api_key=key, timeout=seconds, max_retries=retries
        )
        self._prompts = prompts_for(model) or Prompts()
        self._dimensions = 0

    @classmethod
    def connect(cls, address: str, settings: Settings) -> Self:
        """The model and server that `address` names, as ``MODEL@URL`` or ``MODEL@PRESET``.

        Raises:
            ConfigurationError: there is no address, or the service's key is nowhere to be found.
        """
        spec = EngineSpec.parse(f"openai:{address}")
        preset = preset_for(spec.url)
        url = spec.url.removeprefix(f"{preset.name}+") if "://" in spec.url else preset.base_url
        if not url:
            raise ConfigurationError(
                f"{spec.url!r} is neither an address nor the name of a known service.",
                cure="Write openai:MODEL@URL with http:// or https://.",
            )
        key = key_of(preset)
        return cls(spec.model, url=url, key=key or "none", seconds=settings.first_token_seconds)

    @property
    def dimensions(self) -> int:
        """Length of a vector; asks the server once."""
        if not self._dimensions:
            self._dimensions = self._request(["?"]).shape[1]
        return self._dimensions

    def embed_queries(self, texts: list[str], /) -> Vectors:
        """Vectors of questions.

        Raises:
            EngineError: the server failed.
        """
        return self._embed([self._prompts.query + text for text in encodable(texts)])

    def embed_passages(self, texts: list[str], /) -> Vectors:
        """Vectors of passages.

        Raises:
            EngineError: the server failed.
        """
        return self._embed([self._prompts.passage + text for text in encodable(texts)])

    def _embed(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        batches = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
        return np.concatenate([self._request(batch) for batch in batches])

    def _request(self, texts: list[str]) -> Vectors:
        try:
            reply = self._client.embeddings.create(
                model=self._model, input=texts, encoding_format="float"
            )
        except openai.APITimeoutError:
            raise EngineTimeoutError(
                f"{self.spec} did not answer in time.", cure="Raise DRAGOMAN_FIRST_TOKEN_SECONDS."
            ) from None
        except openai.APIConnectionError as error:
            raise EngineUnavailableError(
                f"{self.spec} cannot be reached ({error.__cause__ or error}).",
                cure="Check the address and that the server runs.",
            ) from None
        except openai.APIError as error:
            raise EngineError(
                f"{self.spec} failed: {error.message}", cure="Check the model's name and the key."
            ) from None
        rows = [item.embedding for item in sorted(reply.data, key=lambda item: item.index)]
        return checked(rows, len(texts), source=self.spec)
