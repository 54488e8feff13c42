"""Opens documents that are zip archives inside, such as .docx and .epub, and refuses bad ones."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from dragoman.errors import DocumentError

Content = TypeVar("Content")

MAX_UNPACKED_BYTES = 512 * 1024 * 1024
"""Largest content of a zipped document; a small file that unpacks to more is an attack."""

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Office before 2007, and any with a password


def check_package(path: Path) -> frozenset[str]:
    """The names inside the zipped document at `path`.

    Raises:
        DocumentError: it is damaged, has a password, or unpacks to too much.
    """
    with path.open("rb") as file:
        if file.read(8) == _COMPOUND_FILE:
            raise DocumentError(
                "It has a password, or is of the kind before Office 2007.",
                cure="Save a copy without a password as .docx, .pptx or .xlsx.",
            )
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise DocumentError("It is not a document of its kind, or the file is damaged.") from error
    if any(entry.flag_bits & 1 for entry in entries):
        raise DocumentError("It has a password.", cure="Save a copy without the password.")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED_BYTES:
        raise DocumentError(f"It unpacks to {unpacked / 2**20:.0f} MiB, which is not read.")
    return frozenset(entry.filename for entry in entries)


def parsed(kind: str, parse: Callable[[], Content]) -> Content:
    """What `parse` gives; its parser's errors become ours.

    Raises:
        DocumentError: the file is damaged.
    """
    try:
        return parse()
    except (DocumentError, OSError):
        raise
    except Exception as error:
        # The parsers let errors of every kind through on damaged files.
        raise DocumentError(
            f"The {kind} cannot be read: {type(error).__name__}: {error}.",
            cure="Open it in its program and save it again.",
        ) from error
