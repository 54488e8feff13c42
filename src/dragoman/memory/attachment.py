"""A memory's hold on its store and its embedder: opened, attached to each other, given back.

The embedder is loaded when it is first needed. Another process may fill the memory with another one
meanwhile; then this one changes over, and what had begun is begun again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from dragoman.closing import Closing
from dragoman.errors import IndexChangedError, MemoryStoreError
from dragoman.memory.rerank import Reranker
from dragoman.memory.server import ChromaServer
from dragoman.memory.store import Store
from dragoman.memory.tenancy import validate_tenant
from dragoman.memory.voices import Voices
from dragoman.models import Embedder, connect_embedder
from dragoman.settings import Settings

_Result = TypeVar("_Result")
_TRIES = 3  # of a search whose index is exchanged under it, which happens once in its life


class OpenMemory(Closing):
    """What every memory is made of; `Memory` adds what people do with it."""

    def __init__(
        self,
        *,
        tenant: str | None = None,
        home: str | Path | None = None,
        embedder: str | Embedder = "auto",
        server: str | None = None,
        rerank: str | Reranker | None = None,
        settings: Settings | None = None,
    ) -> None:
        """Open the memory of `tenant`, creating it when it is new.

        Args:
            tenant: Whose documents; the one of `settings`, by default ``"default"``.
            home: Data folder; the one of `settings` when None.
            embedder: Spec of an embedder, an embedder, or ``"auto"``: the one that filled the
                memory, else the best that this machine has.
            server: Address of a Chroma server, ``http://host:port``; the setting ``chroma_url``
                when None. Empty for Chroma inside this process.
            rerank: Reads the best passages again and orders them: a reranker or its spec. The
                setting ``reranker`` when None, which is none by default.
            settings: Read from the environment when None.

        Raises:
            InvalidTenantError: `tenant` is not a plain identifier.
            DataFolderLockedError: another process uses the data folder.
            EmbedderMismatchError: the memory was filled by another embedder.
            MemoryServerError: the server cannot be reached or used.
        """
        self._settings = settings or Settings()
        self.tenant = validate_tenant(self._settings.tenant if tenant is None else tenant)
        self.home = Path(home) if home is not None else self._settings.home
        self._wanted = embedder
        self._reranker: str | Reranker | None = (
            self._settings.reranker if rerank is None else rerank
        )
        self._embedder: Embedder | None = None
        self._next: Embedder | None = None
        self._attaching = threading.Lock()
        if server is not None:
            self._settings = self._settings.model_copy(update={"chroma_url": server})
        self._store = Store.open(self.home, self.tenant, ChromaServer.of(self._settings))
        self._closed = False
        try:
            if not isinstance(embedder, str):
                self._attach()
            elif embedder != "auto" and self._store.embedder not in {None, embedder}:
                self._attach()  # says at once that the embedders do not match
        except BaseException:
            self.close()
            raise

    @property
    def embedder(self) -> Embedder:
        """The embedder, loaded when it is first needed."""
        return self._attach()

    def close(self) -> None:
        """Release the data folder; calling it again does nothing."""
        with self._attaching:
            if self._closed:
                return
            self._closed = True
            self._store.close()

    def _retrying(self, step: Callable[[], _Result]) -> _Result:
        for _ in range(_TRIES - 1):
            try:
                return step()
            except IndexChangedError:  # built anew meanwhile: go on with the new one
                with self._attaching:
                    if self._embedder is not None and self._embedder.spec == self._store.embedder:
                        self._store.rebind()
        return step()

    def _attach(self) -> Embedder:
        with self._attaching:
            self._require_open()
            filled_by = self._store.embedder
            made = self._embedder
            if made is None or filled_by not in {None, made.spec}:
                wanted = self._wanted
                if self._next is not None and self._next.spec == filled_by:
                    wanted = self._next
                elif wanted == "auto":
                    wanted = filled_by or self._settings.embedder
                made = self._connect(wanted)
            if made is not self._embedder or self._store.attached != made.spec:
                self._store.attach(made.spec, made.dimensions)
                self._voices = Voices(self._store.journal, made)
                self._embedder = made
            return made

    def _connect(self, wanted: str | Embedder) -> Embedder:
        return connect_embedder(wanted, self._settings) if isinstance(wanted, str) else wanted

    def _require_open(self) -> None:
        if self._closed:
            raise MemoryStoreError("This memory is closed.", cure="Open a new Memory.")
