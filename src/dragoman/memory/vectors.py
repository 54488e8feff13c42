"""Chroma, the fast copy of the vectors. Only this file imports it, and only when it is used."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

import numpy as np
import numpy.typing as npt

from dragoman.errors import (
    DiskFullError,
    IndexChangedError,
    MemoryServerError,
    MemoryStoreError,
)
from dragoman.memory.server import ChromaServer

if TYPE_CHECKING:
    import httpx
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

# Chroma's own limit is 5,461 records a call; smaller batches keep the memory flat.
BATCH = 2000

Place = Path | ChromaServer
"""Where Chroma is: a folder, when it runs in this process, or a server."""


class VectorClient:
    """Chroma, inside this process or as a server; shared by all tenants of this process."""

    def __init__(self, client: Client, place: Place) -> None:
        """Use `VectorClient.at`."""
        self._client = client
        self._place = place

    @classmethod
    def at(cls, place: Place) -> Self:
        """Chroma in `place`."""
        return cls.inside(place) if isinstance(place, Path) else cls.connect(place)

    @classmethod
    def inside(cls, folder: Path) -> Self:
        """Chroma inside this process, with its files in `folder`."""
        import chromadb  # noqa: PLC0415 - costs a second, so only when a memory is opened
        from chromadb.config import Settings  # noqa: PLC0415 - the same

        folder.mkdir(parents=True, exist_ok=True)
        with translate_chroma(folder):
            client = chromadb.PersistentClient(
                path=str(folder), settings=Settings(anonymized_telemetry=False)
            )
        # The declared type of both clients lacks `close`.
        return cls(cast("Client", client), folder)

    @classmethod
    def connect(cls, server: ChromaServer) -> Self:
        """A Chroma server.

        Raises:
            MemoryServerError: it cannot be used.
        """
        import chromadb  # noqa: PLC0415 - costs a second, so only when a memory is opened
        from chromadb.config import Settings  # noqa: PLC0415 - the same

        server.check()  # first, because the client's own errors name neither address nor cure
        with translate_chroma(server):
            client = chromadb.HttpClient(
                host=server.host,
                port=server.port,
                ssl=server.secure,
                headers=server.headers(),
                settings=Settings(anonymized_telemetry=False),
            )
        for session in _sessions(client):
            session.timeout = server.timeout()  # Chroma's client waits forever by itself
        return cls(cast("Client", client), server)

    def collection(self, name: str, owner: Mapping[str, str]) -> VectorCollection:
        """The collection `name` of `owner`, created when it is missing.

        Chroma is given vectors, never texts: its own embedding function would download a model.

        Raises:
            MemoryStoreError: a collection of that name belongs to somebody else.
        """
        with translate_chroma(self._place):
            collection = self._client.get_or_create_collection(
                name,
                embedding_function=None,
                metadata=dict(owner),
                configuration={"hnsw": {"space": "ip"}},
            )
        found = collection.metadata or {}
        if any(found.get(key) != value for key, value in owner.items()):
            raise MemoryStoreError(
                f"The Chroma collection {name} is not the one of tenant "
                f"{owner['dragoman_tenant']!r}.",
                cure="Chroma was changed by hand: restore a backup.",
            )
        return VectorCollection(collection, self._place)

    def drop(self, name: str) -> None:
        """Delete the collection `name`; that there is none is no error."""
        from chromadb.errors import NotFoundError  # noqa: PLC0415 - imported already

        with translate_chroma(self._place):
            try:
                self._client.delete_collection(name)
            except NotFoundError:
                return

    def close(self) -> None:
        """Release the files or the connections."""
        sessions = _sessions(self._client)
        self._client.close()
        for session in sessions:
            session.close()


class VectorCollection:
    """One tenant's vectors: nearest neighbors by cosine."""

    def __init__(self, collection: Collection, place: Place) -> None:
        """Wrap Chroma's `collection`."""
        self._collection = collection
        self._place = place

    @property
    def name(self) -> str:
        """Its name."""
        return self._collection.name

    @property
    def identity(self) -> str:
        """What tells it from any other collection, also from a later one of the same name."""
        return str(self._collection.id)

    def upsert(self, ids: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
        """Store `vectors` (n, d) under `ids`, replacing what has the same id."""
        with translate_chroma(self._place):
            for at in range(0, len(ids), BATCH):
                self._collection.upsert(
                    ids=list(ids[at : at + BATCH]), embeddings=vectors[at : at + BATCH]
                )

    def delete(self, ids: Sequence[str]) -> None:
        """Forget `ids`; unknown ones are no error."""
        with translate_chroma(self._place):
            for at in range(0, len(ids), BATCH):
                self._collection.delete(ids=list(ids[at : at + BATCH]))

    def count(self) -> int:
        """Number of vectors."""
        with translate_chroma(self._place):
            return self._collection.count()

    def ids(self) -> Iterator[str]:
        """All ids, a page at a time."""
        at = 0
        while True:
            with translate_chroma(self._place):
                page = self._collection.get(limit=BATCH, offset=at, include=[])["ids"]
            if not page:
                return
            yield from page
            at += len(page)

    def holds(self, ids: Sequence[str]) -> set[str]:
        """Which of `ids` it holds."""
        found: set[str] = set()
        with translate_chroma(self._place):
            for at in range(0, len(ids), BATCH):
                page = self._collection.get(ids=list(ids[at : at + BATCH]), include=[])
                found.update(page["ids"])
        return found

    def nearest(self, queries: npt.NDArray[np.float32], count: int) -> list[list[str]]:
        """For each of `queries` (n, d) the ids of the `count` nearest vectors, best first."""
        with translate_chroma(self._place):
            found = self._collection.query(
                query_embeddings=queries,
                n_results=count,
                include=[],
            )
        return found["ids"]


@contextmanager
def translate_chroma(place: Place) -> Iterator[None]:
    """Say what Chroma's errors mean for a person."""
    try:
        yield
    except (MemoryStoreError, DiskFullError):
        raise
    except Exception as error:
        text = str(error).lower()
        where = str(place) if isinstance(place, Path) else place.url
        full = isinstance(error, OSError) and error.errno == errno.ENOSPC
        # Chroma's Rust core passes the operating system's words through, not its number.
        if full or "no space left" in text or "disk is full" in text:
            raise DiskFullError(
                f"No room left to write {where}.",
                cure="Free some space and run the same command again: nothing acknowledged is "
                "lost, and the index repairs itself.",
            ) from error
        if type(error).__name__ == "NotFoundError":
            raise IndexChangedError(
                f"The collection is gone from {where}.",
                cure="Open the memory again: it is filled from the journal.",
            ) from error
        if isinstance(place, Path):
            raise MemoryStoreError(
                f"The vector store {where} failed: {error}",
                cure="Open the memory again; if it still fails, delete this folder: it is rebuilt "
                "from the journal beside it.",
            ) from error
        raise _of_server(place, error) from error


def _of_server(server: ChromaServer, error: Exception) -> MemoryServerError:
    import httpx  # noqa: PLC0415 - a memory without a server does without it

    if isinstance(error, (httpx.HTTPError, OSError)) or "could not connect" in str(error).lower():
        return server.unreachable(error)
    if type(error).__name__ in {"ChromaAuthError", "AuthorizationError"}:
        return server.refused()
    return MemoryServerError(
        f"The Chroma server {server.url} failed: {error}",
        cure="Look at the server's own messages. Nothing that was acknowledged is lost.",
    )


def _sessions(client: object) -> list[httpx.Client]:
    """The HTTP connections of Chroma's client, which it neither limits in time nor closes.

    There are two, because it makes a second client of itself for questions about databases.
    """
    parts = (client, getattr(client, "_admin_client", None))
    found = [getattr(getattr(part, "_server", None), "_session", None) for part in parts]
    return [cast("httpx.Client", session) for session in found if session is not None]
