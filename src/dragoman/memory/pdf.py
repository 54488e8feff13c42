"""Reads a PDF page by page through langchain-community's PyPDFLoader."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

from dragoman.errors import DocumentError
from dragoman.memory.extracted import Extracted

_PAGE_BREAK = "\n\n"


def extract_pdf(path: Path) -> Extracted:
    """The text layer of the PDF at `path`, with the offset of each page.

    Pages without a text layer are named in the notes.

    Raises:
        DocumentError: the file is damaged or encrypted, or no page has a text layer.
    """
    pages = _pages(path)
    offsets, parts, at = [], [], 0
    for page in pages:
        offsets.append(at)
        parts.append(page)
        at += len(page) + len(_PAGE_BREAK)
    empty = [number for number, page in enumerate(pages, 1) if not page.strip()]
    if len(empty) == len(pages):
        raise DocumentError(
            f"None of its {len(pages)} pages has a text layer: it needs OCR.",
            cure="Run it through an OCR program, such as ocrmypdf, and ingest the result.",
        )
    notes = (f"needs OCR: page {_ranges(empty)} without a text layer",) if empty else ()
    return Extracted(text=_PAGE_BREAK.join(parts), pages=tuple(offsets), notes=notes)


def _pages(path: Path) -> list[str]:
    with warnings.catch_warnings():
        # langchain-community announces its retirement at import; the loader itself is sound.
        warnings.filterwarnings("ignore", message="`langchain-community` is being sunset")
        from langchain_community.document_loaders.pdf import PyPDFLoader  # noqa: PLC0415 - slow
    from pypdf.errors import PyPdfError  # noqa: PLC0415 - only PDF files need it

    try:
        documents = PyPDFLoader(str(path), mode="page").load()
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


def _ranges(numbers: Sequence[int]) -> str:
    """``1-3, 7`` for 1, 2, 3, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{r[0]}-{r[-1]}" if len(r) > 1 else str(r[0]) for r in runs)
