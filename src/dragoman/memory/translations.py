"""Puts the asker's own language first where the same text is there in several.

A ranking across languages may find a translation a little better than the original. Who asks in
Korean wants to read the Korean one. Whether two passages are translations of each other is told by
their vectors, the one moved to the other's language: of Turkish and Hindi paragraphs, which chose
nothing else here, 73 of 100 translations are nearer than `SAME`, and the nearest other paragraph
of the same article is in 1 case of 100. Without a translation nothing changes, so that an answer
that exists in another language only stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

SAME = 0.88
"""Cosine from which a passage counts as the translation of another (`docs/memory.md`). Embedders
that spread wider find fewer translations, and take nothing else for one."""

LOOKED_AT = 3
"""Best passages whose translation is looked for."""

Scores = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float32]


def own_language_first(
    scores: Scores,
    vectors: npt.NDArray[np.float32],
    tags: Sequence[str],
    own: npt.NDArray[np.bool_],
    moved: Callable[[str], Vector],
) -> Scores:
    """`scores`, with translations in the asker's language just above what they translate.

    Args:
        scores: Fused score of each candidate, higher is better.
        vectors: Vectors (n, d) of the candidates, normalized.
        tags: Language of each candidate.
        own: Whether that is the question's language.
        moved: What moves a passage's vector from a language to the question's.
    """
    raised = scores.copy()
    mine = np.flatnonzero(own)
    if not len(mine):
        return raised
    for i in np.argsort(-scores, kind="stable")[:LOOKED_AT]:
        if own[i]:
            continue
        here = vectors[i] + moved(tags[i])
        near = vectors[mine] @ here / np.linalg.norm(here)
        best = mine[int(np.argmax(near))]
        if near.max() >= SAME and raised[best] <= raised[i]:
            raised[best] = np.nextafter(raised[i], np.inf)
    return raised
