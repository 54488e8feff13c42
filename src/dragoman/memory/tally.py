"""Counts that the search needs: passages that hold a term, passages in a language, all terms.

They change in the same transaction as the passages, so they are always right.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_PARAMETERS = 1000  # well below SQLite's limit for one statement


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """The size of a tenant's lexical index."""

    passages: int
    """Number of passages."""

    terms: int
    """Number of terms in all of them, repetitions included."""

    @property
    def average(self) -> float:
        """Terms in a passage on average, at least 1."""
        return max(1.0, self.terms / self.passages) if self.passages else 1.0


class Tally:
    """Collects what a transaction changes and writes it once at its end."""

    def __init__(self) -> None:
        """Start with no changes."""
        self._terms: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._length = 0

    def add(self, terms: Sequence[str], language: str) -> None:
        """A passage was stored."""
        self._terms.update(set(terms))
        self._languages[language] += 1
        self._length += len(terms)

    def subtract(self, terms: Sequence[str], language: str) -> None:
        """A passage was deleted."""
        self._terms.subtract(set(terms))
        self._languages[language] -= 1
        self._length -= len(terms)

    def write(self, db: sqlite3.Connection) -> None:
        """Apply the changes."""
        for table, counts in (("frequencies", self._terms), ("languages", self._languages)):
            changes = [(key, change) for key, change in counts.items() if change]
            db.executemany(
                f"INSERT INTO {table} VALUES (?, ?) "  # noqa: S608 - our own two names
                "ON CONFLICT DO UPDATE SET passages = passages + excluded.passages",
                changes,
            )
            db.executemany(
                f"DELETE FROM {table} WHERE name = ? AND passages <= 0",  # noqa: S608 - the same
                [(key,) for key, change in changes if change < 0],
            )
        db.execute("UPDATE totals SET terms = terms + ?", (self._length,))


def totals(db: sqlite3.Connection) -> Totals:
    """The size of the index."""
    passages = db.execute("SELECT coalesce(sum(passages), 0) FROM languages").fetchone()[0]
    return Totals(passages=passages, terms=db.execute("SELECT terms FROM totals").fetchone()[0])


def languages(db: sqlite3.Connection) -> dict[str, int]:
    """Passages in each language that there is."""
    return dict(db.execute("SELECT name, passages FROM languages").fetchall())


def frequencies(db: sqlite3.Connection, terms: Sequence[str]) -> dict[str, int]:
    """Passages that hold each of `terms`; terms that none holds are left out."""
    found: dict[str, int] = {}
    for at in range(0, len(terms), _PARAMETERS):  # one statement for a usual question
        some = terms[at : at + _PARAMETERS]
        marks = ", ".join("?" * len(some))
        query = f"SELECT name, passages FROM frequencies WHERE name IN ({marks})"  # noqa: S608 - marks only
        found.update(db.execute(query, some).fetchall())
    return found
