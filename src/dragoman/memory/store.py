"""One tenant's store: the journal, and Chroma kept equal to it.

Order of every change: (1) one SQLite transaction holds documents, passages, vectors, lexical terms
and the note of what Chroma lacks; (2) Chroma is told; (3) the note is crossed out. A crash between
any two of them leaves the note, and the next open does (2) and (3) again, which is harmless
because both are idempotent. Reading starts from Chroma or from the lexical index but ends in the
journal, so that a vector without a passage is never seen.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from dragoman.errors import DiskFullError, EmbedderMismatchError, MemoryStoreError
from dragoman.memory.facts import Facts
from dragoman.memory.journal import Journal
from dragoman.memory.rows import DocumentRow
from dragoman.memory.tenancy import collection_name, folder_name, validate_tenant
from dragoman.memory.vectors import VectorClient, VectorCollection
from dragoman.ownership import Ownership

SYNC_BATCH = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """What had to be put right when a store was opened or checked."""

    added: int
    """Vectors that Chroma lacked."""

    deleted: int
    """Vectors that Chroma had too much."""


class Store:
    """The store of one tenant in one data folder; opened once per process and shared."""

    _guard: ClassVar[threading.RLock] = threading.RLock()
    _open: ClassVar[dict[tuple[Path, str], Store]] = {}
    _clients: ClassVar[dict[Path, tuple[VectorClient, int]]] = {}

    def __init__(self, home: Path, tenant: str) -> None:
        """Use `Store.open`, which shares what this process has open already."""
        self.home = home
        self.tenant = tenant
        self.repaired = Repair(added=0, deleted=0)
        self.folder = home / "memory" / folder_name(tenant)
        self._holders = 1
        self._sync_lock = threading.RLock()
        self._collection: VectorCollection | None = None
        self._ownership = Ownership(home)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.journal = Journal(self.folder / "journal.sqlite3")
            try:
                self.facts = Facts(self.folder / "facts.sqlite3")
            except BaseException:
                self.journal.close()
                raise
        except BaseException:
            self._ownership.release()
            raise

    @classmethod
    def open(cls, home: Path, tenant: str) -> Self:
        """The store of `tenant` below `home`; call `close` once for every `open`.

        Raises:
            InvalidTenantError: `tenant` is not a plain identifier.
            DataFolderLockedError: another process owns the folder.
            DiskFullError: there is no room for it.
            MemoryStoreError: the folder cannot be written or is damaged.
        """
        tenant = validate_tenant(tenant)
        with cls._guard, _translate_folder(home):
            home.mkdir(parents=True, exist_ok=True)
            key = (home.resolve(), tenant)
            store = cls._open.get(key)
            if store is None:
                store = cls._open[key] = cls(key[0], tenant)
            else:
                store._holders += 1
            return store  # type: ignore[return-value] # the registry holds this class only

    def close(self) -> None:
        """Give the store back; the last holder closes the files."""
        with self._guard:
            self._holders -= 1
            if self._holders > 0:
                return
            del self._open[self.home, self.tenant]
            self.journal.close()
            self.facts.close()
            if self._collection is not None:
                self._collection = None
                self._release_client()
            self._ownership.release()

    @property
    def embedder(self) -> str | None:
        """Spec of the embedder that fills this store, None while it is new."""
        return self.journal.meta("embedder")

    def attach(self, embedder: str, dimensions: int) -> None:
        """Bind the store to an embedder and bring Chroma up to date.

        Raises:
            EmbedderMismatchError: the store was filled by another embedder.
        """
        with self._guard, self._sync_lock:
            self._check_embedder(embedder, dimensions)
            if self._collection is None:
                client = self._acquire_client()
                try:
                    self._collection = client.collection(
                        collection_name(self.tenant, embedder),
                        tenant=self.tenant,
                        embedder=embedder,
                    )
                except BaseException:
                    self._release_client()
                    raise
                self.repaired = self.sync()

    @property
    def collection(self) -> VectorCollection:
        """The tenant's vectors in Chroma."""
        if self._collection is None:
            raise MemoryStoreError("The store is not attached to an embedder, or it is closed.")
        return self._collection

    def put(self, documents: Iterable[DocumentRow]) -> None:
        """Store `documents`, replacing older versions; durable when this returns."""
        with self._sync_lock:
            self.journal.put(documents)
            self._flush()

    def remove(self, ids: Iterable[str]) -> int:
        """Delete documents by id; returns how many there were."""
        with self._sync_lock:
            count = self.journal.remove(ids)
            self._flush()
        return count

    def sync(self) -> Repair:
        """Make Chroma equal to the journal, after a crash or when its files were lost."""
        with self._sync_lock:
            repair = self._flush()
            # The counts differ only when Chroma lost something by itself, so this is the rare case.
            if self.collection.count() != self.journal.count():
                repair = self.reconcile()
        return repair

    def reconcile(self) -> Repair:
        """Compare every id of the journal with Chroma's and put right what differs."""
        with self._sync_lock:
            stored = set(self.collection.ids())
            expected = self.journal.chunk_ids()
            self.journal.distrust(missing=expected - stored, surplus=stored - expected)
            return self._flush()

    def _flush(self) -> Repair:
        deleted = self._drain(self.journal.doomed, self._forget)
        added = 0
        while batch := self.journal.pending(SYNC_BATCH):
            numbers, ids, _, vectors = zip(*batch, strict=True)
            self.collection.upsert(ids, np.stack(vectors))
            self.journal.synced(numbers)
            added += len(batch)
        return Repair(added=added, deleted=deleted)

    def _forget(self, ids: list[str]) -> None:
        self.collection.delete(ids)
        self.journal.forgotten(ids)

    @staticmethod
    def _drain(source: Callable[[int], list[str]], sink: Callable[[list[str]], None]) -> int:
        count = 0
        while batch := source(SYNC_BATCH):
            sink(batch)
            count += len(batch)
        return count

    def _check_embedder(self, embedder: str, dimensions: int) -> None:
        known, known_dimensions = self.embedder, self.journal.meta("dimensions")
        if known is None:
            with self.journal.writing() as db:
                db.executemany(
                    "INSERT OR REPLACE INTO meta VALUES (?, ?)",
                    [("embedder", embedder), ("dimensions", str(dimensions))],
                )
        elif (known, known_dimensions) != (embedder, str(dimensions)):
            raise EmbedderMismatchError(
                f"The memory of tenant {self.tenant!r} was filled by {known} "
                f"({known_dimensions} dimensions), not by {embedder} ({dimensions}).",
                cure=f"Use embedder={known!r}, or another tenant or data folder.",
            )

    def _acquire_client(self) -> VectorClient:
        client, holders = self._clients.get(self.home, (None, 0))
        if client is None:
            client = VectorClient(self.home / "memory" / "chroma")
        self._clients[self.home] = (client, holders + 1)
        return client

    def _release_client(self) -> None:
        client, holders = self._clients[self.home]
        if holders > 1:
            self._clients[self.home] = (client, holders - 1)
        else:
            del self._clients[self.home]
            client.close()


@contextmanager
def _translate_folder(home: Path) -> Iterator[None]:
    """Say what the operating system's errors mean for a person."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFullError(
                f"No room left to open the data folder {home}.", cure="Free some space."
            ) from error
        raise MemoryStoreError(
            f"The data folder {home} cannot be used: {error.strerror or error}.",
            cure="Check its permissions, or use another folder: set DRAGOMAN_HOME.",
        ) from error
