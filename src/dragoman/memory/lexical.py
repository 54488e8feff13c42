"""The lexical side of the search: BM25 over our analyzers' terms, in SQLite's FTS5."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

MAX_TERMS = 64
"""Most terms of one question that are looked up; a longer one keeps its rarest."""


def best_matches(
    db: sqlite3.Connection, terms: Sequence[str], count: int
) -> list[tuple[int, float]]:
    """Numbers and BM25 scores of the `count` passages that fit `terms` best, best first."""
    distinct = list(dict.fromkeys(terms))
    if len(distinct) > MAX_TERMS:
        distinct = sorted(distinct, key=lambda term: frequency(db, term) or 2**60)[:MAX_TERMS]
    if not distinct:
        return []
    # Each term is a quoted string, so nothing in it is read as FTS5 syntax.
    query = " OR ".join('"' + term.replace('"', '""') + '"' for term in distinct)
    rows = db.execute(
        "SELECT rowid, -bm25(lexical) FROM lexical WHERE lexical MATCH ? "
        "ORDER BY bm25(lexical) LIMIT ?",
        (query, count),
    )
    return [(int(number), float(score)) for number, score in rows]


def frequency(db: sqlite3.Connection, term: str) -> int:
    """Number of passages that hold `term`."""
    row = db.execute("SELECT doc FROM vocabulary WHERE term = ?", (term,)).fetchone()
    return 0 if row is None else int(row[0])
