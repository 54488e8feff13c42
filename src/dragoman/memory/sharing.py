"""Who may use a memory's files at the same time.

Two kinds of use, as a lock of the operating system that dies with its process: *alone* (Chroma
runs inside this process, and a second process would silently lose vectors) and *shared* (Chroma is
a server; the processes of this machine share the journal). An SQLite file serves as the lock,
because its shared and exclusive locks are the same on every operating system.

Beside it every tenant has a write lock, so that what the journal says of Chroma and what Chroma is
told are never interleaved by two writers.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from filelock import FileLock, Timeout

from dragoman.errors import DataFolderLockedError, MemoryStoreError
from dragoman.ownership import describe_owner

WRITE_SECONDS = 600.0
"""How long a writer waits for the others. One write holds the lock for the time that a few dozen
passages take; only a repair after a lost index takes longer."""

_POLL_SECONDS = 0.005


class FolderUse:
    """This process's use of the memory below a home; uses of one kind in a process are shared."""

    _guard: ClassVar[threading.Lock] = threading.Lock()
    _held: ClassVar[dict[tuple[Path, bool], tuple[sqlite3.Connection, int]]] = {}

    def __init__(self, home: Path, *, alone: bool) -> None:
        """Claim the memory below `home`.

        Raises:
            DataFolderLockedError: it is in use in the other way, or alone by another process.
        """
        self._key = (home.resolve(), alone)
        self._released = False
        with self._guard:
            connection, holders = self._held.get(self._key, (None, 0))
            if connection is None:
                connection = _claim(*self._key)
            self._held[self._key] = (connection, holders + 1)

    def release(self) -> None:
        """Give the claim back; calling it again does nothing."""
        with self._guard:
            if self._released:
                return
            self._released = True
            connection, holders = self._held[self._key]
            if holders > 1:
                self._held[self._key] = (connection, holders - 1)
                return
            del self._held[self._key]
            connection.close()


class WriteLock:
    """One writer at a time to a tenant's store, over all threads and processes. Reentrant."""

    def __init__(self, folder: Path) -> None:
        """Use the lock file in the tenant's `folder`."""
        self._threads = threading.RLock()
        self._processes = FileLock(folder / "write.lock", thread_local=False)

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Hold the lock for the length of a block.

        Raises:
            MemoryStoreError: another process has held it for ten minutes.
        """
        with self._threads:
            try:
                self._processes.acquire(timeout=WRITE_SECONDS, poll_interval=_POLL_SECONDS)
            except Timeout:
                raise MemoryStoreError(
                    "Another process has been writing to this memory for ten minutes.",
                    cure="Wait for it to end, or stop it: it goes on where it stopped.",
                ) from None
            try:
                yield
            finally:
                self._processes.release()


def _claim(home: Path, alone: bool) -> sqlite3.Connection:
    folder = home / "memory"
    folder.mkdir(parents=True, exist_ok=True)
    # The wait is for claims that are being made at this very moment.
    connection = sqlite3.connect(
        folder / "use.lock", timeout=1.0, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("BEGIN EXCLUSIVE" if alone else "BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
            raise MemoryStoreError(
                f"The memory's lock in {folder} cannot be used: {error}.",
                cure="Check the folder's permissions.",
            ) from error
        raise _refusal(home, alone) from None
    except BaseException:
        connection.close()
        raise
    return connection


def _refusal(home: Path, alone: bool) -> DataFolderLockedError:
    if alone:
        return DataFolderLockedError(
            f"The memory in {home} is in use together with a Chroma server.",
            cure="Use the same server: set DRAGOMAN_CHROMA_URL. Or stop the processes that use it "
            "and `dragoman chroma`.",
        )
    return DataFolderLockedError(
        f"The memory in {home} is in use without a server by {describe_owner(home)}.",
        cure="Wait for it to end, or let it use the server too: set DRAGOMAN_CHROMA_URL for it.",
    )
