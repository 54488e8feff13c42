"""Any model of the sentence-transformers library, for those who have torch."""

from __future__ import annotations

import threading

import numpy as np

from dragoman.errors import EngineUnavailableError, MissingExtraError, ModelNotFoundError
from dragoman.models.embed_prompts import Prompts, prompts_for
from dragoman.models.embedder import Vectors, checked, encodable


class SentenceTransformersEmbedder:
    """A model by its name on Hugging Face, or by the folder that it lies in.

    The prompts are the model's own where its configuration names them, else those of the table in
    `embed_prompts`.

    Usage:
        embedder = SentenceTransformersEmbedder("BAAI/bge-m3")
        vectors = embedder.embed_passages(["Die Rückgabe ist kostenlos."])
    """

    def __init__(self, model: str) -> None:
        """Load the model, downloading it when the library has not yet done so.

        Raises:
            MissingExtraError: the library is not installed.
            ModelNotFoundError: there is no such model, or it cannot be fetched.
            EngineUnavailableError: it cannot be loaded.
        """
        try:
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - brings torch
        except ImportError as error:
            raise MissingExtraError(
                f"sentence-transformers:{model} needs sentence-transformers ({error}).",
                cure='Run: pip install "dragoman[sentence-transformers]"',
            ) from None
        self.spec = f"sentence-transformers:{model}"
        try:
            self._model = SentenceTransformer(model)
        except OSError as error:
            raise ModelNotFoundError(
                f"The model {model} cannot be loaded: {str(error).splitlines()[0]}",
                cure="Check its name, and that Hugging Face or HF_ENDPOINT can be reached.",
            ) from None
        except (ValueError, RuntimeError) as error:
            raise EngineUnavailableError(
                f"The model {model} cannot be loaded: {str(error).splitlines()[0]}",
                cure="It may need a newer sentence-transformers.",
            ) from None
        self._prompts = _prompts(model, dict(self._model.prompts or {}))
        self._one_at_a_time = threading.Lock()  # torch modules make no promise about threads
        self.dimensions = int(self.embed_queries(["?"]).shape[1])

    def embed_queries(self, texts: list[str], /) -> Vectors:
        """Vectors of questions."""
        return self._embed(texts, self._prompts.query)

    def embed_passages(self, texts: list[str], /) -> Vectors:
        """Vectors of passages."""
        return self._embed(texts, self._prompts.passage)

    def _embed(self, texts: list[str], prompt: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        with self._one_at_a_time:
            vectors = self._model.encode(
                # An empty prompt, not None, for which the library would take its default one.
                encodable(texts),
                prompt=prompt,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return checked(vectors, len(texts), source=self.spec)


def _prompts(model: str, own: dict[str, str]) -> Prompts:
    query = own.get("query") or ""
    passage = own.get("document") or own.get("passage") or ""
    if query or passage:
        return Prompts(query=query, passage=passage)
    return prompts_for(model) or Prompts()
