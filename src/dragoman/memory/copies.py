"""Passages that say the same: in one document, or in documents of different ingests."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from dragoman.memory.passage import Passage

SHORT = 24
"""Characters below which a passage may stand twice: it says little, and costs little."""

Key = tuple[str, tuple[str, ...], str]


def copy_key(title: str, headings: Sequence[str], words: str) -> Key | None:
    """What two copies have in common; None for a passage that is too short to be one.

    They may differ in spacing, case and width, but not in a single letter, digit or sign: a fee of
    1.50 and one of 150 in the same words are two facts. So are the same words below two headings.
    """
    spelled = " ".join(unicodedata.normalize("NFKC", words).casefold().split())
    return None if len(spelled) < SHORT else (title, tuple(headings), spelled)


def without_copies(passages: Iterable[Passage]) -> list[Passage]:
    """`passages` without those that say what a better one says already."""
    kept: list[Passage] = []
    seen: set[Key] = set()
    for passage in passages:
        key = copy_key(passage.title, passage.heading_path, passage.text)
        if key is None or key not in seen:
            kept.append(passage)
        if key is not None:
            seen.add(key)
    return kept
