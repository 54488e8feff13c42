"""Progress bars on standard error: what is being downloaded, and which documents are being read."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from dragoman.serving import render

if TYPE_CHECKING:
    from dragoman.memory import IngestProgress
    from dragoman.models import PullProgress


class _Bar:
    """A bar that appears with the first report and goes when the block ends."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def _report(self, name: str, *, done: int, total: int | None, description: str) -> None:
        if name not in self._tasks:
            self._progress.start()
            self._tasks[name] = self._progress.add_task(description, total=total)
        self._progress.update(
            self._tasks[name], completed=done, total=total, description=description
        )


class DownloadBar(_Bar):
    """Shows the progress of model downloads.

    Usage:
        with DownloadBar() as progress:
            pull(name, settings, progress=progress)
    """

    def __init__(self) -> None:
        """Draw nothing yet."""
        super().__init__(
            Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
                TimeRemainingColumn(),
                console=render.notices(),
            )
        )

    def __call__(self, progress: PullProgress) -> None:
        """Show one report."""


class IngestBar(_Bar):
    """Shows the progress of an ingest.

    Usage:
        with IngestBar() as progress:
            memory.ingest(paths, progress=progress)
    """

    def __init__(self) -> None:
        """Draw nothing yet."""
        super().__init__(
            Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("documents"),
                console=render.notices(),
                transient=True,
            )
        )

    def __call__(self, progress: IngestProgress) -> None:
        """Show one report."""
        self._report(
            "ingest",
            done=progress.done_files,
            total=progress.total_files,
            description=progress.current,
        )
