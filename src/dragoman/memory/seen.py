"""The nearest vectors among those that somebody may see.

Chroma is asked for more than is needed, and what may not be seen is taken out. Where most of what
is near is closed to whoever is asking, the vectors that are not are compared one by one: exact, and
slower the more there are of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dragoman.memory.groups import Groups, visible, visible_ids
from dragoman.memory.journal import Journal
from dragoman.memory.vectors import VectorCollection

MOST = 320
"""Most neighbors that Chroma is asked for; beyond, comparing one by one costs no more."""

_STEP = 4
_BATCH = 2000

Vectors = npt.NDArray[np.float32]


def nearest_seen(
    journal: Journal, collection: VectorCollection, queries: Vectors, count: int, groups: Groups
) -> list[list[str]]:
    """For each of `queries` (n, d) the ids of the `count` nearest vectors that `groups` may see.

    The list is shorter only when they see fewer.
    """
    asked = count
    while asked <= max(MOST, count):
        proposed = collection.nearest(queries, asked)
        with journal.reading() as db:
            seen = visible_ids(db, list({id_ for ids in proposed for id_ in ids}), groups)
        found = [[id_ for id_ in ids if id_ in seen] for ids in proposed]
        if all(len(ids) >= count for ids in found):
            return [ids[:count] for ids in found]
        asked *= _STEP
    return _exactly(journal, queries, count, groups)


def _exactly(journal: Journal, queries: Vectors, count: int, groups: Groups) -> list[list[str]]:
    """The same by comparing with every vector that may be seen."""
    condition, names = visible(groups, "chunks.document")
    best: list[list[tuple[float, str]]] = [[] for _ in queries]
    with journal.reading() as db:
        rows = db.execute(f"SELECT id, vector FROM chunks WHERE {condition}", names)  # noqa: S608 - our own condition
        while batch := rows.fetchmany(_BATCH):
            vectors = np.frombuffer(b"".join(row[1] for row in batch), "<f4")
            near = queries @ vectors.reshape(len(batch), -1).T
            for held, similarities in zip(best, near, strict=True):
                first = np.argsort(-similarities)[:count]
                held += [(float(similarities[i]), batch[i][0]) for i in first]
                held.sort(key=lambda pair: (-pair[0], pair[1]))
                del held[count:]
    return [[id_ for _, id_ in held] for held in best]
