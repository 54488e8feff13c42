"""Hybrid search over passages in many languages."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from dragoman.errors import IndexChangedError
from dragoman.languages import UNDETERMINED, analyze
from dragoman.memory.copies import without_copies
from dragoman.memory.fuse import fuse, to_unit
from dragoman.memory.groups import Groups, any_restricted, visible
from dragoman.memory.lexical import best_matches, evidence, weigh
from dragoman.memory.passage import Passage
from dragoman.memory.seen import nearest_seen
from dragoman.memory.store import Store
from dragoman.memory.tally import Totals, frequencies, languages, totals
from dragoman.memory.translations import own_language_first
from dragoman.memory.vectors import VectorCollection
from dragoman.memory.voices import Voices

CANDIDATES = 20
"""Passages that the vectors and the terms propose each; 10 gave the same first hits."""

OTHERS = 20
"""Passages that the vectors propose in each other language."""

COPIES = 10
"""Passages read beyond those that are wanted, to take the place of copies among them."""

MAX_LANGUAGES = 12
"""Other languages that are looked into, the largest first."""

LEXICAL_OTHERS = 5
"""Passages of each other language whose terms are compared: names and numbers may be shared."""

_Row = tuple[Any, ...]
_NUMBER, _LANGUAGE, _VECTOR, _TERMS = range(4)
# What the candidates, some 150 of them, are compared by; the rest is read of the few that win.
_CANDIDATE = "SELECT number, language, vector, terms FROM chunks"
_PASSAGE = """
SELECT chunks.number, documents.id, chunks.id, text, source, title, headings, page, start, stop,
    chunks.language, chunks.hash, metadata
FROM chunks JOIN documents ON documents.number = document
"""


def search(
    store: Store,
    voices: Voices,
    text: str,
    vector: npt.NDArray[np.float32],
    *,
    k: int,
    language: str,
    groups: Groups = None,
) -> list[Passage]:
    """The `k` passages that answer `text` best, best first.

    Args:
        store: Where to look.
        voices: How far languages lie apart for the embedder.
        text: The question.
        vector: Its embedding, normalized.
        k: How many passages to return at most.
        language: BCP-47 tag of the question.
        groups: Groups of whoever is asking; None sees everything.
    """
    collection = store.collection
    with store.journal.reading() as db:
        size = totals(db)
        present = languages(db)
        limited = groups if groups is not None and any_restricted(db) else None
    if not size.passages:
        return []
    others = [tag for tag in sorted(present, key=lambda tag: -present[tag]) if tag != language]
    others = _comparable(others, language)[:MAX_LANGUAGES]
    # Without the moved questions, a mixed index proposes passages of the question's language only.
    moved = np.stack([vector, *(vector + voices.shift(language, tag) for tag in others)])
    count = max(CANDIDATES, k)
    # Chroma and FTS5 take about as long as each other, and each leaves Python's lock meanwhile.
    with ThreadPoolExecutor(max_workers=1) as aside:
        lexical_side = aside.submit(_matching, store, analyze(text, language), size, count, limited)
        nearest = _nearest(store, moved, count, limited)
        weights, matching = lexical_side.result()
    with store.journal.reading() as db:
        _require_same(db, collection)
        # A passage whose number was given to another one meanwhile is judged as that other one.
        rows = _rows(db, nearest, matching, groups)
    if not rows:
        return []
    vectors = np.stack([np.frombuffer(row[_VECTOR], "<f4") for row in rows])
    similarity = vectors @ vector
    tags = [row[_LANGUAGE] for row in rows]
    offsets = {tag: voices.offset(language, tag) if others else 0.0 for tag in set(tags)}
    adjusted = similarity.astype(np.float64) - np.array([offsets[tag] for tag in tags])
    kin = {tag: _kin(tag, language) for tag in set(tags)}
    own = np.array([kin[tag] for tag in tags])
    compared = _worth_comparing(rows, adjusted, own, matching)
    lexical = np.array(
        [
            evidence(zlib.decompress(row[_TERMS]).decode().split(" "), weights, size.average)
            if worth
            else 0.0
            for row, worth in zip(rows, compared, strict=True)
        ]
    )
    fused = fuse(adjusted, lexical, tags, own)
    if others:
        fused = own_language_first(
            fused, vectors, tags, own, lambda tag: voices.shift(tag, language)
        )
    units = to_unit(fused)
    order = np.argsort(-fused, kind="stable")[: k + COPIES]
    with store.journal.reading() as db:
        numbers = [rows[i][_NUMBER] for i in order]
        found = {row[0]: row for row in _select(db, _PASSAGE, "chunks.number", numbers, groups)}
    # A passage that was deleted or closed since it was compared is no answer any more.
    ranked = (
        _passage(found[number], float(units[i]))
        for i, number in zip(order, numbers, strict=True)
        if number in found
    )
    return without_copies(ranked)[:k]


def _comparable(tags: Iterable[str], language: str) -> list[str]:
    """Languages that the question can be moved to: none when its own is unknown."""
    return [tag for tag in tags if UNDETERMINED not in {tag, language}]


def _kin(tag: str, language: str) -> bool:
    """Whether two languages share their words, so that lexical evidence can be expected."""
    same = {"yue": "zh", "ms": "id"}
    mine, yours = (t.split("-")[0] for t in (language, tag))
    return UNDETERMINED in {mine, yours} or same.get(mine, mine) == same.get(yours, yours)


def _nearest(store: Store, moved: npt.NDArray[np.float32], count: int, groups: Groups) -> list[str]:
    """Ids of the nearest passages: to the question, and to it as if asked in each other language.

    Args:
        store: Where to look.
        moved: The question's vector, and as it would be in each other language.
        count: How many for the question itself.
        groups: Who is looking, where there is anything that not everyone may see.
    """
    wanted = max(count, OTHERS)
    if groups is None:
        found = store.collection.nearest(moved, wanted)
    else:
        found = nearest_seen(store.journal, store.collection, moved, wanted, groups)
    nearest = dict.fromkeys(found[0][:count])
    for ids in found[1:]:
        nearest.update(dict.fromkeys(ids[:OTHERS]))
    return list(nearest)


def _matching(
    store: Store, terms: Iterable[str], size: Totals, count: int, groups: Groups
) -> tuple[dict[str, float], list[int]]:
    """The weight of each of a question's terms, and the passages that match them best."""
    distinct = list(dict.fromkeys(terms))
    with store.journal.reading() as db:
        held = frequencies(db, distinct)
        weights = weigh(held, distinct, size)
        return weights, best_matches(db, weights, held, count, groups)


