"""Fills a memory anew, with another embedder or today's analyzers, while the old index serves.

The new vectors and terms are collected in the journal and fed to a second collection. Nobody
notices until the switch, which is one transaction; the old collection is dropped after it. Writers
wait only for the last step. A process that is killed leaves what it has made, and the same call
goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from filelock import FileLock, Timeout

from dragoman.errors import InvalidInputError, MemoryStoreError
from dragoman.memory.ingest import BATCH_PASSAGES
from dragoman.memory.mirror import SYNC_BATCH
from dragoman.memory.next_index import NextIndex
from dragoman.memory.store import Store
from dragoman.memory.vectors import VectorCollection
from dragoman.models import Embedder


@dataclass(frozen=True, kw_only=True, slots=True)
class ReembedProgress:
    """How far a re-embedding is."""

    done: int
    """Passages that the new index holds."""

    total: int
    """Passages that there are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReembedReport:
    """What a re-embedding did."""

    before: str
    """Spec of the embedder that filled the memory until now."""

    after: str
    """Spec of the one that fills it from now on."""

    passages: int
    """Passages in the memory."""

    resumed: int
    """Passages of them that an earlier, unfinished run had done."""


class Reembed:
    """One re-embedding of one store."""

    def __init__(
        self,
        store: Store,
        embedder: Embedder,
        progress: Callable[[ReembedProgress], None] | None = None,
    ) -> None:
        """Prepare it; `run` does it."""
        self._store = store
        self._embedder = embedder
        self._progress = progress
        self._next = NextIndex(store.journal)

    def run(self) -> ReembedReport:
        """Build the new index, switch to it, and drop the old one.

        Raises:
            InvalidInputError: nothing is stored yet.
            MemoryStoreError: another process is doing it.
        """
        lock = FileLock(self._store.folder / "reembed.lock", thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise MemoryStoreError(
                f"The memory of tenant {self._store.tenant!r} is being re-embedded already.",
                cure="Wait for it to end.",
            ) from None
        try:
            return self._run()
        finally:
            lock.release()

    def _run(self) -> ReembedReport:
        before = self._store.embedder
        if before is None:
            raise InvalidInputError(
                f"The memory of tenant {self._store.tenant!r} is empty.",
                cure="Use the embedder that you want with the first document.",
            )
        spec = self._embedder.spec
        self._keep_vectors = spec == before
        abandoned = self._next.begin(spec)
        if abandoned not in {None, before}:
            self._store.client().drop(self._store.collection_name(str(abandoned)))
        resumed = self._next.done()
        collection = self._store.open_collection(spec)
        self._fill(collection)
        with self._store.writing():
            self._fill(collection)  # what was written since
            self._complete(collection)
            self._next.switch(
                embedder=spec,
                dimensions=self._embedder.dimensions,
                vectors=collection.identity,
                retired="" if self._keep_vectors else self._store.collection_name(before),
            )
            self._store.attach(spec, self._embedder.dimensions)
        return ReembedReport(
            before=before, after=spec, passages=self._store.journal.count(), resumed=resumed
        )

    def _fill(self, collection: VectorCollection) -> None:
        after = 0
        while batch := self._next.missing(after, BATCH_PASSAGES):
            if self._keep_vectors:
                vectors = np.stack([passage.vector for passage in batch])
            else:
                vectors = self._embedder.embed_passages([passage.input for passage in batch])
            self._next.add(batch, vectors)
            after = batch[-1].number
            self._feed(collection)
            self._tell()
        self._feed(collection)

    def _feed(self, collection: VectorCollection) -> None:
        while batch := self._next.unfed(SYNC_BATCH):
            numbers, ids, vectors = zip(*batch, strict=True)
            collection.upsert(ids, np.stack(vectors))
            self._next.fed(numbers)

    def _complete(self, collection: VectorCollection) -> None:
        """Make the new collection hold exactly the passages of the journal."""
        stored, expected = set(collection.ids()), self._store.journal.chunk_ids()
        collection.delete(sorted(stored - expected))
        self._next.distrust(sorted(expected - stored))
        self._feed(collection)

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(
                ReembedProgress(done=self._next.done(), total=self._store.journal.count())
            )
