"""Answers that were given before, for questions that are asked again.

An answer is found again when the question is the same but for case, width, spacing and punctuation,
or when it is nearly the same: its vector lies close, and it has the same numbers, ids, signs and
words but for inflection and courtesy (`alike`). A paraphrase is another question. An answer is
forgotten when a document that it cites changes or vanishes, and when its time is over. A new
document that would answer better does not end it, which is why the time is short.

The cache cannot know what an answer was made of. **The caller decides what is put in**: only an
answer from passages, without tool calls, without facts about a person, and not in the middle of a
conversation on which it leans. Everybody of the tenant may be given it.
"""

from __future__ import annotations

import copy
import hashlib
import json
import sqlite3
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dragoman.errors import InvalidInputError
from dragoman.languages.text.normalize import fold
from dragoman.memory.alike import marks, same_words
from dragoman.memory.groups import Groups
from dragoman.memory.journal import BUSY_SECONDS, Journal, translate_sqlite

TTL = timedelta(days=1)
"""How long an answer is kept by default."""

NEAR = 0.97
"""Cosine from which two questions are compared by their words (`docs/memory.md`)."""

CAPACITY = 5_000
"""Answers that are kept; the oldest make room."""

_SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY,
    scope TEXT NOT NULL,           -- language, engine and embedder
    question TEXT NOT NULL,
    language TEXT NOT NULL,
    vector BLOB NOT NULL,
    answer TEXT NOT NULL,
    documents TEXT NOT NULL,       -- id -> hash of what it cites
    stored_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) WITHOUT ROWID
