"""What the memory gives back: passages, documents and verified quotes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A piece of a stored document that fits a question."""

    document_id: str
    """Id of the document that it was taken from."""

    chunk_id: str
    """Id of this piece: the same text in the same document keeps its id."""

    text: str
    """The piece itself, exactly ``document_text[start:end]``."""

    score: float
    """How well it fits, 0 to 1; comparable within one search only."""

    source: str
    """Where it comes from, for people: a path below the ingested folder, or the document's id."""

    title: str
    """Title of the document, empty when it has none."""

    heading_path: tuple[str, ...] = ()
    """Headings above the piece, outermost first."""

    page: int | None = None
    """Page on which it starts, from 1; None when the document has no pages."""

    start: int
    """Offset of the first character in the document's extracted text."""

    end: int
    """Offset after the last character in the document's extracted text."""

    language: str
    """BCP-47 tag of the piece, ``und`` when unknown."""

    hash: str
    """SHA-256 of `text` in hexadecimal."""

    metadata: Mapping[str, Any] = field(default_factory=dict)
    """What the caller stored with the document."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A stored document, without its text."""

    document_id: str
    """Id of the document."""

    source: str
    """Where it comes from, for people."""

    title: str
    """Title, empty when it has none."""

    language: str
    """BCP-47 tag of most of the text, ``und`` when unknown."""

    hash: str
    """SHA-256 of what it was made from: the file's bytes, or the text that was added."""

    characters: int
    """Length of the extracted text in characters."""

    passages: int
    """Number of passages."""

    stored_at: datetime
    """When this version was stored, in UTC."""

    notes: tuple[str, ...] = ()
    """What a person should know about it, such as pages that need OCR."""

    metadata: Mapping[str, Any] = field(default_factory=dict)
    """What the caller stored with it."""

    groups: tuple[str, ...] = ()
    """Groups that may see it; empty for everyone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifiedQuote:
    """A quote that does stand in the stored text."""

    document_id: str
    """Id of the document."""

    chunk_id: str
    """Id of the passage."""

    start: int
    """Offset of the quote's first character in the document's extracted text."""

    end: int
    """Offset after the quote's last character in the document's extracted text."""

    text: str
    """The stored text between the two, which may differ from the quote in spacing and width."""

    exact: bool
    """Whether the quote stands there character by character."""
