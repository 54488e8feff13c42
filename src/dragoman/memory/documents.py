"""Reads, writes and deletes one document inside a transaction of the journal."""

from __future__ import annotations

import json
import sqlite3
import zlib
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np

from dragoman.memory.groups import set_groups
from dragoman.memory.passage import Document
from dragoman.memory.rows import DocumentRow
from dragoman.memory.tally import Tally

SELECT_DOCUMENTS = """
SELECT id, source, title, language, hash, characters, stored_at, notes, metadata,
    (SELECT count(*) FROM chunks WHERE document = documents.number),
    (SELECT json_group_array(name) FROM document_groups WHERE document = documents.number)
FROM documents
"""


def to_document(row: tuple[Any, ...]) -> Document:
    """A row of `SELECT_DOCUMENTS` as what people see."""
    id_, source, title, language, hash_, characters, stored_at, notes, metadata, *rest = row
    passages, groups = rest
    return Document(
        document_id=id_,
        source=source,
        title=title,
        language=language,
        hash=hash_,
        characters=characters,
        passages=passages,
        stored_at=datetime.fromisoformat(stored_at),
        notes=tuple(json.loads(notes)),
        metadata=json.loads(metadata),
        groups=tuple(sorted(json.loads(groups))),
    )


def delete_document(
    db: sqlite3.Connection, tally: Tally, document_id: str, keep: set[str]
) -> dict[str, int]:
    """Delete a document; chunk ids in `keep` will be written again and stay in Chroma."""
    rows = db.execute(
        "SELECT chunks.number, chunks.id, chunks.language, terms FROM chunks "
        "JOIN documents ON documents.number = document WHERE documents.id = ?",
        (document_id,),
    ).fetchall()
    kept = {}
    for number, id_, language, packed in rows:
        terms = zlib.decompress(packed).decode()
        tally.subtract(terms.split(), language)
        db.execute(
            "INSERT INTO lexical (lexical, rowid, terms) VALUES ('delete', ?, ?)",
            (number, terms),
        )
        if id_ in keep:
            kept[id_] = number
        else:
            db.execute("DELETE FROM unsynced WHERE chunk = ?", (number,))
            db.execute("INSERT OR IGNORE INTO doomed VALUES (?)", (id_,))
    db.execute("DELETE FROM documents WHERE id = ?", (document_id,))
    return kept


def insert_document(
    db: sqlite3.Connection,
    tally: Tally,
    document: DocumentRow,
    kept: dict[str, int],
    groups: tuple[str, ...],
) -> None:
    """Write a document; `kept` gives passages that Chroma knows already their old numbers."""
    number = db.execute(
        "INSERT INTO documents (id, path, source, title, language, hash, characters, stored_at, "
        "notes, metadata, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document.id,
            document.path,
            document.source,
            document.title,
            document.language,
            document.hash,
            len(document.text),
            datetime.now(UTC).isoformat(timespec="seconds"),
            json.dumps(document.notes, ensure_ascii=False),
            document.metadata,
            zlib.compress(document.text.encode()),
        ),
    ).lastrowid
    set_groups(db, cast("int", number), groups)
    for chunk in document.chunks:
        tally.add(chunk.terms.split(), chunk.language)
        chunk_number = db.execute(
            "INSERT INTO chunks (number, id, document, start, stop, page, headings, language, "
            "hash, text, terms, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                kept.get(chunk.id),
                chunk.id,
                number,
                chunk.start,
                chunk.end,
                chunk.page,
                json.dumps(chunk.headings, ensure_ascii=False),
                chunk.language,
                chunk.hash,
                chunk.text,
                zlib.compress(chunk.terms.encode()),
                np.ascontiguousarray(chunk.vector, dtype="<f4").tobytes(),
            ),
        ).lastrowid
        db.execute("INSERT INTO lexical (rowid, terms) VALUES (?, ?)", (chunk_number, chunk.terms))
        if chunk.id not in kept:
            db.execute("INSERT INTO unsynced VALUES (?)", (chunk_number,))
            db.execute("DELETE FROM doomed WHERE id = ?", (chunk.id,))
