"""What a loader makes of a file: plain text, and where its headings and pages begin."""

from __future__ import annotations

from dataclasses import dataclass


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
