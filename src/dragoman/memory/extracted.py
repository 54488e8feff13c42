"""What a loader makes of a file: plain text, and where its headings and pages begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """A heading inside an extracted text."""

    start: int
    """Offset of the line that it stands on."""

    end: int
    """Offset after that line."""

    level: int
    """Depth, 1 is the outermost."""

    title: str
    """The heading without its markup."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Extracted:
    """The text of a document and its outline."""

    text: str
    """The text; every offset in the memory counts characters of it."""

    title: str = ""
    """The document's own title, empty when it has none."""

    headings: tuple[Heading, ...] = ()
    """Headings by their start."""

    pages: tuple[int, ...] = ()
    """Offset at which each page starts, page 1 first; empty when there are no pages."""

    notes: tuple[str, ...] = ()
    """What a person should know, such as pages that need OCR."""

    scanned: tuple[int, ...] = ()
    """Numbers of the pages that show something but have no text: they need OCR."""

    boilerplate: int = 0
    """Lines that were left out because they repeat on the pages of the document or its site."""


PART_BREAK = "\n\n"
"""What stands between two parts of a document."""


def joined(parts: Sequence[Extracted], *, title: str = "", paged: bool = False) -> Extracted:
    """One text of several, headings moved along; each part is a page when `paged`."""
    headings: list[Heading] = []
    starts, at = [], 0
    for part in parts:
        starts.append(at)
        headings += [replace(h, start=h.start + at, end=h.end + at) for h in part.headings]
        at += len(part.text) + len(PART_BREAK)
    return Extracted(
        text=PART_BREAK.join(part.text for part in parts),
        title=title,
        headings=tuple(headings),
        pages=tuple(starts) if paged else (),
        notes=tuple(note for part in parts for note in part.notes),
        boilerplate=sum(part.boilerplate for part in parts),
    )


def titled(title: str, body: str, *, level: int = 1) -> Extracted:
    """A part that begins with its title as a heading; without one it is `body` alone."""
    if not title:
        return Extracted(text=body)
    heading = Heading(start=0, end=len(title), level=level, title=title)
    return Extracted(text=f"{title}\n\n{body}".rstrip(), headings=(heading,))
