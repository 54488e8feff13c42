"""One owner of a data folder at a time.

Two processes that write to one local Chroma folder silently lose vectors, so the folder is
locked by the operating system for as long as a process uses it. The lock is freed when the
process ends, however it ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from filelock import FileLock, Timeout

from dragoman.errors import DataFolderLockedError


class Ownership:
    """This process's claim to a data folder; claims inside one process share it.

    Usage:
        with Ownership(home):
            ...  # nobody else writes here
    """

    _guard: ClassVar[threading.Lock] = threading.Lock()
    _held: ClassVar[dict[Path, tuple[FileLock, int]]] = {}

    def __init__(self, home: Path) -> None:
        """Claim `home`, creating it when it is missing.

        Raises:
            DataFolderLockedError: another process owns the folder.
        """
        home.mkdir(parents=True, exist_ok=True)
        self.home = home.resolve()
        self._released = False
        with self._guard:
            lock, holders = self._held.get(self.home, (None, 0))
            if lock is None:
                lock = self._acquire()
            self._held[self.home] = (lock, holders + 1)

    def release(self) -> None:
        """Give the claim back; calling it again does nothing."""
        with self._guard:
            if self._released:
                return
            self._released = True
            lock, holders = self._held[self.home]
            if holders > 1:
                self._held[self.home] = (lock, holders - 1)
                return
            del self._held[self.home]
            lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _acquire(self) -> FileLock:
        # One thread claims the folder and another one may give it back.
        lock = FileLock(self.home / "owner.lock", thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise self._refusal() from None
        note = {
            "pid": os.getpid(),
            "command": Path(sys.argv[0]).name or "python",
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        (self.home / "owner.json").write_text(json.dumps(note), encoding="utf-8")
        return lock

    def _refusal(self) -> DataFolderLockedError:
        return DataFolderLockedError(
            f"The data folder {self.home} is in use by {describe_owner(self.home)}.",
            cure="Wait for it to end or stop it, or use another folder: set DRAGOMAN_HOME.",
        )


def describe_owner(home: Path) -> str:
    """Who claimed `home` last, for people."""
    try:
        note = json.loads((home / "owner.json").read_text(encoding="utf-8"))
        return f"{note['command']} (process {note['pid']}, since {note['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"  # the owner has the lock but has not written its note yet
