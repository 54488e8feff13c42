"""Cross-encoders of the sentence-transformers library, for those who have torch."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from dragoman.errors import EngineUnavailableError, MissingExtraError, ModelNotFoundError


class CrossEncoderReranker:
    """A cross-encoder by its name on Hugging Face, or by the folder that it lies in.

    Usage:
        memory = Memory(rerank=CrossEncoderReranker("BAAI/bge-reranker-v2-m3"))
    """

    def __init__(self, model: str) -> None:
        """Load the model, downloading it when the library has not yet done so.

        Raises:
            MissingExtraError: the library is not installed.
            ModelNotFoundError: there is no such model, or it cannot be fetched.
            EngineUnavailableError: it cannot be loaded.
        """
        try:
            from sentence_transformers import CrossEncoder  # noqa: PLC0415 - brings torch
            from torch.nn import Identity  # noqa: PLC0415 - the same
        except ImportError as error:
            raise MissingExtraError(
                f"sentence-transformers:{model} needs sentence-transformers ({error}).",
                cure='Run: pip install "dragoman[sentence-transformers]"',
            ) from None
        self.spec = f"sentence-transformers:{model}"
        try:
            self._model = CrossEncoder(model, num_labels=1)
        except OSError as error:
            raise ModelNotFoundError(
                f"The reranker {model} cannot be loaded: {str(error).splitlines()[0]}",
                cure="Check its name, and that Hugging Face or HF_ENDPOINT can be reached.",
            ) from None
        except (ValueError, RuntimeError) as error:
            raise EngineUnavailableError(
                f"The reranker {model} cannot be loaded: {str(error).splitlines()[0]}",
                cure="It has to be a complete cross-encoder with one output.",
            ) from None
        self._as_it_is = Identity()
        self._one_at_a_time = threading.Lock()  # torch modules make no promise about threads

    def rank(self, question: str, passages: Sequence[str], /) -> list[float]:
        """A number from 0 to 1 for each of `passages`."""
        if not passages:
            return []
        # Some models come with a sigmoid of their own and some without. That cannot be told from
        # the numbers, which may lie between 0 and 1 by chance, so ours is put on all of them.
        with self._one_at_a_time:
            raw = self._model.predict(
                [(question, passage) for passage in passages],
                show_progress_bar=False,
                activation_fn=self._as_it_is,
            )
        logits = np.asarray(raw, dtype=np.float64).reshape(len(passages))
        # exp of more than 709 would overflow; both ends are 0 or 1 to the last digit long before.
        return [float(score) for score in 1 / (1 + np.exp(-np.clip(logits, -60, 60)))]
