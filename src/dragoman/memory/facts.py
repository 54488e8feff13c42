"""What a person has told us about themselves: kept with its origin, listed and erased on request.

A fact comes from the person or from an operator, never from a tool's output or a document: those
may hold anything, and what is stored here is trusted in every later turn.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from dragoman.errors import InvalidInputError
from dragoman.languages import UNDETERMINED, analyze
from dragoman.memory.journal import BUSY_SECONDS, translate_sqlite

Origin = Literal["user", "operator"]
ORIGINS: tuple[Origin, ...] = ("user", "operator")

MAX_CHARACTERS = 500
"""Longest fact: it is one sentence, not a place to smuggle a prompt into."""

RECALLED = 5
"""Most facts that a prompt is given."""

RECALLED_CHARACTERS = 600
"""Most characters of them together, some 150 to 400 tokens."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    origin TEXT NOT NULL,
    thread TEXT,
    trust REAL NOT NULL,
    stored_at TEXT NOT NULL,
    expires_at TEXT,
    UNIQUE (subject, text)
) WITHOUT ROWID
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One thing that is known about a person or a thread."""

    id: str
    """Id, to delete it by."""

    subject: str
    """Whom it is about: a user's or a thread's id."""

    text: str
    """The fact, in the words and the language that it was told in."""

    origin: Origin
    """Who said it."""

    thread: str | None
    """The thread in which it was said."""

    trust: float
    """How sure it is, 0 to 1."""

    stored_at: datetime
    """When it was stored, in UTC."""

    expires_at: datetime | None
    """When it is forgotten, in UTC; None for never."""


class Facts:
    """The facts of one tenant, in a file of their own. Safe for threads.

    Usage:
        fact = memory.facts.remember("user-7", "is allergic to nuts", thread="t1")
        memory.facts.about("user-7")
        memory.facts.erase("user-7")
    """

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Open the file at `path`, creating it when it is missing; `now` is for tests."""
        self._path = path
        self._now = now
        self._lock = threading.Lock()
        with translate_sqlite(path):
            self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
            try:
                # An erased fact is overwritten in the file, not only unlinked, and no write-ahead
                # log keeps it beside the file until the memory is closed.
                self._db.execute("PRAGMA journal_mode = DELETE")
                self._db.execute("PRAGMA secure_delete = ON")
                self._db.execute(_SCHEMA)
            except BaseException:
                self._db.close()
                raise

    def remember(
        self,
        subject: str,
        text: str,
        *,
        origin: Origin = "user",
        thread: str | None = None,
        trust: float = 1.0,
        ttl: timedelta | None = None,
    ) -> Fact:
        """Store a fact about `subject`; the same fact again renews its origin, trust and time.

        Raises:
            InvalidInputError: a blank or overlong text, or an origin other than a person.
        """
        words = " ".join(text.split())
        _check(subject, words, origin, trust)
        now = self._now()
        fact = Fact(
            id=uuid.uuid4().hex,
            subject=subject,
            text=words,
            origin=origin,
            thread=thread,
            trust=trust,
            stored_at=now,
            expires_at=now + ttl if ttl is not None else None,
        )
        expires = fact.expires_at.isoformat() if fact.expires_at else None
        with self._writing() as db:
            db.execute("DELETE FROM facts WHERE subject = ? AND text = ?", (subject, words))
            db.execute(
                "INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    fact.id,
                    subject,
                    words,
                    origin,
                    thread,
                    trust,
                    now.isoformat(),
                    expires,
                ),
            )
        return fact

    def about(self, subject: str) -> list[Fact]:
        """What is known about `subject`, oldest first, without what has expired."""
        return self._select(subject)

    def all(self) -> list[Fact]:
        """Everything that is known about anybody, without what has expired."""
        return self._select(None)

    def recall(
        self,
        subjects: str | Iterable[str],
        question: str,
        *,
        language: str = UNDETERMINED,
        limit: int = RECALLED,
        characters: int = RECALLED_CHARACTERS,
        least_trust: float = 0.5,
    ) -> list[Fact]:
        """The few facts that a prompt should hold when `question` is answered.

        All of them when they are few; else those that share words with the question, then the most
        trusted and the latest. The order is the one in which they were told, so that a prompt
        changes as little as possible from turn to turn.

        Args:
            subjects: Whom they may be about: the user's id, or that and the thread's.
            question: What is asked.
            language: BCP-47 tag of the question.
            limit: How many facts at most.
            characters: How long they may be together.
            least_trust: What is less sure than this is left out.
        """
        wanted = [subjects] if isinstance(subjects, str) else dict.fromkeys(subjects)
        known = [f for subject in wanted for f in self.about(subject) if f.trust >= least_trust]
        asked = set(analyze(question, language))

        def worth(fact: Fact) -> tuple[int, float, datetime]:
            return len(asked & set(analyze(fact.text, language))), fact.trust, fact.stored_at

        chosen: list[Fact] = []
        for fact in sorted(known, key=worth, reverse=True):
            if len(chosen) < limit and len(fact.text) <= characters:
                chosen.append(fact)
                characters -= len(fact.text)
        return sorted(chosen, key=lambda fact: (fact.stored_at, fact.id))

    def delete(self, fact_id: str) -> bool:
        """Forget one fact; returns whether there was one of that id."""
        with self._writing() as db:
            return db.execute("DELETE FROM facts WHERE id = ?", (fact_id,)).rowcount == 1

    def erase(self, subject: str) -> int:
        """Forget everything about `subject`; returns how many facts there were."""
        with self._writing() as db:
            return db.execute("DELETE FROM facts WHERE subject = ?", (subject,)).rowcount

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _select(self, subject: str | None) -> list[Fact]:
        with self._writing() as db:  # what has expired is deleted before anybody sees it
            rows = db.execute(
                "SELECT * FROM facts WHERE subject = coalesce(?, subject) ORDER BY stored_at, id",
                (subject,),
            ).fetchall()
        return [
            Fact(
                id=row[0],
                subject=row[1],
                text=row[2],
                origin=row[3],
                thread=row[4],
                trust=row[5],
                stored_at=datetime.fromisoformat(row[6]),
                expires_at=datetime.fromisoformat(row[7]) if row[7] else None,
            )
            for row in rows
        ]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, translate_sqlite(self._path), self._db:
            self._db.execute("DELETE FROM facts WHERE expires_at <= ?", (self._now().isoformat(),))
            yield self._db


def _check(subject: str, text: str, origin: str, trust: float) -> None:
    if not subject.strip():
        raise InvalidInputError("A fact needs a subject: a user's or a thread's id.")
    if not 1 <= len(text) <= MAX_CHARACTERS:
        raise InvalidInputError(f"A fact has 1 to {MAX_CHARACTERS} characters, not {len(text)}.")
    if origin not in ORIGINS:
        raise InvalidInputError(
            f"A fact cannot come from {origin!r:.40}.",
            cure="Only a user or an operator states facts; tools and documents do not.",
        )
    if not 0 <= trust <= 1:
        raise InvalidInputError(f"trust is {trust}, not between 0 and 1.")
