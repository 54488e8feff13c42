"""Files below one folder, and nothing else: reached step by step, never by a resolved name.

Each part of a path is opened from the folder before it, and no symbolic link is followed. So a path
cannot leave the folder, not even when somebody swaps a part of it for a link in the meantime.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dragoman.errors import ConfigurationError, ToolFailedMistake


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One entry of a folder."""

    name: str
    """Its name, without the folder."""

    is_folder: bool
    """Whether it is a folder; otherwise it is a regular file."""

    size: int
    """Bytes of a file; 0 for a folder."""


class Fence:
    """A folder that paths cannot leave. Hidden files, links and devices are not there.

    Usage:
        fence = Fence(Path("/srv/handbook"))
        fence.read("policies/refunds.md", most=100_000)
    """

    def __init__(self, root: Path) -> None:
        """Take the folder, which may itself be reached by links.

        Raises:
            ConfigurationError: it is no folder, or this system cannot open files step by step.
        """
        if os.open not in os.supports_dir_fd:
            raise ConfigurationError("The file tools need a system with openat, such as Linux.")
        if not root.is_dir():
            raise ConfigurationError(
                f"{root} is not a folder.",
                cure="Set DRAGOMAN_FILES_ROOT to the folder whose files may be read.",
            )
        self._root = root.resolve()

    def read(self, path: str, *, most: int) -> bytes:
        """The bytes of a regular file.

        Raises:
            ToolFailedMistake: there is no such file here, or it has more than `most` bytes.
        """
        with self._opened(path, os.O_RDONLY) as descriptor:
            status = os.fstat(descriptor)
            if stat.S_ISDIR(status.st_mode):
                raise ToolFailedMistake(f"{path!r} is a folder; list it with list_files.")
            if not stat.S_ISREG(status.st_mode):
                raise _absent(path)
            with os.fdopen(os.dup(descriptor), "rb") as file:
                data = file.read(most + 1)
            if len(data) > most:
                raise ToolFailedMistake(
                    f"{path!r} has {status.st_size:,} bytes; files up to {most:,} can be read."
                )
            return data

    def list(self, folder: str) -> list[Listed]:
        """What lies in a folder, by name; the root's own path is empty.

        Raises:
            ToolFailedMistake: there is no such folder here.
        """
        with self._opened(folder, os.O_RDONLY) as descriptor:
            if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise ToolFailedMistake(f"{folder!r} is a file; read it with read_file.")
            return sorted(_listed(descriptor), key=lambda entry: entry.name)

    @contextmanager
    def _opened(self, path: str, flags: int) -> Iterator[int]:
        # Not blocking, so that a pipe without a writer is opened, seen to be none of ours and left.
        safe = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            parts = _parts(path)
            for number, part in enumerate(parts, 1):
                middle = os.O_DIRECTORY if number < len(parts) else 0
                inner = os.open(part, flags | safe | middle, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        except (OSError, ValueError) as error:  # ValueError: a zero byte or a lone surrogate
            raise _absent(path) from error
        finally:
            os.close(descriptor)


def _parts(path: str) -> list[str]:
    """The steps of a path below the root."""
    if path.startswith(("/", "~")) or "\\" in path:
        raise ToolFailedMistake(
            f"{path!r:.200} is not a path below the folder; write it as list_files shows it."
        )
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise ToolFailedMistake("'..' leads out of the folder; write paths as list_files shows.")
    if any(part.startswith(".") for part in parts):
        raise ToolFailedMistake("Hidden files and folders cannot be read.")
    return parts


def _listed(descriptor: int) -> Iterator[Listed]:
    with os.scandir(descriptor) as entries:
        for entry in entries:
            if entry.name.startswith(".") or not _is_printable(entry.name):
                continue
            with suppress(OSError):  # it went away in the meantime
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    yield Listed(name=entry.name, is_folder=True, size=0)
                elif stat.S_ISREG(status.st_mode):
                    yield Listed(name=entry.name, is_folder=False, size=status.st_size)


def _is_printable(name: str) -> bool:
    """Whether the model can write the name back: no line breaks, no bytes that are no text."""
    return name.isprintable()


def _absent(path: str) -> ToolFailedMistake:
    return ToolFailedMistake(f"There is no file or folder {path!r:.200}; see list_files.")
