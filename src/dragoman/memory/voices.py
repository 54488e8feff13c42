"""How much nearer to each other texts of one language lie than texts of two.

An embedder puts a question closer to any text of its own language than to the answer in another
one. How much closer is measured once for each pair of languages, with sentences that mean the same
in all of them: the replies in the language profiles. The measurement needs none of the tenant's
documents, so it holds for the first of them as well as for the thousandth.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dragoman.languages import UNDETERMINED, profile
from dragoman.memory.journal import Journal

Matrix = npt.NDArray[np.float32]


class VoiceEmbedder(Protocol):
    """The side of an embedder that a voice needs."""

    @property
    def spec(self) -> str:
        """What it is."""
        ...

    def embed_queries(self, texts: list[str], /) -> Matrix:
        """Vectors (n, d) of questions."""
        ...

    def embed_passages(self, texts: list[str], /) -> Matrix:
        """Vectors (n, d) of passages."""
        ...


@dataclass(frozen=True, slots=True)
class Voice:
    """The same few sentences in one language, as the embedder sees them."""

    queries: Matrix
    """Embedded as questions, (n, d)."""

    passages: Matrix
    """Embedded as passages, (n, d)."""


class Voices:
    """The voices of one tenant's embedder, measured when a language first occurs."""

    def __init__(self, journal: Journal, embedder: VoiceEmbedder) -> None:
        """Keep the measurements in `journal`."""
        self._journal = journal
        self._embedder = embedder
        self._known: dict[str, Voice] = {}
        self._offsets: dict[tuple[str, str], float] = {}
        self._shifts: dict[tuple[str, str], npt.NDArray[np.float32]] = {}

    def of(self, tag: str) -> Voice:
        """The voice of the language `tag`."""
        voice = self._known.get(tag) or self._stored(tag) or self._measured(tag)
        self._known[tag] = voice
        return voice

    def offset(self, question: str, passage: str) -> float:
        """How much the similarity of a question to a passage must be lowered for comparison.

        It is negative when `passage` is another language than `question`, 0 when it is the same
        or one of them is unknown. Pairs of different sentences are compared, because a sentence
        is nearer to itself than any answer is to its question.
        """
        if question == passage or UNDETERMINED in {question, passage}:
            return 0.0
        pair = question, passage
        if pair not in self._offsets:
            asked = self.of(question)
            self._offsets[pair] = _similarity(
                asked.queries, self.of(passage).passages
            ) - _similarity(asked.queries, asked.passages)
        return self._offsets[pair]

    def shift(self, question: str, passage: str) -> npt.NDArray[np.float32]:
        """What moves a question's vector from its own language's passages to another's."""
        if question == passage or UNDETERMINED in {question, passage}:
            return np.zeros(1, dtype=np.float32)
        pair = question, passage
        if pair not in self._shifts:
            self._shifts[pair] = self.of(passage).passages.mean(axis=0) - self.of(
                question
            ).passages.mean(axis=0)
        return self._shifts[pair]

    def _stored(self, tag: str) -> Voice | None:
        with self._journal.reading() as db:
            row = db.execute(
                "SELECT queries, passages, dimensions FROM voices WHERE language = ?", (tag,)
            ).fetchone()
        if row is None:
            return None
        queries, passages = (np.frombuffer(b, "<f4").reshape(-1, row[2]) for b in row[:2])
        return Voice(queries, passages)

    def _measured(self, tag: str) -> Voice:
        replies = profile(tag).replies
        texts = [
            replies.not_found,
            replies.hand_over,
            replies.please_repeat,
            replies.partial,
            replies.error,
            replies.sources_heading,
            replies.greeting,
        ]
        voice = Voice(self._embedder.embed_queries(texts), self._embedder.embed_passages(texts))
        with self._journal.writing() as db:
            # Another process may have changed the embedder meanwhile: its voices are others.
            if _filled_by(db) in {None, self._embedder.spec}:
                _store(db, tag, voice)
        return voice


def _filled_by(db: sqlite3.Connection) -> str | None:
    row = db.execute("SELECT value FROM meta WHERE key = 'embedder'").fetchone()
    return None if row is None else str(row[0])


def _store(db: sqlite3.Connection, tag: str, voice: Voice) -> None:
    queries, passages = (
        np.ascontiguousarray(matrix, dtype="<f4").tobytes()
        for matrix in (voice.queries, voice.passages)
    )
    db.execute(
        "INSERT OR REPLACE INTO voices VALUES (?, ?, ?, ?)",
        (tag, queries, passages, voice.queries.shape[1]),
    )


def _similarity(queries: Matrix, passages: Matrix) -> float:
    """The mean similarity of different sentences."""
    products = queries @ passages.T
    count = len(products)
    return float((products.sum() - np.trace(products)) / (count * (count - 1)))
