"""Keeps the memory equal to some folders while their files come, change and go.

Each time the file system says that something below the folders changed, and has been quiet for a
moment, they are ingested again: what did not change is hashed and passed over. Nothing that goes
wrong ends it: a file that cannot be read is in the report, and what hinders a whole ingest (a full
disk, a server that is away, a folder that is not mounted) is told and tried again, after longer and
longer pauses. A folder that is missing empties nothing.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dragoman.errors import DragomanError
from dragoman.memory.find import existing
from dragoman.memory.report import IngestReport

if TYPE_CHECKING:
    from dragoman.memory.memory import Memory

QUIET = 1.0
"""Seconds without a change after which an ingest begins; files that are being written wait."""

TICK = 5.0
"""Seconds after which folders that vanished, and failed ingests, are looked at again."""

LONGEST_BURST = 60_000
"""Milliseconds after which an ingest begins although files still change: a long copy."""

LONGEST_PAUSE = 12
"""Ticks between two tries of an ingest that fails again and again."""


class FolderWatch:
    """Ingests folders whenever something changes below them.

    Usage:
        watch = FolderWatch(memory, ["docs/"], report=print, failed=print)
        watch.run()   # until another thread calls watch.stop(), or Ctrl-C
    """

    def __init__(
        self,
        memory: Memory,
        paths: Iterable[str | Path],
        *,
        report: Callable[[IngestReport], None],
        failed: Callable[[Exception], None],
        quiet: float = QUIET,
        tick: float = TICK,
    ) -> None:
        """Watch nothing yet.

        Args:
            memory: What is kept up to date.
            paths: Folders, or single files.
            report: Is told of each ingest.
            failed: Is told what hindered one; the same thing only once.
            quiet: Seconds without a change before an ingest begins.
            tick: Seconds between looks at what has failed or vanished.

        Raises:
            InvalidInputError: a path does not exist.
        """
        self._memory = memory
        self._roots = [existing(path) for path in paths]
        self._report = report
        self._failed = failed
        self._quiet = quiet
        self._tick = tick
        self._stopped = threading.Event()
        self._told = ""
        self._failures = 0
        self._pause = 0

    def run(self) -> None:
        """Ingest now, and again after every change, until `stop` or an interrupt."""
        self._ingest()
        while not self._stopped.is_set():
            present = _identities(self._roots)
            if not present:
                self._stopped.wait(self._tick)
                self._try_again()
                continue
            try:
                # What changed before the watch stood is found at its first sign of life.
                unseen = True
                for changed in self._changes(list(present)):
                    if changed or unseen:
                        self._ingest()
                    else:
                        self._try_again()
                    unseen = False
                    if _identities(self._roots) != present:
                        break  # a folder went or came back: its old watch is blind
            except (OSError, RuntimeError) as error:  # the system's limit of watches, for example
                self._tell(error)
                self._stopped.wait(self._tick)

    def stop(self) -> None:
        """End `run` after what it is doing; may be called from any thread."""
        self._stopped.set()

    def _changes(self, roots: Sequence[Path]) -> Iterator[bool]:
        """True after each burst of changes, False when there was none for a tick."""
        from watchfiles import watch  # noqa: PLC0415 - only who watches needs it

        bursts = watch(
            *roots,
            watch_filter=lambda _, path: self._concerns(path),
            debounce=LONGEST_BURST,
            step=max(1, int(self._quiet * 1000)),
            stop_event=self._stopped,
            rust_timeout=int(self._tick * 1000),
            yield_on_timeout=True,
        )
        return (bool(burst) for burst in bursts)

    def _concerns(self, path: str) -> bool:
        """Whether a change there may matter: neither hidden, nor our own data folder."""
        changed = Path(path)
        if changed.is_relative_to(self._memory.home.resolve()):
            return False
        for root in self._roots:
            if changed.is_relative_to(root):
                below = changed.relative_to(root).parts
                return not any(part.startswith(".") for part in below)
        return True

    def _try_again(self) -> None:
        if not self._failures:
            return
        self._pause -= 1
        if self._pause <= 0:
            self._ingest()

    def _ingest(self) -> None:
        there = [root for root in self._roots if root.exists()]
        try:
            if there:
                self._report(self._memory.ingest(there))
            for root in self._roots:
                existing(root)
        except Exception as error:  # noqa: BLE001 - nothing may end it; it is told and tried again
            self._failures += 1
            self._pause = min(2 ** (self._failures - 1), LONGEST_PAUSE)
            self._tell(error)
        else:
            self._failures, self._told = 0, ""

    def _tell(self, error: Exception) -> None:
        said = error.message if isinstance(error, DragomanError) else repr(error)
        if said != self._told:
            self._told = said
            self._failed(error)


def _identities(roots: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Those that are there, with what tells each from a later one of the same name."""
    found = {}
    for root in roots:
        try:
            status = os.stat(root)  # noqa: PTH116 - one call that may fail, not two
        except OSError:
            continue
        found[root] = status.st_dev, status.st_ino
    return found
