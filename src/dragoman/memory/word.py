"""Reads a Word file through HTML, which keeps its headings, lists and tables.

langchain-community's Docx2txtLoader gives the bare words, so mammoth is used instead.
"""

from __future__ import annotations

from pathlib import Path

from dragoman.errors import NeedsOcrError
from dragoman.memory.extracted import Extracted
from dragoman.memory.html import extract_html
from dragoman.memory.package import check_package, parsed


def extract_docx(path: Path) -> Extracted:
    """The text of the Word file at `path`.

    Raises:
        DocumentError: the file is damaged, has a password, or unpacks to too much.
        NeedsOcrError: it holds pictures and no text.
    """
    names = check_package(path)
    extracted = extract_html(parsed("Word file", lambda: _html(path)))
    if not extracted.text.strip() and any(name.startswith("word/media/") for name in names):
        raise NeedsOcrError("It holds pictures and no text: it needs OCR.")
    return extracted


def _html(path: Path) -> str:
    import mammoth  # noqa: PLC0415 - only Word files need it

    without_images = mammoth.images.img_element(lambda _: {})
    with path.open("rb") as file:
        return str(mammoth.convert_to_html(file, convert_image=without_images).value)