def _worth_comparing(
    rows: Sequence[_Row],
    similarity: npt.NDArray[np.float64],
    own: npt.NDArray[np.bool_],
    matching: Sequence[int],
) -> list[bool]:
    """Which candidates' terms are read: reading all of them would be most of a search's time."""
    matched = set(matching)
    taken: dict[str, int] = {}
    worth = [False] * len(rows)
    for i in np.argsort(-similarity):
        tag = rows[i][_LANGUAGE]
        taken[tag] = taken.get(tag, 0) + 1
        worth[i] = bool(own[i]) or rows[i][_NUMBER] in matched or taken[tag] <= LEXICAL_OTHERS
    return worth


def _require_same(db: sqlite3.Connection, collection: VectorCollection) -> None:
    """The rows that are read now hold the vectors that were searched, not those of a new index."""
    row = db.execute("SELECT value FROM meta WHERE key = 'vectors'").fetchone()
    if row is None or row[0] != collection.identity:
        raise IndexChangedError(
            "The index was built anew during this search.", cure="Search once more."
        )


def _rows(
    db: sqlite3.Connection, ids: Sequence[str], numbers: Sequence[int], groups: Groups
) -> list[_Row]:
    rows = {row[_NUMBER]: row for row in _select(db, _CANDIDATE, "id", ids, groups)}
    rest = [number for number in numbers if number not in rows]
    return [*rows.values(), *_select(db, _CANDIDATE, "number", rest, groups)]


def _select(
    db: sqlite3.Connection,
    query: str,
    column: str,
    values: Sequence[str] | Sequence[int],
    groups: Groups,
) -> list[_Row]:
    if not values:
        return []
    marks = ", ".join("?" * len(values))
    seen, names = visible(groups, "chunks.document")
    return db.execute(
        f"{query} WHERE {column} IN ({marks}) AND {seen}", (*values, *names)
    ).fetchall()


def _passage(row: _Row, score: float) -> Passage:
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
