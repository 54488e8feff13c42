"""Opens what is inside zip archives, safely: nothing is ever written where a member's name says."""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
import tempfile
import threading
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dragoman.closing import Closing
from dragoman.errors import DocumentError
from dragoman.memory.member_names import member_names

MAX_ARCHIVE_BYTES = 2 * 1024**3
"""Largest archive that is opened."""

MAX_UNPACKED_BYTES = 4 * 1024**3
"""Largest content of an archive, archives inside it included; more is taken for an attack."""

MAX_MEMBERS = 50_000
"""Most files in an archive, archives inside it included."""

MAX_DEPTH = 3
"""Archives in archives that are opened: the outermost counts as one."""

_OPEN_ARCHIVES = 4
_PIECE = 1 << 20
_OUTWARD = re.compile(r"(?:^|/)\.\.(?:/|$)|^/|^[A-Za-z]:")

Chain = tuple[str, ...]
"""The way to a member: its name, after those of the archives inside the archive that hold it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A file inside an archive."""

    inside: Chain
    """The way to it."""

    size: int
    """Its size when unpacked, in bytes."""

    problem: str = ""
    """Why it cannot be read, empty when it can."""


@dataclass(slots=True)
class _Budget:
    """What an archive may still hold, archives inside it included."""

    unpacked: int = field(default_factory=lambda: MAX_UNPACKED_BYTES)
    members: int = field(default_factory=lambda: MAX_MEMBERS)

    def spend(self, entries: list[zipfile.ZipInfo]) -> None:
        self.members -= len(entries)
        self.unpacked -= sum(entry.file_size for entry in entries)
        if self.members < 0:
            raise DocumentError(f"The archive holds more than {MAX_MEMBERS:,} files.")
        if self.unpacked < 0:
            raise DocumentError(
                f"The archive unpacks to more than {MAX_UNPACKED_BYTES / 2**30:.0f} GiB.",
                cure="Unpack it yourself, and ingest the folder.",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Opened:
    """An open archive, its files by name, and the unpacked copy that it is when it lies inside."""

    archive: zipfile.ZipFile
    entries: dict[str, zipfile.ZipInfo]
    copy: Path | None

    def close(self) -> None:
        self.archive.close()
        if self.copy is not None:
            self.copy.unlink()


def is_archive(name: str) -> bool:
    """Whether a file of this name is opened as an archive of documents."""
    return name.lower().endswith(".zip")


class Archives(Closing):
    """The archives of one ingest. Safe for threads; close it to delete the unpacked copies.

    Usage:
        with Archives() as archives:
            for member in archives.members(path):
                with archives.unpacked(path, member.inside) as file:
                    print(file.read_bytes())
    """

    def __init__(self) -> None:
        """Open nothing yet."""
        self._lock = threading.RLock()
        self._folder: Path | None = None
        self._numbers = 0
        self._open: OrderedDict[tuple[Path, Chain], _Opened] = OrderedDict()

    def close(self) -> None:
        """Close the archives and delete what was unpacked."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    def members(self, path: Path) -> list[Member]:
        """The files inside the archive at `path` and inside the archives in it.

        Folders, links and hidden files are left out. Of two members of one name the later counts,
        as it does when unpacking.

        Raises:
            DocumentError: the archive is damaged, too large, or holds too much.
        """
        if path.stat().st_size > MAX_ARCHIVE_BYTES:
            raise DocumentError(
                f"The archive has more than {MAX_ARCHIVE_BYTES / 2**30:.0f} GiB.",
                cure="Unpack it yourself, and ingest the folder.",
            )
        with self._lock:
            return list(self._walk(path, (), _Budget()))

    def digest(self, path: Path, inside: Chain) -> str:
        """SHA-256 of a member's bytes, in hexadecimal.

        Raises:
            DocumentError: it cannot be unpacked.
        """
        digest = hashlib.sha256()
        for piece in self._pieces(path, inside):
            digest.update(piece)
        return digest.hexdigest()

    @contextmanager
    def unpacked(self, path: Path, inside: Chain) -> Iterator[Path]:
        """A copy of a member under a name of ours with its suffix, deleted after the block.

        Raises:
            DocumentError: it cannot be unpacked.
        """
        copy = self._copy(path, inside)
        try:
            yield copy
        finally:
            copy.unlink()

    def _walk(self, path: Path, chain: Chain, budget: _Budget) -> Iterator[Member]:
        entries = self._opened(path, chain).entries
        budget.spend(list(entries.values()))
        for name, entry in entries.items():
            if _is_hidden(name) or stat.S_ISLNK(entry.external_attr >> 16):
                continue
            inside = (*chain, name)
            problem = _problem(name, entry)
            if not problem and is_archive(name):
                yield from self._inner(path, inside, entry.file_size, budget)
            else:
                yield Member(inside=inside, size=entry.file_size, problem=problem)

    def _inner(self, path: Path, inside: Chain, size: int, budget: _Budget) -> Iterator[Member]:
        if len(inside) >= MAX_DEPTH:
            reason = f"More than {MAX_DEPTH} archives inside each other are not opened."
            yield Member(inside=inside, size=size, problem=reason)
            return
        try:
            self._opened(path, inside)
        except DocumentError as error:
            yield Member(inside=inside, size=size, problem=error.message)
            return
        yield from self._walk(path, inside, budget)

    def _opened(self, path: Path, chain: Chain) -> _Opened:
        """The open archive at the end of `chain`, which is `path` itself when that is empty."""
        with self._lock:
            key = (path, chain)
            if key in self._open:
                self._open.move_to_end(key)
                return self._open[key]
            copy = self._copy(path, chain) if chain else None
            try:
                archive = zipfile.ZipFile(copy or path)
            except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
                if copy is not None:
                    copy.unlink()
                raise DocumentError(f"The archive cannot be opened: {error}.") from error
            files = [entry for entry in archive.infolist() if not entry.is_dir()]
            names = dict(zip(member_names(files), files, strict=True))
            self._open[key] = _Opened(archive=archive, entries=names, copy=copy)
            # The archives on the way to a member are opened again after they were closed.
            while len(self._open) > _OPEN_ARCHIVES:
                self._open.popitem(last=False)[1].close()
            return self._open[key]

    def _copy(self, path: Path, inside: Chain) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="dragoman-unpacked-"))
            self._numbers += 1
            copy = self._folder / f"{self._numbers}{_suffix(inside[-1])}"
        try:
            with copy.open("wb") as file:
                for piece in self._pieces(path, inside):
                    file.write(piece)
        except BaseException:
            copy.unlink()
            raise
        return copy

    def _pieces(self, path: Path, inside: Chain) -> Iterator[bytes]:
        """The bytes of a member: never more than its size, which the budget has counted."""
        with self._lock:  # an archive must not be closed while it is read
            opened = self._opened(path, inside[:-1])
            found = opened.entries.get(inside[-1])
            if found is None:
                raise DocumentError("It is in the archive no longer.")
            try:
                with opened.archive.open(found) as file:
                    while piece := file.read(_PIECE):
                        yield piece
            except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
                raise DocumentError(f"It is damaged inside the archive: {error}.") from error
            except (NotImplementedError, RuntimeError) as error:
                raise DocumentError(f"It cannot be unpacked: {error}.") from error


def _problem(name: str, entry: zipfile.ZipInfo) -> str:
    if _OUTWARD.search(name):
        return "Its name leads out of the archive, so it is not read."
    if entry.flag_bits & 1:
        return "It has a password. Save the archive without one."
    return ""


def _is_hidden(name: str) -> bool:
    parts = name.split("/")
    return parts[0] == "__MACOSX" or any(
        part.startswith(".") and part not in {".", ".."} for part in parts
    )


def _suffix(name: str) -> str:
    found = re.search(r"\.[A-Za-z0-9]{1,8}$", name)
    return found[0].lower() if found else ""
