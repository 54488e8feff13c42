"""What an embedding model wants to read before a question and before a passage.

From the model cards. Without its prompt a model still returns vectors, only worse ones, so that
nobody notices; hence this table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompts:
    """Texts that are put before what is embedded."""

    query: str = ""
    """Before a question."""

    passage: str = ""
    """Before a passage."""


_TASK = "Given a web search query, retrieve relevant passages that answer the query"
_INSTRUCTED = Prompts(query=f"Instruct: {_TASK}\nQuery:")

_BY_NAME = (
    (r"e5-(mistral|.*instruct)|multilingual-e5-large-instruct", _INSTRUCTED),
    (r"(^|-)e5-(small|base|large)", Prompts(query="query: ", passage="passage: ")),
    (r"qwen3-embedding", _INSTRUCTED),
    (
        r"embeddinggemma",
        Prompts(query="task: search result | query: ", passage="title: none | text: "),
    ),
    (r"nomic-embed-text", Prompts(query="search_query: ", passage="search_document: ")),
    (r"arctic-embed.*(v2|2)", Prompts(query="query: ")),
    (
        r"arctic-embed|mxbai-embed|bge-(small|base|large)-en",
        Prompts(query="Represent this sentence for searching relevant passages: "),
    ),
)


def prompts_for(model: str) -> Prompts | None:
    """The prompts of `model` by its name, None when it is not in the table."""
    name = model.lower().rpartition("/")[2]
    return next((prompts for pattern, prompts in _BY_NAME if re.search(pattern, name)), None)
