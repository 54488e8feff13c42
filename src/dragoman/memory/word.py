"""Reads a Word file through HTML, which keeps its headings, lists and tables.

langchain-community's Docx2txtLoader gives the bare words, so mammoth is used instead.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from dragoman.errors import DocumentError
from dragoman.memory.extracted import Extracted
from dragoman.memory.html import extract_html

MAX_UNPACKED_BYTES = 512 * 1024 * 1024
"""Largest content of a zipped document; a small file that unpacks to more is an attack."""


def extract_docx(path: Path) -> Extracted:
    """The text of the Word file at `path`.

    Raises:
        DocumentError: the file is damaged, encrypted, or unpacks to too much.
    """
    import mammoth  # noqa: PLC0415 - only Word files need it

    check_archive(path)
    try:
        with path.open("rb") as file:
            html = mammoth.convert_to_html(
                file, convert_image=mammoth.images.img_element(lambda _: {})
            ).value
    except OSError:
        raise
    except Exception as error:
        # mammoth lets errors of every kind through on damaged files.
        raise DocumentError(
            f"The Word file cannot be read: {type(error).__name__}: {error}.",
            cure="Open it in a word processor and save it again.",
        ) from error
    return extract_html(html)


def check_archive(path: Path) -> None:
    """Refuse a zipped document that is damaged or unpacks to too much.

    Raises:
        DocumentError: it is.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise DocumentError(
            "It is not a document of its kind: the file is damaged, or has a password."
        ) from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise DocumentError(f"It unpacks to {unpacked / 2**20:.0f} MiB, which is not read.")
