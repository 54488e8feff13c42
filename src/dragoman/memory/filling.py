"""What fills an index: which embedder, and which version of our analyzers. Others do not fit it."""

from __future__ import annotations

from sqlite3 import Connection

from dragoman.errors import EmbedderMismatchError
from dragoman.memory.journal import Journal

ANALYSIS = "1"
"""Version of the lexical terms. A test compares it with a digest of what the analyzers make of
sample sentences, so that a change of them cannot forget to raise it."""


def check_filling(journal: Journal, tenant: str, embedder: str, dimensions: int) -> None:
    """Remember what fills a new index; refuse what does not fit an old one.

    Raises:
        EmbedderMismatchError: the index was filled by another embedder or analyzer version.
    """
    with journal.writing() as db:
        known = dict(
            db.execute(
                "SELECT key, value FROM meta WHERE key IN ('embedder', 'dimensions', 'analysis')"
            ).fetchall()
        )
        if not known.get("embedder"):
            remember_filling(db, embedder, dimensions)
            return
    filled_by, length = known["embedder"], known["dimensions"]
    if (filled_by, length) != (embedder, str(dimensions)):
        raise EmbedderMismatchError(
            f"The memory of tenant {tenant!r} was filled by {filled_by} "
            f"({length} dimensions), not by {embedder} ({dimensions}).",
            cure=f"Use embedder={filled_by!r}, or fill it anew: dragoman reembed --to {embedder} "
            f"--tenant {tenant}",
        )
    if known.get("analysis", "1") != ANALYSIS:
        raise EmbedderMismatchError(
            f"The lexical index of tenant {tenant!r} was made by version "
            f"{known.get('analysis', '1')} of the analyzers; this Dragoman has version {ANALYSIS}.",
            cure=f"Make it anew: dragoman reembed --tenant {tenant}",
        )


def remember_filling(db: Connection, embedder: str, dimensions: int) -> None:
    """Note what fills the index, inside a transaction of the journal."""
    db.executemany(
        "INSERT OR REPLACE INTO meta VALUES (?, ?)",
        [("embedder", embedder), ("dimensions", str(dimensions)), ("analysis", ANALYSIS)],
    )
