"""The memory as a tool: for a second look with other words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dragoman.memory import Passage
from dragoman.tools.tool import Tool, tool

Search = Callable[[str], Sequence[Passage]]


def make_search_documents(search: Search) -> Tool:
    """The tool `search_documents` over one memory.

    Args:
        search: Finds passages for a query, best first; it blocks and runs in a worker thread.
    """

    @tool(name="search_documents", effect="none")
    def search_documents(query: str) -> list[Passage]:
        """Search the documents again in other words, when no passage answers the question.

        Args:
            query: A few words, in the language of the question or of the documents.
        """
        return list(search(query))

    return search_documents
