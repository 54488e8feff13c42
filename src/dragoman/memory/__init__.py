"""The retrieval memory: documents in, passages out.

Importing this room is cheap: Chroma, the embedder and the loaders are imported when a memory first
needs them.
"""

from dragoman.memory.backup import restore as restore_memory
from dragoman.memory.facts import Fact, Facts
from dragoman.memory.ingest import FailedFile, IngestProgress, IngestReport
from dragoman.memory.memory import Memory
from dragoman.memory.passage import Document, Passage, VerifiedQuote

__all__ = [
    "Document",
    "Fact",
    "Facts",
    "FailedFile",
    "IngestProgress",
    "IngestReport",
    "Memory",
    "Passage",
    "VerifiedQuote",
    "restore_memory",
]
