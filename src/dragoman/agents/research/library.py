"""The documents that a comparison or a summary is about, as passages and statements."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from dragoman.agents.research.statements import Statement, statements
from dragoman.errors import DocumentNotFoundError, InvalidInputError
from dragoman.memory import Document, Memory, MemoryView, Passage

_MOST_STATEMENTS = 2000
"""Of one document; embedding them takes some ten seconds on two cores."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A document that was read."""

    document: Document
    """The document."""

    whole: Passage
    """All of its text as one passage."""

    statements: list[Statement]
    """What it states, in order; of a very long one, the first two thousand statements."""


def read(memory: Memory | MemoryView, name: str) -> Read:
    """A document by its id, or by a part of its source or title that only one has.

    Raises:
        DocumentNotFoundError: no document has it.
        InvalidInputError: several have it; the message names them.
    """
    document = memory.document(name) or _only(memory.documents(), name)
    text = memory.document_text(document.document_id) or ""
    whole = Passage(
        document_id=document.document_id,
        chunk_id="",
        text=text,
        score=1.0,
        source=document.source,
        title=document.title,
        start=0,
        end=len(text),
        language=document.language,
        hash=hashlib.sha256(text.encode()).hexdigest(),
    )
    return Read(document=document, whole=whole, statements=statements([whole])[:_MOST_STATEMENTS])


def _only(documents: Sequence[Document], name: str) -> Document:
    wanted = name.casefold()
    found = [
        document
        for document in documents
        if wanted and wanted in f"{document.source}\n{document.title}".casefold()
    ]
    if not found:
        raise DocumentNotFoundError(
            f"There is no document {name!r:.80}.", cure="See them: dragoman documents list"
        )
    if len(found) > 1:
        raise InvalidInputError(
            f"{name!r:.80} is a part of several documents: "
            f"{', '.join(document.source for document in found[:5])}.",
            cure="Write more of the name, or the document's id.",
        )
    return found[0]
