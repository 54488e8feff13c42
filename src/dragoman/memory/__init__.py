"""The retrieval memory: documents in, passages out.

Importing this room is cheap: Chroma, the embedder and the loaders are imported when a memory first
needs them.
"""

from dragoman.memory.answers import AnswerCache, CachedAnswer
from dragoman.memory.backup import restore as restore_memory
from dragoman.memory.facts import Fact, Facts
from dragoman.memory.memory import Memory
from dragoman.memory.passage import Document, Passage, VerifiedQuote
from dragoman.memory.ray_ingest import Cluster
from dragoman.memory.reembed import ReembedProgress, ReembedReport
from dragoman.memory.report import (
    DuplicateFile,
    FailedFile,
    IngestProgress,
    IngestReport,
    ScannedFile,
)
from dragoman.memory.rerank import Reranker, connect_reranker
from dragoman.memory.view import MemoryView

__all__ = [
    "AnswerCache",
    "CachedAnswer",
    "Cluster",
    "Document",
    "DuplicateFile",
    "Fact",
    "Facts",
    "FailedFile",
    "IngestProgress",
    "IngestReport",
    "Memory",
    "MemoryView",
    "Passage",
    "ReembedProgress",
    "ReembedReport",
    "Reranker",
    "ScannedFile",
    "VerifiedQuote",
    "connect_reranker",
    "restore_memory",
]
