"""Reads a PDF page by page through langchain-community's PyPDFLoader."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

from dragoman.errors import DocumentError, NeedsOcrError
from dragoman.memory.boilerplate import without_running_lines
from dragoman.memory.extracted import Extracted
from dragoman.memory.reading import ImageReader, page_texts

_PAGE_BREAK = "\n\n"

# Operators that put something other than text on a page: images, forms, filled or stroked paths.
_DRAWS = re.compile(rb"(?:^|\s)(?:Do|EI|sh|f\*?|F|B\*?|b\*?|S|s)(?=\s|$)")


def extract_pdf(path: Path, *, read_image: ImageReader | None = None) -> Extracted:
    """The text layer of the PDF at `path`, with the offset of each page.

    Running headers, footers and page numbers are left out. Pages that show something but have no
    text are named in `scanned` and in the notes, unless `read_image` reads their pictures; pages
    that are simply blank are not.

    Raises:
        DocumentError: the file is damaged or encrypted, or it has nothing but blank pages.
        NeedsOcrError: no page has text, and some show pictures.
    """
    kept, dropped = without_running_lines(_pages(path))
    pages = list(kept)
    empty = [number for number, page in enumerate(pages, 1) if not page.strip()]
    scanned = tuple(_drawn(path, empty)) if empty else ()
    read = page_texts(path, scanned, read_image) if scanned and read_image else {}
    for number, text in read.items():
        pages[number - 1] = text
    scanned = tuple(number for number in scanned if number not in read)
    offsets, at = [], 0
    for page in pages:
        offsets.append(at)
        at += len(page) + len(_PAGE_BREAK)
    if scanned and len(empty) == len(pages):
        raise NeedsOcrError(
            f"None of its {len(pages)} pages has a text layer: it needs OCR.", pages=scanned
        )
    notes: list[str] = []
    if scanned:
        notes.append(f"needs OCR: page {ranges(scanned)} without a text layer")
    if read:
        notes.append(f"page {ranges(sorted(read))} was read from a picture by a model")
    return Extracted(
        text=_PAGE_BREAK.join(pages),
        pages=tuple(offsets),
        notes=tuple(notes),
        scanned=scanned,
        boilerplate=dropped,
    )


def ranges(numbers: Sequence[int]) -> str:
    """``1-3, 7`` for 1, 2, 3, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{r[0]}-{r[-1]}" if len(r) > 1 else str(r[0]) for r in runs)


def _pages(path: Path) -> list[str]:
    with warnings.catch_warnings():
        # langchain-community announces its retirement at import; the loader itself is sound.
        warnings.filterwarnings("ignore", message="`langchain-community` is being sunset")
        from langchain_community.document_loaders.pdf import PyPDFLoader  # noqa: PLC0415 - slow
    from pypdf.errors import FileNotDecryptedError, PyPdfError  # noqa: PLC0415 - only PDF files

    log = logging.getLogger("pypdf")
    if not log.handlers:
        # Its warnings about damaged files would go to standard error; our report names the file.
        log.addHandler(logging.NullHandler())
    try:
        documents = PyPDFLoader(str(path), mode="page").load()
    except FileNotDecryptedError as error:
        raise DocumentError(
            "The PDF has a password.", cure="Save a copy without the password."
        ) from error
    except PyPdfError as error:
        raise DocumentError(f"The PDF cannot be read: {error}.") from error
    except OSError:
        raise
    except Exception as error:
        # pypdf lets errors of every kind through on damaged files.
        raise DocumentError(
            f"The PDF cannot be read: {type(error).__name__}: {error}.",
            cure="Open it in a PDF reader and save it again; remove its password.",
        ) from error
    # A PDF may hold half of a surrogate pair; it cannot be stored and means nothing.
    return [
        document.page_content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        for document in documents
    ]


def _drawn(path: Path, numbers: Iterable[int]) -> list[int]:
    """Those of the pages `numbers` on which something is drawn."""
    from pypdf import PdfReader  # noqa: PLC0415 - only PDF files need it
    from pypdf.errors import PyPdfError  # noqa: PLC0415 - the same

    found = []
    with path.open("rb") as file:
        pages = PdfReader(file).pages
        for number in numbers:
            try:
                contents = pages[number - 1].get_contents()
                data = contents.get_data() if contents is not None else b""
                drawn = _DRAWS.search(data) is not None
            except (PyPdfError, ValueError, KeyError, TypeError):
                drawn = True  # what cannot be looked into is not called blank
            if drawn:
                found.append(number)
    return found
