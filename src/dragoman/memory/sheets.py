"""Reads an Excel workbook sheet by sheet, each row with the labels of its columns.

langchain-community reads workbooks through `unstructured`, which is heavy and gives bare cells, so
openpyxl is used instead, row by row, so that a large workbook is never in memory as a whole.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from typing import Any, BinaryIO

from dragoman.memory.extracted import Extracted, joined, titled
from dragoman.memory.package import check_package, parsed


def extract_xlsx(path: Path) -> Extracted:
    """The visible sheets of the workbook at `path`: a heading each, a paragraph for each row.

    The first row of words is taken for the labels of the columns; the rows below it become
    ``label: value`` lines. Formulas are read as the values that were saved with them.

    Raises:
        DocumentError: the file is damaged, has a password, or unpacks to too much.
    """
    check_package(path)
    # Opened here, because openpyxl leaves a damaged file open.
    with path.open("rb") as file:
        return parsed("workbook", lambda: _extract(file))


def _extract(file: BinaryIO) -> Extracted:
    from openpyxl import load_workbook  # noqa: PLC0415 - only workbooks need it

    with warnings.catch_warnings():
        # openpyxl warns of charts, validations and the like, which hold no text.
        warnings.simplefilter("ignore")
        book = load_workbook(file, read_only=True, data_only=True)
    try:
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
        bodies = [(sheet.title, "\n\n".join(_paragraphs(_rows(sheet)))) for sheet in shown]
        title = (book.properties.title or "").strip()
    finally:
        book.close()
    parts = [titled(name, body) for name, body in bodies if body]
    notes = (f"hidden sheets not read: {', '.join(hidden)}",) if hidden else ()
    return replace(joined(parts, title=title), notes=notes)


def _rows(sheet: Any) -> Iterator[dict[int, Any]]:
    """Each row as its filled cells by column; an empty row is an empty dict."""
    sheet.reset_dimensions()  # the size written in the file is often wrong
    for row in sheet.iter_rows():
        yield {
            index: cell for index, cell in enumerate(row) if cell.value is not None and _shown(cell)
        }


def _paragraphs(rows: Iterable[Mapping[int, Any]]) -> Iterator[str]:
    labels: dict[int, str] = {}
    after_gap = True
    for row in rows:
        if not row:
            after_gap = True
            continue
        if _is_header(row) and (not labels or (after_gap and not row.keys() <= labels.keys())):
            labels = {index: _shown(cell) for index, cell in row.items()}
        elif labels:
            yield "\n".join(_labelled(row, labels))
        else:
            yield " | ".join(_shown(cell) for cell in row.values())
        after_gap = False


def _labelled(row: Mapping[int, Any], labels: Mapping[int, str]) -> Iterator[str]:
    for index, cell in row.items():
        yield f"{labels[index]}: {_shown(cell)}" if index in labels else _shown(cell)


def _is_header(row: Mapping[int, Any]) -> bool:
    return len(row) > 1 and all(isinstance(cell.value, str) for cell in row.values())


def _shown(cell: Any) -> str:
    """The value of a cell as a person reads it."""
    value = cell.value
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(" ")
    if isinstance(value, float) and "%" in (cell.number_format or ""):
        return f"{value * 100:.12g}%"
    if isinstance(value, float):
        return f"{value:.15g}"
    return " ".join(str(value).split())
