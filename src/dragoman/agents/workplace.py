"""Where the assistants of one data folder work: one event loop, one database, in each process.

A server has an assistant for each tenant and agent. They share what a folder has only one of, so
that a hundred of them cost no hundred threads and connections, and no two of them, whatever they
offer, are ever in one thread at the same time.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import ClassVar, Self
from weakref import WeakValueDictionary

from dragoman.agents.loop import LoopThread
from dragoman.agents.storage import Storage


class Workplace:
    """The loop and the threads' database of a data folder; those who enter it share it."""

    _guard: ClassVar[threading.Lock] = threading.Lock()
    _open: ClassVar[dict[Path, Workplace]] = {}

    def __init__(self, home: Path) -> None:
        """Start the loop; the database is opened when somebody needs it."""
        self.home = home
        self.loop = LoopThread("dragoman-assistant")
        self._users = 0
        self._storage: Storage | None = None
        self._opening = asyncio.Lock()
        # Weak, because most threads are asked once: a lock goes when nobody holds or awaits it.
        self._threads: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @classmethod
    def enter(cls, home: Path) -> Self:
        """The workplace of `home`; each call wants one `leave`."""
        home = home.resolve()
        with cls._guard:
            found = cls._open.get(home)
            if found is None:
                found = cls._open[home] = cls(home)
            found._users += 1
            return found  # type: ignore[return-value] # only this class is ever entered

    def leave(self) -> None:
        """Give it back; the last one to leave closes it.

        Not under the guard: what closes may itself want to enter. Who enters meanwhile gets a
        workplace of their own, as a claim to a folder is shared inside a process.
        """
        with self._guard:
            self._users -= 1
            if self._users:
                return
            del self._open[self.home]
        self.loop.run(self._aclose())
        self.loop.close()

    async def storage(self) -> Storage:
        """The threads' database, opened once; reading threads needs no engine."""
        async with self._opening:
            if self._storage is None:
                self._storage = await Storage.open(self.home)
            return self._storage

    def alone(self, thread: str) -> AbstractAsyncContextManager[None]:
        """Hold the thread of that key: one turn after the other."""
        return self._threads.setdefault(thread, asyncio.Lock())

    async def _aclose(self) -> None:
        storage, self._storage = self._storage, None
        if storage is not None:
            await storage.aclose()
