"""Reads a file into text with an outline, by its suffix."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dragoman.errors import DocumentError, EngineError
from dragoman.memory.encodings import decode
from dragoman.memory.epub import extract_epub
from dragoman.memory.extracted import Extracted
from dragoman.memory.html import extract_html
from dragoman.memory.markdown import extract_markdown, extract_rst
from dragoman.memory.pdf import extract_pdf
from dragoman.memory.reading import IMAGE_SUFFIXES, ImageReader, extract_image
from dragoman.memory.records import extract_csv, extract_json, extract_mail
from dragoman.memory.sheets import extract_xlsx
from dragoman.memory.slides import extract_pptx
from dragoman.memory.word import extract_docx

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Largest file that is read: a document is stored whole or not at all, so it must fit in memory."""

# Characters that no reader sees and no database wants: controls except tab and line feed.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")


def _text_file(path: Path, parse: Callable[[str], Extracted]) -> Extracted:
    decoded = decode(path.read_bytes())
    # Before parsing, too: a raw control character inside a string stops the JSON parser.
    extracted = parse(_CONTROLS.sub("\ufffd", decoded.text))
    return replace(extracted, notes=(*decoded.notes, *extracted.notes))


def _plain(text: str) -> Extracted:
    return Extracted(text=text)


def _storable(extracted: Extracted) -> Extracted:
    """`extracted` without characters that cannot be stored; every offset stays what it was.

    JSON and mail can spell out such characters, so looking at the file's own text is not enough.
    """
    return replace(
        extracted,
        text=_CONTROLS.sub("\ufffd", extracted.text),
        title=_CONTROLS.sub("\ufffd", extracted.title),
    )


LOADERS: dict[str, Callable[[Path], Extracted]] = {
    ".md": lambda path: _text_file(path, extract_markdown),
    ".markdown": lambda path: _text_file(path, extract_markdown),
    ".txt": lambda path: _text_file(path, _plain),
    ".rst": lambda path: _text_file(path, extract_rst),
    ".csv": lambda path: _text_file(path, extract_csv),
    ".tsv": lambda path: _text_file(path, extract_csv),
    ".json": lambda path: _text_file(path, extract_json),
    ".eml": extract_mail,
    ".html": lambda path: _text_file(path, extract_html),
    ".htm": lambda path: _text_file(path, extract_html),
    ".xhtml": lambda path: _text_file(path, extract_html),
    ".pdf": extract_pdf,
    ".docx": extract_docx,
    ".pptx": extract_pptx,
    ".xlsx": extract_xlsx,
    ".epub": extract_epub,
}
"""Loader by suffix, in lower case."""


def supported(path: Path, *, images: bool = False) -> bool:
    """Whether files with this suffix can be read, images among them where somebody reads them."""
    suffix = path.suffix.lower()
    return suffix in LOADERS or (images and suffix in IMAGE_SUFFIXES)


def fingerprint(path: Path) -> str:
    """SHA-256 of the file's bytes, in hexadecimal.

    Raises:
        DocumentError: the file is too large, or cannot be opened.
    """
    try:
        check_size(path.stat().st_size)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DocumentError(f"It cannot be opened: {error.strerror or error}.") from error


def check_size(size: int) -> None:
    """Refuse a file of `size` bytes when it is too large.

    Raises:
        DocumentError: it is.
    """
    if size > MAX_FILE_BYTES:
        raise DocumentError(
            f"It has {size / 2**20:.0f} MiB, more than {MAX_FILE_BYTES // 2**20}.",
            cure="Split it into smaller files.",
        )


def load(path: Path, *, read_image: ImageReader | None = None) -> Extracted:
    """Read the file at `path`.

    Args:
        path: The file.
        read_image: Reads images, and scanned pages of PDF files; without one they need OCR.

    Raises:
        DocumentError: it is damaged, empty, encrypted, of an unknown kind, or needs OCR.
        EngineError: the model behind `read_image` cannot be asked.
    """
    loader = _loader(path.suffix.lower(), read_image)
    if loader is None:
        raise DocumentError(
            f"Files of the kind {path.suffix or path.name!r} cannot be read.",
            cure=f"Known are {' '.join(sorted(LOADERS))}.",
        )
    try:
        extracted = loader(path)
    except (DocumentError, EngineError):
        raise
    except OSError as error:
        raise DocumentError(f"It cannot be opened: {error.strerror or error}.") from error
    except Exception as error:
        # Parsers of other people's files fail in many ways, a page of a thousand nested tags with
        # RecursionError; whatever it is, it is this file's trouble and must not stop an ingest.
        raise DocumentError(f"It cannot be read: {type(error).__name__}: {error}.") from error
    extracted = _storable(extracted)
    if not extracted.text.strip():
        raise DocumentError("It is empty: there is no text in it.")
    return extracted


def _loader(suffix: str, read_image: ImageReader | None) -> Callable[[Path], Extracted] | None:
    if read_image is not None and suffix in IMAGE_SUFFIXES:
        return lambda path: extract_image(path, read_image)
    if suffix == ".pdf":
        return lambda path: extract_pdf(path, read_image=read_image)
    return LOADERS.get(suffix)
