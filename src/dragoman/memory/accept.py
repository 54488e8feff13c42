"""Checks what callers hand in, before anything is stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from dragoman.errors import (
    BrokenTextError,
    EmptyQuestionError,
    InvalidInputError,
    TextTooLongError,
)
from dragoman.memory.rows import DocumentRow

MAX_RESULTS = 1000
"""Most passages that one search returns."""

_UNIT_TOLERANCE = 0.01

MAX_ID = 512
"""Longest document id, in characters."""


def check_question(text: object, *, limit: int) -> str:
    """Return `text` when it can be searched for.

    Raises:
        EmptyQuestionError: it is blank.
        TextTooLongError: it has more than `limit` characters.
        BrokenTextError: it is not valid Unicode.
    """
    if not isinstance(text, str):
        raise InvalidInputError(f"The question is {type(text).__name__}, not a string.")
    if len(text) > limit:
        raise TextTooLongError(
            f"The question has {len(text):,} characters, more than {limit:,}.",
            cure="Shorten it, or raise the setting question_characters.",
        )
    if not text.strip():
        raise EmptyQuestionError("The question is empty.", cure="Ask something.")
    return _unicode(text, "question")


def check_count(k: object) -> int:
    """Return `k` when that many passages can be asked for.

    Raises:
        InvalidInputError: it is no whole number from 1 to `MAX_RESULTS`.
    """
    if not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= MAX_RESULTS:
        raise InvalidInputError(f"k is {k!r:.40}, not a whole number from 1 to {MAX_RESULTS}.")
    return k


def check_texts(
    texts: object, ids: Sequence[object] | None, metadatas: Sequence[object] | None
) -> list[tuple[str, str | None, dict[str, Any]]]:
    """Each text with its id and its metadata.

    Raises:
        InvalidInputError: lists of different lengths, an empty text, an id twice, or metadata that
            JSON cannot hold.
        BrokenTextError: a text or an id is not valid Unicode.
    """
    if isinstance(texts, (str, bytes)) or not isinstance(texts, Sequence):
        raise InvalidInputError("texts is not a list.", cure="Pass a list of strings.")
    for name, values in (("ids", ids), ("metadatas", metadatas)):
        if values is not None and len(values) != len(texts):
            raise InvalidInputError(f"There are {len(texts)} texts but {len(values)} {name}.")
    checked_ids: list[str | None] = [_id(id_) for id_ in ids] if ids is not None else []
    if len(set(checked_ids)) != len(checked_ids):
        raise InvalidInputError("An id occurs twice in ids.")
    return [
        (
            _text(text, index),
            checked_ids[index] if checked_ids else None,
            _metadata(metadatas[index], index) if metadatas is not None else {},
        )
        for index, text in enumerate(texts)
    ]


def _text(text: object, index: int) -> str:
    if not isinstance(text, str) or not text.strip():
        raise InvalidInputError(f"texts[{index}] is empty or no text.", cure="Leave it out.")
    return _unicode(text, f"texts[{index}]")


def _id(document_id: object) -> str:
    if not isinstance(document_id, str) or not 1 <= len(document_id) <= MAX_ID:
        raise InvalidInputError(
            f"{document_id!r:.80} is not a document id: a string of 1 to {MAX_ID} characters."
        )
    return _unicode(document_id, "id")


def _metadata(metadata: object, index: int) -> dict[str, Any]:
    try:
        if not isinstance(metadata, Mapping):
            raise TypeError("it is not a mapping")  # noqa: TRY301 - one message for all of it
        # The round trip also refuses what would come back different, such as numbers as keys.
        plain = dict(metadata)
        if json.loads(json.dumps(plain, allow_nan=False)) != plain:
            raise ValueError("it would come back different")  # noqa: TRY301 - the same
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError(f"metadatas[{index}] cannot be JSON: {error}.") from error
    return plain


def _unicode(text: str, what: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BrokenTextError(
            f"The {what} is not valid Unicode at character {error.start}.",
            cure="Decode the bytes in the encoding that they are in.",
        ) from error
    return text


def check_vectors(documents: Iterable[DocumentRow], dimensions: int) -> None:
    """Make sure that every passage has a vector of `dimensions` numbers, of length 1.

    Raises:
        InvalidInputError: one has not.
    """
    for document in documents:
        for chunk in document.chunks:
            length = float(np.linalg.norm(chunk.vector))
            if chunk.vector.shape != (dimensions,) or not abs(length - 1) < _UNIT_TOLERANCE:
                raise InvalidInputError(
                    f"A vector of {document.source} has shape {chunk.vector.shape} and length "
                    f"{length:.3f}, not ({dimensions},) and 1."
                )
