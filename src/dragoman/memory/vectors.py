"""Chroma, the fast copy of the vectors. Only this file imports it, and only when it is used."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from dragoman.errors import DiskFullError, MemoryStoreError

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

# Chroma's own limit is 5,461 records a call; smaller batches keep the memory flat.
BATCH = 2000


class VectorClient:
    """Chroma's files of one data folder, shared by all tenants of this process."""

    def __init__(self, folder: Path) -> None:
        """Open the Chroma files in `folder`."""
        import chromadb  # noqa: PLC0415 - costs a second, so only when a memory is opened
        from chromadb.config import Settings  # noqa: PLC0415 - the same

        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        with translate_chroma(folder):
            # PersistentClient's declared type lacks `close`.
            self._client = cast(
                "Client",
                chromadb.PersistentClient(
                    path=str(folder), settings=Settings(anonymized_telemetry=False)
                ),
            )

    def collection(self, name: str, *, tenant: str, embedder: str) -> VectorCollection:
        """The collection of one tenant and one embedder, created when it is missing.

        Chroma is given vectors, never texts: its own embedding function would download a model.

        Raises:
            MemoryStoreError: a collection of that name belongs to somebody else.
        """
        owner = {"dragoman_tenant": tenant, "dragoman_embedder": embedder}
        with translate_chroma(self.folder):
            collection = self._client.get_or_create_collection(
                name,
                embedding_function=None,
                metadata=owner,
                configuration={"hnsw": {"space": "ip"}},
            )
        found = collection.metadata or {}
        if any(found.get(key) != value for key, value in owner.items()):
            raise MemoryStoreError(
                f"The Chroma collection {name} is not the one of tenant {tenant!r}.",
                cure="The data folder was changed by hand: restore a backup.",
            )
        return VectorCollection(collection, self.folder)

    def close(self) -> None:
        """Release the files."""
        self._client.close()


class VectorCollection:
    """One tenant's vectors: nearest neighbors by cosine."""

    def __init__(self, collection: Collection, folder: Path) -> None:
        """Wrap Chroma's `collection`."""
        self._collection = collection
        self._folder = folder

    def upsert(self, ids: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
        """Store `vectors` (n, d) under `ids`, replacing what has the same id."""
        with translate_chroma(self._folder):
            for at in range(0, len(ids), BATCH):
                self._collection.upsert(
                    ids=list(ids[at : at + BATCH]), embeddings=vectors[at : at + BATCH]
                )

    def delete(self, ids: Sequence[str]) -> None:
        """Forget `ids`; unknown ones are no error."""
        with translate_chroma(self._folder):
            for at in range(0, len(ids), BATCH):
                self._collection.delete(ids=list(ids[at : at + BATCH]))

    def count(self) -> int:
        """Number of vectors."""
        with translate_chroma(self._folder):
            return self._collection.count()

    def ids(self) -> Iterator[str]:
        """All ids, a page at a time."""
        at = 0
        while True:
            with translate_chroma(self._folder):
                page = self._collection.get(limit=BATCH, offset=at, include=[])["ids"]
            if not page:
                return
            yield from page
            at += len(page)

    def nearest(self, queries: npt.NDArray[np.float32], count: int) -> list[list[str]]:
        """For each of `queries` (n, d) the ids of the `count` nearest vectors, best first."""
        with translate_chroma(self._folder):
            found = self._collection.query(
                query_embeddings=queries,
                n_results=count,
                include=[],
            )
        return found["ids"]


@contextmanager
def translate_chroma(folder: Path) -> Iterator[None]:
    """Say what Chroma's errors mean for a person."""
    try:
        yield
    except (MemoryStoreError, DiskFullError):
        raise
    except Exception as error:
        text = str(error).lower()
        full = isinstance(error, OSError) and error.errno == errno.ENOSPC
        # Chroma's Rust core passes the operating system's words through, not its number.
        if full or "no space left" in text or "disk is full" in text:
            raise DiskFullError(
                f"No room left to write {folder}.",
                cure="Free some space and run the same command again: nothing acknowledged is "
                "lost, and the index repairs itself.",
            ) from error
        raise MemoryStoreError(
            f"The vector store {folder} failed: {error}",
            cure="Open the memory again; if it still fails, delete this folder: it is rebuilt "
            "from the journal beside it.",
        ) from error
