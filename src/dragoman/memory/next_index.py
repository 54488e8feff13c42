"""The index that a re-embedding builds inside the journal, beside the one that is in use.

A row of it holds the new vector and the new lexical terms of one passage. A passage that is deleted
or replaced meanwhile takes its row with it, so what has no row is what still has to be done, after
a crash as well.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dragoman.languages import analyze
from dragoman.memory.filling import ANALYSIS, remember_filling
from dragoman.memory.journal import Journal
from dragoman.memory.prepare import embedder_input
from dragoman.memory.tally import Tally

_CREATE = """
CREATE TABLE IF NOT EXISTS next_index (
    chunk INTEGER PRIMARY KEY REFERENCES chunks (number) ON DELETE CASCADE,
    terms BLOB NOT NULL,
    vector BLOB NOT NULL,
    fed INTEGER NOT NULL DEFAULT 0     -- whether the new collection has acknowledged it
)
"""
_MISSING = """
SELECT chunks.number, chunks.id, title, headings, chunks.language, text, chunks.vector
FROM chunks JOIN documents ON documents.number = document
WHERE chunks.number > ? AND NOT EXISTS (SELECT 1 FROM next_index WHERE chunk = chunks.number)
ORDER BY chunks.number LIMIT ?
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A passage that the new index lacks."""

    number: int
    """Its number in the journal."""

    id: str
    """Its id."""

    input: str
    """What an embedder reads of it."""

    terms: str
    """What the lexical index reads of it, with the analyzers of today."""

    vector: npt.NDArray[np.float32]
    """Its vector in the index in use."""


class NextIndex:
    """The half-built index of one journal."""

    def __init__(self, journal: Journal) -> None:
        """Build inside `journal`."""
        self._journal = journal

    def begin(self, embedder: str) -> str | None:
        """Start or go on; returns the embedder of another unfinished one, which was thrown away."""
        target = f"{ANALYSIS} {embedder}"
        with self._journal.writing() as db:
            row = db.execute("SELECT value FROM meta WHERE key = 'next'").fetchone()
            if row is not None and row[0] != target:
                db.execute("DROP TABLE IF EXISTS next_index")
            db.execute(_CREATE)
            db.execute("INSERT OR REPLACE INTO meta VALUES ('next', ?)", (target,))
        before = None if row is None else str(row[0]).partition(" ")[2]
        return before if before != embedder else None

    def done(self) -> int:
        """Passages that it holds already."""
        with self._journal.reading() as db:
            return int(db.execute("SELECT count(*) FROM next_index").fetchone()[0])

    def missing(self, after: int, limit: int) -> list[Waiting]:
        """Passages that it lacks, by number, from the one after `after`."""
        with self._journal.reading() as db:
            rows = db.execute(_MISSING, (after, limit)).fetchall()
        found = []
        for number, id_, title, headings, language, text, vector in rows:
            shown = embedder_input(title, json.loads(headings), text)
            found.append(
                Waiting(
                    number=number,
                    id=id_,
                    input=shown,
                    terms=" ".join(analyze(shown, language)),
                    vector=np.frombuffer(vector, "<f4"),
                )
            )
        return found

    def add(self, passages: Sequence[Waiting], vectors: npt.NDArray[np.float32]) -> None:
        """Keep the new vectors of `passages`, except of those that were replaced meanwhile."""
        with self._journal.writing() as db:
            db.executemany(
                "INSERT OR REPLACE INTO next_index (chunk, terms, vector) "
                "SELECT number, ?, ? FROM chunks WHERE number = ? AND id = ?",
                [
                    (
                        zlib.compress(passage.terms.encode()),
                        np.ascontiguousarray(vector, dtype="<f4").tobytes(),
                        passage.number,
                        passage.id,
                    )
                    for passage, vector in zip(passages, vectors, strict=True)
                ],
            )

    def unfed(self, limit: int) -> list[tuple[int, str, npt.NDArray[np.float32]]]:
        """Number, id and vector of passages that the new collection may lack."""
        with self._journal.reading() as db:
            rows = db.execute(
                "SELECT chunk, id, next_index.vector FROM next_index "
                "JOIN chunks ON chunks.number = chunk WHERE NOT fed ORDER BY chunk LIMIT ?",
                (limit,),
            ).fetchall()
        return [(number, id_, np.frombuffer(blob, "<f4")) for number, id_, blob in rows]

    def fed(self, numbers: Sequence[int]) -> None:
        """The new collection has acknowledged these."""
        with self._journal.writing() as db:
            db.executemany("UPDATE next_index SET fed = 1 WHERE chunk = ?", [(n,) for n in numbers])

    def distrust(self, ids: Sequence[str]) -> None:
        """The new collection turned out to lack these."""
        with self._journal.writing() as db:
            db.executemany(
                "UPDATE next_index SET fed = 0 "
                "WHERE chunk = (SELECT number FROM chunks WHERE id = ?)",
                [(id_,) for id_ in ids],
            )

    def switch(self, *, embedder: str, dimensions: int, vectors: str, retired: str) -> None:
        """Make it the index in use, in one transaction.

        Args:
            embedder: What made the new vectors.
            dimensions: Their length.
            vectors: Identity of the collection that holds them.
            retired: Name of the collection that nobody needs any more, empty for none.
        """
        with self._journal.writing() as db:
            analysis = db.execute("SELECT value FROM meta WHERE key = 'analysis'").fetchone()
            db.execute(
                "UPDATE chunks SET (terms, vector) = "
                "(SELECT terms, vector FROM next_index WHERE chunk = chunks.number)"
            )
            if analysis is None or analysis[0] != ANALYSIS:
                _index_terms(db)
            remember_filling(db, embedder, dimensions)
            db.execute("INSERT OR REPLACE INTO meta VALUES ('vectors', ?)", (vectors,))
            if retired:
                db.execute("INSERT OR REPLACE INTO meta VALUES ('retired', ?)", (retired,))
            db.execute("DELETE FROM meta WHERE key = 'next'")
            for table in ("voices", "unsynced", "doomed"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own three names
            db.execute("DROP TABLE next_index")


def _index_terms(db: sqlite3.Connection) -> None:
    """Fill the lexical index and its counts from the terms of the passages."""
    db.execute("INSERT INTO lexical (lexical) VALUES ('delete-all')")
    db.execute("DELETE FROM frequencies")
    db.execute("DELETE FROM languages")
    db.execute("UPDATE totals SET terms = 0")
    tally = Tally()
    for number, language, packed in db.execute("SELECT number, language, terms FROM chunks"):
        terms = zlib.decompress(packed).decode()
        tally.add(terms.split(), language)
        db.execute("INSERT INTO lexical (rowid, terms) VALUES (?, ?)", (number, terms))
    tally.write(db)
