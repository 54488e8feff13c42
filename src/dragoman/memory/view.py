"""A memory as the members of some groups see it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dragoman.memory.groups import check_groups
from dragoman.memory.passage import Document, Passage, VerifiedQuote
from dragoman.memory.quote import find_quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dragoman.memory.answers import AnswerCache
    from dragoman.memory.facts import Facts
    from dragoman.memory.journal import Journal
    from dragoman.memory.memory import Memory
    from dragoman.models import Embedder


class MemoryView:
    """What is for everyone, and what is for one of some groups; nothing can be changed in it.

    Made by `Memory.seen_by`; it costs nothing, and is open as long as the memory is.

    Usage:
        theirs = memory.seen_by(["finance"])
        theirs.search("What was the budget?")
    """

    def __init__(self, memory: Memory, journal: Journal, groups: tuple[str, ...]) -> None:
        """Use `Memory.seen_by`, which checks the groups."""
        self._memory = memory
        self._journal = journal
        self.groups = groups

    @property
    def tenant(self) -> str:
        """Whose memory it is."""
        return self._memory.tenant

    @property
    def home(self) -> Path:
        """Its data folder."""
        return self._memory.home

    @property
    def embedder(self) -> Embedder:
        """Its embedder."""
        return self._memory.embedder

    @property
    def facts(self) -> Facts:
        """What people told about themselves; it is kept by person, not by group."""
        return self._memory.facts

    @property
    def answers(self) -> AnswerCache:
        """Answers that were given to people of exactly these groups."""
        return self._memory.answers.for_groups(self.groups)

    def search(self, text: str, *, k: int = 5, language: str | None = None) -> list[Passage]:
        """`Memory.search` among what these groups see."""
        return self._memory.search(text, k=k, language=language, groups=self.groups)

    def seen_by(self, groups: Iterable[str]) -> MemoryView:
        """What is seen here and by `groups`: the groups that are in both."""
        both = tuple(name for name in check_groups(groups) if name in self.groups)
        return MemoryView(self._memory, self._journal, both)

    def verify(self, passage: Passage | str, quote: str) -> VerifiedQuote | None:
        """`Memory.verify`; None for a passage that is not seen."""
        chunk_id = passage if isinstance(passage, str) else passage.chunk_id
        return find_quote(self._journal, chunk_id, quote, self.groups)

    def documents(self) -> list[Document]:
        """The documents that are seen, by source."""
        return self._journal.documents(self.groups)

    def document(self, document_id: str) -> Document | None:
        """One document, None when there is none of that id that is seen."""
        return self._journal.document(document_id, self.groups)

    def document_text(self, document_id: str) -> str | None:
        """The text of a document, None when there is none of that id that is seen."""
        return self._journal.body(document_id, self.groups)
