"""One tenant's store: the journal, and Chroma kept equal to it.

Order of every change: (1) one SQLite transaction holds documents, passages, vectors, lexical terms
and the note of what Chroma lacks; (2) Chroma is told; (3) the note is crossed out. A crash between
any two of them leaves the note, and the next open does (2) and (3) again, which is harmless
because both are idempotent. All three happen under the tenant's write lock, so that two processes
that share a journal never tell Chroma things in another order than the journal has them. Reading
starts from Chroma or from the lexical index but ends in the journal, so that a vector without a
passage is never seen.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import ClassVar, Self

from dragoman.errors import DiskFullError, IndexChangedError, MemoryStoreError
from dragoman.memory import clients
from dragoman.memory.answers import AnswerCache
from dragoman.memory.facts import Facts
from dragoman.memory.filling import check_filling
from dragoman.memory.journal import Journal
from dragoman.memory.mirror import Repair, compare, work_off
from dragoman.memory.rows import DocumentRow
from dragoman.memory.server import ChromaServer
from dragoman.memory.sharing import FolderUse, WriteLock
from dragoman.memory.tenancy import collection_name, folder_name, validate_tenant
from dragoman.memory.vectors import Place, VectorClient, VectorCollection
from dragoman.ownership import Ownership


class Store:
    """The store of one tenant in one data folder; opened once per process and shared."""

    _guard: ClassVar[threading.RLock] = threading.RLock()
    _open: ClassVar[dict[tuple[Path, str], Store]] = {}

    def __init__(self, home: Path, tenant: str, server: ChromaServer | None) -> None:
        """Use `Store.open`, which shares what this process has open already."""
        self.home = home
        self.tenant = tenant
        self.place: Place = server or home / "memory" / "chroma"
        self.repaired = Repair(added=0, deleted=0)
        self.folder = home / "memory" / folder_name(tenant)
        self._holders = 1
        self._client: VectorClient | None = None
        self._collection: VectorCollection | None = None
        self.attached = ""
        with ExitStack() as undo:
            if server is None:
                undo.callback(Ownership(home).release)
            undo.callback(FolderUse(home, alone=server is None).release)
            self.folder.mkdir(parents=True, exist_ok=True)
            self.writing = WriteLock(self.folder)
            with self.writing():
                self.journal = Journal(self.folder / "journal.sqlite3")
                undo.callback(self.journal.close)
                self.facts = Facts(self.folder / "facts.sqlite3")
                undo.callback(self.facts.close)
                self.answers = AnswerCache(self.folder / "answers.sqlite3", self.journal)
                undo.callback(self.answers.close)
            self._closing = undo.pop_all()

    @classmethod
    def open(cls, home: Path, tenant: str, server: ChromaServer | None = None) -> Self:
        """The store of `tenant` below `home`; call `close` once for every `open`.

        Raises:
            InvalidTenantError: `tenant` is not a plain identifier.
            DataFolderLockedError: another process owns the folder.
            DiskFullError: there is no room for it.
            MemoryServerError: `server` cannot be used.
            MemoryStoreError: the folder cannot be written or is damaged.
        """
        tenant = validate_tenant(tenant)
        with cls._guard, _translate_folder(home):
            if server is not None:
                server.check()
            home.mkdir(parents=True, exist_ok=True)
            key = (home.resolve(), tenant)
            store = cls._open.get(key)
            if store is None:
                store = cls._open[key] = cls(key[0], tenant, server)
            elif store.place == (server or key[0] / "memory" / "chroma"):
                store._holders += 1
            else:
                raise MemoryStoreError(
                    f"This process uses the memory of tenant {tenant!r} with Chroma in another "
                    "place already.",
                    cure="Close that Memory first, or use the same server for both.",
                )
            return store  # type: ignore[return-value] # the registry holds this class only

    def close(self) -> None:
        """Give the store back; the last holder closes the files."""
        with self._guard:
            self._holders -= 1
            if self._holders > 0:
                return
            del self._open[self.home, self.tenant]
            self._collection = None
            if self._client is not None:
                self._client = None
                clients.release(self.place)
            self._closing.close()

    @property
    def embedder(self) -> str | None:
        """Spec of the embedder that fills this store, None while it is new."""
        return self.journal.meta("embedder")

    def attach(self, embedder: str, dimensions: int) -> None:
        """Bind the store to an embedder and bring Chroma up to date.

        Raises:
            EmbedderMismatchError: the store was filled by another embedder.
        """
        with self.writing():
            check_filling(self.journal, self.tenant, embedder, dimensions)
            if self._collection is None or self.attached != embedder:
                self._collection = None
                self.attached = embedder
                self._bind()

    @property
    def collection(self) -> VectorCollection:
        """The tenant's vectors in Chroma."""
        if self._collection is None:
            raise MemoryStoreError("The store is not attached to an embedder, or it is closed.")
        return self._collection

    def put(self, documents: Iterable[DocumentRow], *, embedder: str) -> None:
        """Store `documents`, replacing older versions; durable when this returns.

        Raises:
            IndexChangedError: the store is not filled by `embedder` any more.
        """
        with self.writing():
            self.require(embedder)
            self.journal.put(documents)
            self._flush_or_rebind()

    def remove(self, ids: Iterable[str]) -> int:
        """Delete documents by id; returns how many there were."""
        with self.writing():
            self.require(self.attached)
            count = self.journal.remove(ids)
            self._flush_or_rebind()
        return count

    def require(self, embedder: str) -> None:
        """Make sure that the index in use is the one that `embedder` fills.

        Another process may have built it anew with another embedder, which is an error here, or
        in another place, which is only a reason to look there.

        Raises:
            IndexChangedError: another embedder fills it now.
        """
        filled_by = self.embedder
        if not filled_by == self.attached == embedder:
            raise IndexChangedError(
                f"The memory of tenant {self.tenant!r} is filled by {filled_by} now; it was "
                f"{embedder} when this began.",
                cure="Run the same again; what was acknowledged is stored.",
            )
        if self._collection is None or self.journal.meta("vectors") != self._collection.identity:
            self.rebind()

    def rebind(self) -> None:
        """Look the collection up again, and fill it if it is new."""
        with self.writing():
            self._bind()

    def sync(self) -> Repair:
        """Make Chroma equal to the journal, after a crash or when its files were lost."""
        with self.writing():
            repair = work_off(self.journal, self.collection)
            # The counts differ only when Chroma lost something by itself, so this is the rare case.
            if self.collection.count() != self.journal.count():
                repair = self.reconcile()
        return repair

    def reconcile(self) -> Repair:
        """Compare every id of the journal with Chroma's and put right what differs."""
        with self.writing():
            return compare(self.journal, self.collection)

    def client(self) -> VectorClient:
        """Chroma itself, opened when it is first needed."""
        with self.writing():
            if self._client is None:
                self._client = clients.acquire(self.place)
            return self._client

    def open_collection(self, embedder: str) -> VectorCollection:
        """The collection of this store for `embedder`, created when it is missing."""
        return self.client().collection(
            self.collection_name(embedder),
            {
                "dragoman_tenant": self.tenant,
                "dragoman_embedder": embedder,
                "dragoman_journal": self.journal.identity(),
            },
        )

    def collection_name(self, embedder: str) -> str:
        """The name of that collection."""
        return collection_name(self.tenant, embedder, self.journal.identity())

    def _bind(self) -> None:
        """Open the collection; when it is not the one that the journal's notes are about, fill it.

        The notes in the journal say what one certain collection lacks. A collection that was made
        anew, or lies on another server, may lack anything.
        """
        try:
            self._collection = self.open_collection(self.attached)
            if self.journal.meta("vectors") == self._collection.identity:
                self.repaired = self.sync()
            else:
                self.repaired = self.reconcile()
                self.journal.remember("vectors", self._collection.identity)
        except BaseException:
            self._collection = None
            raise
        retired = self.journal.meta("retired")
        if retired:  # what a re-embedding has replaced
            self.client().drop(retired)
            self.journal.remember("retired", "")

    def _flush_or_rebind(self) -> None:
        try:
            work_off(self.journal, self.collection)
        except IndexChangedError:  # the server lost the collection: the journal has all of it
            self._bind()


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
