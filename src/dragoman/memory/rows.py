"""Documents and passages as they are stored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, kw_only=True, slots=True)
class ChunkRow:
    """A passage as it is stored."""

    id: str
    """Id that follows from the document and the text, so that an unchanged passage keeps it."""

    start: int
    """Offset of its first character in the document."""

    end: int
    """Offset after its last character."""

    page: int | None
    """Page on which it starts, from 1."""

    headings: tuple[str, ...]
    """Headings above it."""

    language: str
    """BCP-47 tag."""

    hash: str
    """SHA-256 of the text."""

    text: str
    """The text."""

    terms: str
    """Terms for the lexical index, separated by spaces."""

    vector: npt.NDArray[np.float32]
    """The embedding, normalized."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentRow:
    """A document with its passages, ready to be stored."""

    id: str
    """Id of the document."""

    path: str | None
    """Absolute path of the file, None for an added text."""

    source: str
    """Where it comes from, for people."""

    title: str
    """Title, or empty."""

    language: str
    """BCP-47 tag of most of it."""

    hash: str
    """SHA-256 of what it was made from."""

    text: str
    """The extracted text."""

    notes: tuple[str, ...]
    """What a person should know about it."""

    metadata: str
    """The caller's metadata as JSON."""

    chunks: tuple[ChunkRow, ...]
    """Its passages."""

    groups: tuple[str, ...] | None = None
    """Who may see it, empty for everyone; None leaves that as it is, or as its folder has it."""