""",
    "CREATE INDEX IF NOT EXISTS answers_by_scope ON answers (scope)",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CachedAnswer:
    """An answer that was given before."""

    answer: str
    """What was put in, usually JSON."""

    question: str
    """The question that it was given to."""

    similarity: float
    """Cosine of that question and this one, 1 for the same."""

    documents: tuple[str, ...]
    """Ids of the documents that it cites; they are what they were then."""

    stored_at: datetime
    """When it was given, in UTC."""


class AnswerCache:
    """The cached answers of one tenant, in a file beside its journal. Safe for threads.

    Usage:
        cache = memory.answers
        found = cache.get(question, language="ja", engine=engine_spec)
        if found is None:
            ...  # answer it
            cache.put(question, text, language="ja", engine=engine_spec, documents=cited_ids)
    """

    def __init__(
        self,
        path: Path,
        journal: Journal,
        *,
        ttl: timedelta = TTL,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Open the file at `path`, creating it when it is missing; `now` is for tests."""
        self._path = path
        self._journal = journal
        self._ttl = ttl
        self._now = now
        self._groups: Groups = None
        self._lock = threading.Lock()
        with translate_sqlite(path):
            self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
            try:
                # As with facts: what is forgotten is overwritten, and no log keeps it.
                self._db.execute("PRAGMA journal_mode = DELETE")
                self._db.execute("PRAGMA secure_delete = ON")
                for statement in _SCHEMA:
                    self._db.execute(statement)
            except BaseException:
                self._db.close()
                raise

    def for_groups(self, groups: Iterable[str]) -> AnswerCache:
        """The same cache for people of exactly these groups.

        What they are given was made of documents that they see. It is closed with this one.
        """
        theirs = copy.copy(self)
        theirs._groups = tuple(sorted(groups))  # noqa: SLF001 - one of this class
        return theirs

    def get(
        self,
        question: str,
        *,
        language: str,
        engine: str,
        vector: npt.NDArray[np.float32] | None = None,
    ) -> CachedAnswer | None:
        """The answer to `question`, None when there is none that still holds.

        Args:
            question: The question.
            language: BCP-47 tag that the answer is to be in.
            engine: Spec of the engine that would answer.
            vector: Embedding of the question, of length 1; without it only the same question,
                spelled the same but for case, width, spacing and punctuation, is found.
        """
        scope = self._scope(language, engine)
        with self._opened() as db:
            row = db.execute(
                "SELECT key, question, answer, documents, stored_at, 1.0 FROM answers "
                "WHERE key = ?",
                (_key(scope, question, language),),
            ).fetchone()
            if row is None and vector is not None:
                row = _nearest(db, scope, question, language, vector)
            if row is None:
                return None
            key, asked, answer, documents, stored_at, similarity = row
            cited: dict[str, str] = json.loads(documents)
            if not self._holds(cited):
                db.execute("DELETE FROM answers WHERE key = ?", (key,))
                return None
        return CachedAnswer(
            answer=answer,
            question=asked,
            similarity=similarity,
            documents=tuple(cited),
            stored_at=datetime.fromisoformat(stored_at),
        )

    def put(
        self,
        question: str,
        answer: str,
        *,
        language: str,
        engine: str,
        documents: Iterable[str] | Mapping[str, str],
        vector: npt.NDArray[np.float32] | None = None,
        ttl: timedelta | None = None,
    ) -> bool:
        """Keep `answer`, in place of an earlier one; see above for what may be kept.

        Args:
            question: The question that it answers.
            answer: The answer, usually JSON with its citations.
            language: BCP-47 tag that it is in.
            engine: Spec of the engine that gave it.
            documents: Ids of the documents that it cites, at least one, or ids with the hashes
                that they had when they were read, which also catches a change meanwhile.
            vector: Embedding of the question; without it, only the same question finds it.
            ttl: How long it holds; the cache's own when None.

        Returns:
            Whether it was kept: not, when a cited document is not what it was any more.

        Raises:
            InvalidInputError: it cites nothing, so nothing could tell when it is wrong.
        """
        given = documents if isinstance(documents, Mapping) else dict.fromkeys(documents)
        if not given:
            raise InvalidInputError(
                "An answer that cites no document cannot be cached.",
                cure="Put in only answers with citations.",
            )
        cited = {id_: self._journal.hash_of(id_) for id_ in given}
        if any(now is None or given[id_] not in {None, now} for id_, now in cited.items()):
            return False
        scope, now = self._scope(language, engine), self._now()
        blob = b"" if vector is None else np.ascontiguousarray(vector, dtype="<f4").tobytes()
        row = (
            _key(scope, question, language),
            scope,
            question,
            language,
            blob,
            answer,
            json.dumps(cited),
            now.isoformat(),
            (now + (self._ttl if ttl is None else ttl)).isoformat(),
        )
        with self._opened() as db:
            db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            db.execute(
                "DELETE FROM answers WHERE key IN (SELECT key FROM answers "
                "ORDER BY stored_at DESC, key LIMIT -1 OFFSET ?)",
                (CAPACITY,),
            )
        return True

    def count(self) -> int:
        """Answers that are kept."""
        with self._opened() as db:
            return int(db.execute("SELECT count(*) FROM answers").fetchone()[0])

    def clear(self) -> int:
        """Forget all answers; returns how many there were."""
        with self._opened() as db:
            return db.execute("DELETE FROM answers").rowcount

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _scope(self, language: str, engine: str) -> str:
        # The embedder too: vectors of two embedders cannot be compared.
        audience = "" if self._groups is None else json.dumps(self._groups)
        return "\0".join((language, engine, self._journal.meta("embedder") or "", audience))

    def _holds(self, cited: Mapping[str, str]) -> bool:
        """Whether the documents are what they were, and are still seen."""
        for id_, known in cited.items():
            document = self._journal.document(id_, self._groups)
            if document is None or document.hash != known:
                return False
        return True

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with self._lock, translate_sqlite(self._path), self._db:
            now = self._now().isoformat()
            self._db.execute("DELETE FROM answers WHERE expires_at <= ?", (now,))
            yield self._db


def _nearest(
    db: sqlite3.Connection,
    scope: str,
    question: str,
    language: str,
    vector: npt.NDArray[np.float32],
) -> tuple[str, str, str, str, str, float] | None:
    """The row of the nearest question that may be taken for this one."""
    length = 4 * len(vector)
    rows = db.execute(
        "SELECT key, question, vector FROM answers WHERE scope = ? AND length(vector) = ?",
        (scope, length),
    ).fetchall()
    if not rows:
        return None
    matrix = np.frombuffer(b"".join(row[2] for row in rows), "<f4").reshape(len(rows), -1)
    cosines = matrix @ np.asarray(vector, dtype=np.float32)
    mine = marks(question)
    for i in np.argsort(-cosines):
        if cosines[i] < NEAR:
            return None
        asked = rows[i][1]
        if marks(asked) == mine and same_words(asked, question, language):
            rest = db.execute(
                "SELECT key, question, answer, documents, stored_at FROM answers WHERE key = ?",
                (rows[i][0],),
            ).fetchone()
            return (*rest, float(cosines[i]))
    return None


def _key(scope: str, question: str, language: str) -> str:
    spelled = fold(question, language)
    # Marks of vowels and tones belong to the letters before them.
    words = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in spelled).split()
    signs = " ".join(sorted(marks(question).elements()))
    return hashlib.sha256("\0".join((scope, " ".join(words), signs)).encode()).hexdigest()
