"""The journal of record: everything that a tenant's memory knows, in one SQLite file.

Documents, passages, vectors and the lexical index change in one transaction, so that a crash
leaves all of a document or nothing of it. Chroma holds a copy of the vectors for fast search; the
two tables `unsynced` and `doomed` say what that copy still lacks, and are emptied only after
Chroma has acknowledged it. Whatever happens to Chroma, it can be rebuilt from here.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dragoman.errors import DiskFullError, MemoryStoreError
from dragoman.memory.documents import (
    SELECT_DOCUMENTS,
    delete_document,
    insert_document,
    to_document,
)
from dragoman.memory.groups import Groups, groups_for, regroup, replace_groups, visible
from dragoman.memory.passage import Document
from dragoman.memory.rows import DocumentRow
from dragoman.memory.schema import SCHEMA, SCHEMA_VERSION, UPGRADES
from dragoman.memory.tally import Tally

BUSY_SECONDS = 60.0
"""How long one process waits for another one's transaction, which takes milliseconds."""


class Journal:
    """One tenant's SQLite file: one writer and one reader connection, both safe for threads."""

    def __init__(self, path: Path) -> None:
        """Open the journal at `path`, creating it when it is missing.

        Raises:
            MemoryStoreError: the file is damaged or was written by a newer Dragoman.
            DiskFullError: there is no room for it.
        """
        self.path = path
        self._write_lock = threading.RLock()
        self._read_lock = threading.RLock()
        with translate_sqlite(path):
            self._writer = self._connect()
            try:
                self._migrate()
                self._reader = self._connect()
            except BaseException:
                self._writer.close()
                raise

    def close(self) -> None:
        """Close both connections."""
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._writer.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is stored, or nothing when an error leaves the block."""
        with self._write_lock, translate_sqlite(self.path):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.rollback()
                raise
            self._writer.commit()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A consistent view of everything committed so far."""
        with self._read_lock, translate_sqlite(self.path):
            self._reader.execute("BEGIN")
            try:
                yield self._reader
            finally:
                self._reader.rollback()

    def meta(self, key: str) -> str | None:
        """The remembered value of `key`."""
        with self.reading() as db:
            row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def remember(self, key: str, value: str) -> None:
        """Remember `value` under `key`."""
        with self.writing() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def identity(self) -> str:
        """What tells this journal from every other one, also from the backup that it was."""
        with self.writing() as db:
            db.execute("INSERT OR IGNORE INTO meta VALUES ('journal', ?)", (uuid.uuid4().hex,))
            row = db.execute("SELECT value FROM meta WHERE key = 'journal'").fetchone()
        return str(row[0])

    def put(self, documents: Iterable[DocumentRow]) -> None:
        """Store `documents` in one transaction, replacing older versions of them."""
        with self.writing() as db:
            tally = Tally()
            for document in documents:
                groups = groups_for(db, document.id, document.path, document.groups)
                keep = {row.id for row in document.chunks}
                kept = delete_document(db, tally, document.id, keep)
                insert_document(db, tally, document, kept, groups)
            tally.write(db)

    def remove(self, ids: Iterable[str]) -> int:
        """Delete documents by id in one transaction; returns how many there were."""
        with self.writing() as db:
            count = 0
            tally = Tally()
            for id_ in ids:
                found = db.execute("SELECT 1 FROM documents WHERE id = ?", (id_,)).fetchone()
                if found is not None:
                    delete_document(db, tally, id_, keep=set())
                    count += 1
            tally.write(db)
        return count

    def regroup(self, places: Sequence[Path], groups: tuple[str, ...]) -> int:
        """Give these groups to folders and files, and to all that is stored from them."""
        with self.writing() as db:
            return regroup(db, places, groups)

    def regroup_documents(self, ids: Iterable[str], groups: tuple[str, ...]) -> int:
        """Give these groups to documents; returns how many of them there are."""
        with self.writing() as db:
            rows = [
                db.execute("SELECT number FROM documents WHERE id = ?", (id_,)).fetchone()
                for id_ in ids
            ]
            numbers = [row[0] for row in rows if row is not None]
            replace_groups(db, numbers, groups)
        return len(numbers)

    def pending(self, limit: int) -> list[tuple[int, str, str, npt.NDArray[np.float32]]]:
        """Passages that Chroma lacks: number, id, language and vector."""
        with self.reading() as db:
            rows = db.execute(
                # CROSS JOIN keeps SQLite from walking all of `chunks` for what is in `unsynced`.
                "SELECT number, id, language, vector FROM unsynced "
                "CROSS JOIN chunks ON chunks.number = chunk ORDER BY chunk LIMIT ?",
                (limit,),
            ).fetchall()
        return [(number, id_, tag, np.frombuffer(blob, "<f4")) for number, id_, tag, blob in rows]

    def doomed(self, limit: int) -> list[str]:
        """Ids that Chroma must forget."""
        with self.reading() as db:
            return [row[0] for row in db.execute("SELECT id FROM doomed LIMIT ?", (limit,))]

    def synced(self, numbers: Sequence[int]) -> None:
        """Chroma has acknowledged these passages."""
        with self.writing() as db:
            db.executemany("DELETE FROM unsynced WHERE chunk = ?", [(n,) for n in numbers])

    def forgotten(self, ids: Sequence[str]) -> None:
        """Chroma has acknowledged these deletions."""
        with self.writing() as db:
            db.executemany("DELETE FROM doomed WHERE id = ?", [(id_,) for id_ in ids])

    def distrust(self, missing: Iterable[str], surplus: Iterable[str]) -> None:
        """Note what Chroma turned out to lack and to have too much."""
        with self.writing() as db:
            db.executemany(
                "INSERT OR IGNORE INTO unsynced SELECT number FROM chunks WHERE id = ?",
                [(id_,) for id_ in missing],
            )
            db.executemany("INSERT OR IGNORE INTO doomed VALUES (?)", [(id_,) for id_ in surplus])

    def count(self) -> int:
        """Number of stored passages."""
        with self.reading() as db:
            return int(db.execute("SELECT count(*) FROM chunks").fetchone()[0])

    def chunk_ids(self) -> set[str]:
        """Ids of all stored passages."""
        with self.reading() as db:
            return {row[0] for row in db.execute("SELECT id FROM chunks")}

    def vectors_of(self, document_id: str) -> dict[str, npt.NDArray[np.float32]]:
        """The vectors of a document's passages by chunk id, so that they need not be made again."""
        with self.reading() as db:
            rows = db.execute(
                "SELECT chunks.id, vector FROM chunks "
                "JOIN documents ON documents.number = document WHERE documents.id = ?",
                (document_id,),
            ).fetchall()
        return {id_: np.frombuffer(blob, "<f4") for id_, blob in rows}

    def hash_of(self, document_id: str) -> str | None:
        """The content hash of a stored document, None when there is none."""
        with self.reading() as db:
            row = db.execute("SELECT hash FROM documents WHERE id = ?", (document_id,)).fetchone()
        return None if row is None else str(row[0])

    def paths(self) -> list[tuple[str, str]]:
        """Id and path of every document that came from a file."""
        with self.reading() as db:
            return db.execute("SELECT id, path FROM documents WHERE path IS NOT NULL").fetchall()

    def documents(self, groups: Groups = None) -> list[Document]:
        """All documents that `groups` may see, by source."""
        seen, names = visible(groups, "documents.number")
        with self.reading() as db:
            rows = db.execute(f"{SELECT_DOCUMENTS} WHERE {seen} ORDER BY source, id", names)
            return [to_document(row) for row in rows.fetchall()]

    def document(self, document_id: str, groups: Groups = None) -> Document | None:
        """One document, None when there is none of that id that `groups` may see."""
        seen, names = visible(groups, "documents.number")
        with self.reading() as db:
            row = db.execute(
                f"{SELECT_DOCUMENTS} WHERE id = ? AND {seen}", (document_id, *names)
            ).fetchone()
        return None if row is None else to_document(row)

    def body(self, document_id: str, groups: Groups = None) -> str | None:
        """The extracted text of a document, None when there is none that `groups` may see."""
        seen, names = visible(groups, "documents.number")
        query = f"SELECT body FROM documents WHERE id = ? AND {seen}"  # noqa: S608 - our own condition
        with self.reading() as db:
            row = db.execute(query, (document_id, *names)).fetchone()
        return None if row is None else zlib.decompress(row[0]).decode()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # FULL: what an ingest has acknowledged survives a power cut; a commit holds many
            # passages, so the extra fsync is nothing beside embedding them.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self) -> None:
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version == SCHEMA_VERSION:
            return
        if version > SCHEMA_VERSION:
            raise MemoryStoreError(
                f"{self.path} was written by a newer Dragoman (format {version}).",
                cure="Update Dragoman, or use another data folder.",
            )
        steps = "".join(UPGRADES[n] for n in range(version, SCHEMA_VERSION)) if version else SCHEMA
        # One script, one transaction: a crash here leaves an empty file, not half a schema. The
        # caller holds the tenant's write lock, so that no other process makes it meanwhile.
        self._writer.executescript(
            f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )


@contextmanager
def translate_sqlite(path: Path) -> Iterator[None]:
    """Say what SQLite's errors mean for a person."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise DiskFullError(
                f"No room left to write {path}; nothing of this step was stored.",
                cure="Free some space and run the same command again: it goes on where it stopped.",
            ) from error
        raise MemoryStoreError(
            f"The memory's journal {path} cannot be used: {error}.",
            cure="If the file is damaged, restore a backup or delete its folder and ingest again.",
        ) from error
