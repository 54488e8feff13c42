"""What a question that goes on from the one before it is searched with: "And in Germany?".

A short question in a thread often leaves out what it is about. What it finds by itself comes
first, unchanged; the best of what it finds together with the question before it is added at the
end, so that a change of the subject loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.agents.state import ChatMessage
from dragoman.languages import estimate_tokens

ADDED = 2
"""Passages that a follow-up gets beside its own."""

_SHORT = 12
"""Tokens up to which a question may leave out its subject. The eight follow-ups of
`examples/internal_docs/questions.yaml` have 3 to 12; most whole questions there have more."""


def with_subject(question: str, history: Sequence[ChatMessage]) -> str | None:
    """A short question together with the one before it; ``None`` where it stands by itself."""
    before = [message["content"] for message in history if message["role"] == "user"]
    if not before or estimate_tokens(question) > _SHORT:
        return None
    return f"{before[-1]}\n{question}"
