"""Keeps Chroma, the copy of the vectors, equal to the journal.

The journal notes what Chroma lacks or has too much. Working the notes off may be cut short anywhere
and done again: putting a vector in twice and deleting it twice change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dragoman.memory.journal import Journal
from dragoman.memory.vectors import VectorCollection

SYNC_BATCH = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """What had to be put right when a store was opened or checked."""

    added: int
    """Vectors that Chroma lacked."""

    deleted: int
    """Vectors that Chroma had too much."""


def work_off(journal: Journal, collection: VectorCollection) -> Repair:
    """Do in `collection` what the notes of `journal` say, and cross them out."""
    added, deleted = 0, 0
    while doomed := journal.doomed(SYNC_BATCH):
        collection.delete(doomed)
        journal.forgotten(doomed)
        deleted += len(doomed)
    while batch := journal.pending(SYNC_BATCH):
        numbers, ids, _, vectors = zip(*batch, strict=True)
        collection.upsert(ids, np.stack(vectors))
        journal.synced(numbers)
        added += len(batch)
    return Repair(added=added, deleted=deleted)


def compare(journal: Journal, collection: VectorCollection) -> Repair:
    """Compare every id of `journal` with those of `collection` and put right what differs."""
    stored = set(collection.ids())
    expected = journal.chunk_ids()
    journal.distrust(missing=expected - stored, surplus=stored - expected)
    return work_off(journal, collection)
