"""Turns a text into a document row: language, passages, terms, and room for the vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dragoman.languages import UNDETERMINED, analyze, detect
from dragoman.memory.chunk import Chunk, chunk
from dragoman.memory.copies import Key, copy_key
from dragoman.memory.extracted import Extracted
from dragoman.memory.rows import ChunkRow, DocumentRow

PREPARATION = "2"
"""Version of chunking and analysis: part of every content hash, so that a document is prepared
again after this has changed."""

_SAMPLE = 4000
_SURE = 0.8


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A document that lacks only its vectors."""

    id: str
    """Id of the document."""

    path: str | None
    """Absolute path of the file, None for an added text."""

    source: str
    """Where it comes from, for people."""

    hash: str
    """SHA-256 of what it was made from."""

    language: str
    """BCP-47 tag of most of it."""

    extracted: Extracted
    """Its text and outline."""

    metadata: str
    """The caller's metadata as JSON."""

    chunks: tuple[Chunk, ...]
    """Its passages."""

    languages: tuple[str, ...]
    """BCP-47 tag of each passage."""

    terms: tuple[str, ...]
    """Lexical terms of each passage."""

    inputs: tuple[str, ...]
    """What the embedder reads for each passage: its headings, then its text."""

    ids: tuple[str, ...]
    """Id of each passage."""

    repeated: int = 0
    """Passages that were left out because the document holds them already."""

    def row(self, vectors: Mapping[str, npt.NDArray[np.float32]]) -> DocumentRow:
        """The finished document; `vectors` holds one for each of `ids`."""
        text = self.extracted.text
        return DocumentRow(
            id=self.id,
            path=self.path,
            source=self.source,
            title=self.extracted.title,
            language=self.language,
            hash=self.hash,
            text=text,
            notes=self.extracted.notes,
            metadata=self.metadata,
            chunks=tuple(
                ChunkRow(
                    id=id_,
                    start=piece.start,
                    end=piece.end,
                    page=piece.page,
                    headings=piece.headings,
                    language=language,
                    hash=hashlib.sha256(text[piece.start : piece.end].encode()).hexdigest(),
                    text=text[piece.start : piece.end],
                    terms=terms,
                    vector=vectors[id_],
                )
                for id_, piece, language, terms in zip(
                    self.ids, self.chunks, self.languages, self.terms, strict=True
                )
            ),
        )


def prepare(
    document_id: str,
    extracted: Extracted,
    *,
    hash: str,  # noqa: A002 - the field's name
    source: str,
    path: str | None = None,
    metadata: str = "{}",
    language: str | None = None,
) -> Prepared:
    """Cut and analyze one document; everything but embedding it."""
    text = extracted.text
    main = language or _language(text[:_SAMPLE], UNDETERMINED)
    found = chunk(extracted, main)
    chunks = tuple(_without_repeats(found, text))
    languages, terms, inputs = [], [], []
    for piece in chunks:
        words = text[piece.start : piece.end]
        shown = embedder_input(extracted.title, piece.headings, words)
        tag = main if len(found) == 1 else _language(words, main)
        languages.append(tag)
        terms.append(" ".join(analyze(shown, tag)))
        inputs.append(shown)
    return Prepared(
        id=document_id,
        path=path,
        source=source,
        hash=hash,
        language=main,
        extracted=extracted,
        metadata=metadata,
        chunks=chunks,
        languages=tuple(languages),
        terms=tuple(terms),
        inputs=tuple(inputs),
        ids=_chunk_ids(document_id, inputs),
        repeated=len(found) - len(chunks),
    )


def content_hash(data: str, *context: str) -> str:
    """SHA-256 over `data` and everything else that decides how a document is stored."""
    digest = hashlib.sha256(PREPARATION.encode())
    for part in (data, *context):
        digest.update(b"\0" + part.encode())
    return digest.hexdigest()


def _without_repeats(chunks: Iterable[Chunk], text: str) -> Iterator[Chunk]:
    """`chunks` without those that say under the same headings what an earlier one said."""
    seen: set[Key | None] = set()
    for piece in chunks:
        key = copy_key("", piece.headings, text[piece.start : piece.end])
        if key is None or key not in seen:
            seen.add(key)
            yield piece


def embedder_input(title: str, headings: Sequence[str], words: str) -> str:
    """What the embedder and the analyzers read of a passage: also the headings above it.

    Args:
        title: Title of the document.
        headings: Headings above the passage.
        words: The passage, which may show some of them itself.
    """
    path = [title, *headings] if title and title not in headings else headings
    above = " > ".join(step for step in path if step and step not in words[:200])
    return f"{above}\n{words}" if above else words


def _language(text: str, fallback: str) -> str:
    """The language of a passage; an unsure answer gives way to the document's language."""
    found = detect(text)
    return found.tag if found.confidence >= _SURE else fallback


def _chunk_ids(document_id: str, inputs: list[str]) -> tuple[str, ...]:
    """Ids that depend on the document and the passage, so that unchanged ones are kept."""
    seen: dict[str, int] = {}
    ids = []
    for text in inputs:
        number = seen[text] = seen.get(text, -1) + 1
        key = f"{document_id}\0{number}\0{text}".encode()
        ids.append(hashlib.sha256(key).hexdigest()[:32])
    return tuple(ids)
