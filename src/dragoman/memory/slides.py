"""Reads a PowerPoint file slide by slide.

langchain-community reads slides through `unstructured`, which is heavy and loses the notes, so
python-pptx is used instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from dragoman.errors import NeedsOcrError
from dragoman.memory.extracted import Extracted, joined, titled
from dragoman.memory.package import check_package, parsed
from dragoman.memory.pdf import ranges


def extract_pptx(path: Path) -> Extracted:
    """The slides of the file at `path`: each is a page with its title as heading, then its notes.

    Tables become ``a | b`` lines. Slide numbers, dates and footers are left out.

    Raises:
        DocumentError: the file is damaged, has a password, or unpacks to too much.
        NeedsOcrError: no slide has text, and some show pictures.
    """
    check_package(path)
    return parsed("presentation", lambda: _extract(path))


def _extract(path: Path) -> Extracted:
    from pptx import Presentation  # noqa: PLC0415 - only presentations need it

    presentation = Presentation(str(path))
    slides = list(presentation.slides)
    parts = [_slide(slide) for slide in slides]
    scanned = tuple(
        number
        for number, (slide, part) in enumerate(zip(slides, parts, strict=True), 1)
        if not part.text.strip() and any(_is_picture(shape) for shape in _flat(slide.shapes))
    )
    if scanned and not any(part.text.strip() for part in parts):
        raise NeedsOcrError(
            f"Its {len(slides)} slides hold pictures and no text: it needs OCR.", pages=scanned
        )
    notes = (f"needs OCR: slide {ranges(scanned)} is a picture",) if scanned else ()
    whole = joined(parts, title=(presentation.core_properties.title or "").strip(), paged=True)
    return replace(whole, notes=notes, scanned=scanned)


def _slide(slide: Any) -> Extracted:
    heading = slide.shapes.title
    title = _line(heading.text_frame.text) if heading is not None else ""
    left_out = 0
    blocks = []
    for shape in _flat(slide.shapes):
        if heading is not None and shape.shape_id == heading.shape_id:
            continue
        text = "\n".join(_lines(shape))
        if text and _is_furniture(shape):
            left_out += 1
        elif text:
            blocks.append(text)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        blocks.append("\n".join(_paragraphs(slide.notes_slide.notes_text_frame)))
    body = "\n\n".join(block for block in blocks if block)
    return replace(titled(title, body), boilerplate=left_out)


def _flat(shapes: Iterable[Any]) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _flat(shape.shapes)  # a group
        else:
            yield shape


def _lines(shape: Any) -> Iterator[str]:
    if getattr(shape, "has_table", False):
        for row in shape.table.rows:
            cells = [_line(cell.text) for cell in row.cells]
            if any(cells):
                yield " | ".join(cells)
    elif getattr(shape, "has_text_frame", False):
        yield from _paragraphs(shape.text_frame)


def _paragraphs(frame: Any) -> Iterator[str]:
    for paragraph in frame.paragraphs:
        text = _line(paragraph.text)
        if text:
            yield "  " * min(paragraph.level, 4) + ("- " if paragraph.level else "") + text


def _is_furniture(shape: Any) -> bool:
    """Whether a shape is a date, a footer or a slide number."""
    from pptx.enum.shapes import PP_PLACEHOLDER  # noqa: PLC0415 - only presentations need it

    if not shape.is_placeholder:
        return False
    return shape.placeholder_format.type in {
        PP_PLACEHOLDER.DATE,
        PP_PLACEHOLDER.FOOTER,
        PP_PLACEHOLDER.SLIDE_NUMBER,
    }


def _is_picture(shape: Any) -> bool:
    # By its element, since a picture in a placeholder is of another class.
    return str(shape.element.tag).endswith("}pic")


def _line(text: str) -> str:
    return " ".join(text.split())
