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
from dragoman.serving.direction import isolated

if TYPE_CHECKING:
    from dragoman.memory import IngestProgress, ReembedProgress
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
        self.stop()

    def stop(self) -> None:
        """Leave the terminal to others; calling it again does nothing."""
        self._progress.stop()

    def _report(self, name: str, *, done: int, total: int | None, description: str) -> None:
        if name not in self._tasks:
            self._progress.start()
            self._tasks[name] = self._progress.add_task(description, total=total)
        self._progress.update(
            self._tasks[name], completed=done, total=total, description=description
        )


class DownloadBar(_Bar):
    """Shows the progress of model downloads; without a terminal, a line for every tenth.

    Usage:
        with DownloadBar() as progress:
            pull(name, settings, progress=progress)
    """

    def __init__(self) -> None:
        """Draw nothing yet."""
        self._console = render.notices()
        self._tenths: dict[str, int] = {}
        super().__init__(
            Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
                TimeRemainingColumn(),
                console=self._console,
            )
        )

    def __call__(self, progress: PullProgress) -> None:
        """Show one report."""
        if progress.phase == "done" and progress.name not in self._tasks | self._tenths:
            return  # it was here already: nothing to show
        origin = f" from {progress.source}" if progress.source else ""
        description = f"{progress.name}: {progress.phase}{origin}"
        if self._console.is_terminal:
            self._report(
                progress.name,
                done=progress.done_bytes,
                total=progress.total_bytes or None,
                description=description,
            )
        else:
            self._print_tenth(progress, description)

    def _print_tenth(self, progress: PullProgress, description: str) -> None:
        tenth = 10 * progress.done_bytes // max(progress.total_bytes, 1)
        step = f"{progress.name}/{progress.phase}"
        if self._tenths.get(step) == tenth:
            return
        self._tenths |= {step: tenth, progress.name: tenth}
        done, total = render.size(progress.done_bytes), render.size(progress.total_bytes)
        self._console.print(f"{description}, {done} of {total}", soft_wrap=True)


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
                TextColumn("{task.fields[pace]}", style="dim"),
                console=render.notices(),
                transient=True,
            )
        )

    def __enter__(self) -> Self:
        """Say that the files are being looked at: the first report comes after that."""
        if render.notices().is_terminal:
            self._progress.start()
            self._tasks["ingest"] = self._progress.add_task(
                "looking for changes", total=None, pace=""
            )
        return super().__enter__()

    def __call__(self, progress: IngestProgress) -> None:
        """Show one report."""
        if "ingest" in self._tasks:
            self._progress.update(
                self._tasks["ingest"],
                completed=progress.done_files,
                total=progress.total_files,
                description=isolated(progress.current),
                pace=pace(progress),
            )


def pace(progress: IngestProgress) -> str:
    """How fast an ingest is and how long it still takes; empty before anything is stored."""
    if not progress.passages_per_second:
        return ""
    rate = f"{progress.passages_per_second:.1f} passages/s"
    if progress.seconds_left is None:
        return rate
    minutes, seconds = divmod(round(progress.seconds_left), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{rate}, {hours}:{minutes:02}:{seconds:02} left"


class ReembedBar(_Bar):
    """Shows the progress of a re-embedding.

    Usage:
        with ReembedBar() as progress:
            memory.reembed(spec, progress=progress)
    """

    def __init__(self) -> None:
        """Draw nothing yet."""
        super().__init__(
            Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("passages"),
                TimeRemainingColumn(),
                console=render.notices(),
                transient=True,
            )
        )

    def __call__(self, progress: ReembedProgress) -> None:
        """Show one report."""
        self._report("reembed", done=progress.done, total=progress.total, description="embedding")
