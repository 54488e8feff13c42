"""Turns the evidence for passages in several languages into one ranking.

Three findings on the development sets (`docs/memory.md`) made this:

- Scores that mean the same for every question, added up, beat scores stretched to 0..1 for each
  question and beat ranks.
- A passage in another language than the question can have no lexical evidence, and its similarity
  says more than one in the same language: the same step up is worth half as much again.
- What counts is how far a passage stands out among the passages of its own language. Near misses
  in the question's language are many and alike; the answer in another language stands out there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

OWN_SLOPE = 8.0
"""Weight of similarity in the question's own language; lexical evidence has weight 1."""

OTHER_SLOPE = 12.0
"""Weight of similarity across languages."""

OTHER_BONUS = 0.1
"""What a passage in another language is given for the lexical evidence that it cannot have."""

BACKGROUND = slice(2, 10)
"""Ranks within a language that count as its near misses; the first two may be answers."""

BACKGROUND_SHARE = 0.5
"""How much of the near misses' level is subtracted. All of it would punish a language that holds
the answer many times."""

Scores = npt.NDArray[np.float64]


def fuse(
    similarity: Scores, lexical: Scores, groups: Sequence[str], own: npt.NDArray[np.bool_]
) -> Scores:
    """The fused score of each candidate, about -1 to 3, higher is better.

    Args:
        similarity: Cosine of question and passage, less the offset between their languages.
        lexical: Lexical evidence, 0 to about 2.
        groups: Language of each candidate.
        own: Whether that is the question's language.
    """
    if not len(similarity):
        return np.zeros(0)
    centered = similarity - similarity.mean()
    scores = np.where(own, OWN_SLOPE, OTHER_SLOPE) * centered + lexical
    common = _near_misses(scores)
    level = float(common.mean()) if len(common) else float(scores.min())
    slots = BACKGROUND.stop - BACKGROUND.start
    background = np.zeros_like(scores)
    names = np.array(groups)
    for group in set(groups):
        members = names == group
        misses = _near_misses(scores[members])
        # A language with few passages borrows the level of all of them.
        background[members] = (misses.sum() + (slots - len(misses)) * level) / slots
    fused: Scores = scores - BACKGROUND_SHARE * background + np.where(own, 0.0, OTHER_BONUS)
    return fused


def to_unit(scores: Scores) -> Scores:
    """Map fused scores to 0..1, keeping their order."""
    unit: Scores = 1 / (1 + np.exp(-2 * (scores - 1)))
    return unit


def _near_misses(scores: Scores) -> Scores:
    return np.sort(scores)[::-1][BACKGROUND]
