"""Hybrid search: nearest vectors and best BM25 matches, fused into one ranking."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dragoman.languages import analyze
from dragoman.memory.lexical import best_matches
from dragoman.memory.passage import Passage
from dragoman.memory.store import Store

CANDIDATES = 50
"""How many passages each of the two sides proposes."""

DENSE_WEIGHT = 0.5
"""Share of the dense score in the fused one."""

_PASSAGE = """
SELECT chunks.number, documents.id, chunks.id, text, source, title, headings, page, start, stop,
    chunks.language, chunks.hash, metadata, vector
FROM chunks JOIN documents ON documents.number = document
"""


def search(
    store: Store, text: str, vector: npt.NDArray[np.float32], *, k: int, language: str
) -> list[Passage]:
    """The `k` passages that answer `text` best, best first.

    Args:
        store: Where to look.
        text: The question.
        vector: Its embedding, normalized.
        k: How many passages to return at most.
        language: BCP-47 tag of the question.
    """
    nearest = store.collection.nearest(vector[None, :], max(CANDIDATES, k))[0]
    with store.journal.reading() as db:
        lexical = dict(best_matches(db, analyze(text, language), max(CANDIDATES, k)))
        rows = {row[0]: row for row in _rows(db, nearest, list(lexical))}
    if not rows:
        return []
    numbers = list(rows)
    dense = np.array([float(np.frombuffer(rows[n][13], "<f4") @ vector) for n in numbers])
    sparse = np.array([lexical.get(n, 0.0) for n in numbers])
    scores = DENSE_WEIGHT * _unit_range(dense) + (1 - DENSE_WEIGHT) * _unit_range(sparse)
    order = np.argsort(-scores, kind="stable")[:k]
    return [_passage(rows[numbers[i]], float(scores[i])) for i in order]


def _unit_range(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.zeros_like(scores)


def _rows(
    db: sqlite3.Connection, ids: Sequence[str], numbers: Sequence[int]
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    if ids:
        marks = ", ".join("?" * len(ids))
        rows += db.execute(f"{_PASSAGE} WHERE chunks.id IN ({marks})", ids)
    seen = {row[0] for row in rows}
    rest = [number for number in numbers if number not in seen]
    if rest:
        marks = ", ".join("?" * len(rest))
        rows += db.execute(f"{_PASSAGE} WHERE chunks.number IN ({marks})", rest)
    return rows


def _passage(row: tuple[Any, ...], score: float) -> Passage:
    return Passage(
        document_id=row[1],
        chunk_id=row[2],
        text=row[3],
        score=score,
        source=row[4],
        title=row[5],
        heading_path=tuple(json.loads(row[6])),
        page=row[7],
        start=row[8],
        end=row[9],
        language=row[10],
        hash=row[11],
        metadata=json.loads(row[12]),
    )
