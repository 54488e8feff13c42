"""The lexical side of the search: which passages share the question's terms, and how well.

SQLite's FTS5 finds the candidates. How well each of them fits is computed here from its terms,
because the fused score needs numbers that FTS5 does not give: how much of the question's weight a
passage holds at all (BM25 over the weight of the whole question, so that it means the same for
every question), and how much of it stands close together (an answer is mostly one sentence).
"""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence

from dragoman.memory.groups import Groups, visible
from dragoman.memory.tally import Totals

MAX_TERMS = 64
"""Most terms of one question that are looked up; a longer one keeps its rarest."""

MAX_POSTINGS = 10_000
"""Most entries of the index that one question reads; its commonest terms are left out first.
They still count in the score of the passages that the others find."""

WINDOWS = (16, 30, 60)
"""Widths in terms within which a passage's closest match is looked for: about a phrase, a sentence
and a few sentences. Their mean was better than any one of them (`benchmarks/retrieval.py`)."""

_K1, _B = 1.2, 0.75  # BM25's usual constants; 0.9 and 0.4 gained nothing after fusion


def weigh(frequencies: Mapping[str, int], terms: Sequence[str], size: Totals) -> dict[str, float]:
    """How much each distinct term of a question says: its inverse document frequency.

    Terms that no passage holds keep their weight: a question half of whose words are unknown is
    half answered at best.
    """
    weights = {}
    for term in terms:
        held = frequencies.get(term, 0)
        weights[term] = math.log(1 + (size.passages - held + 0.5) / (held + 0.5))
    if len(weights) > MAX_TERMS:
        rarest = sorted(weights, key=lambda term: -weights[term])[:MAX_TERMS]
        weights = {term: weights[term] for term in rarest}
    return weights


def best_matches(
    db: sqlite3.Connection,
    weights: Mapping[str, float],
    held: Mapping[str, int],
    count: int,
    groups: Groups = None,
) -> list[int]:
    """Numbers of the `count` passages that FTS5 ranks best for the terms of `weights`.

    Only those that `groups` may see.
    """
    terms: list[str] = []
    postings = 0
    for term in sorted((t for t in weights if t in held), key=lambda term: held[term]):
        postings += held[term]
        if terms and postings > MAX_POSTINGS:
            break
        terms.append(term)
    if not terms:
        return []
    # Each term is a quoted string, so nothing in it is read as FTS5 syntax.
    query = " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)
    if groups is None:
        rows = db.execute(
            "SELECT rowid FROM lexical WHERE lexical MATCH ? ORDER BY bm25(lexical) LIMIT ?",
            (query, count),
        )
    else:
        seen, names = visible(groups, "chunks.document")
        rows = db.execute(
            "SELECT lexical.rowid FROM lexical JOIN chunks ON chunks.number = lexical.rowid "  # noqa: S608 - our own condition
            f"WHERE lexical MATCH ? AND {seen} ORDER BY bm25(lexical) LIMIT ?",
            (query, *names, count),
        )
    return [int(row[0]) for row in rows]


def evidence(terms: Sequence[str], weights: Mapping[str, float], average_length: float) -> float:
    """How well a passage of these `terms` fits a question, 0 to about 2.

    Half of BM25 over the weight of the question (0 to 1.1), and the share of that weight within
    the passage's best windows (0 to 1).
    """
    total = sum(weights.values())
    if weights.keys().isdisjoint(
        terms
    ):  # half of the candidates, and faster than looking for places
        return 0.0
    places = [(place, term) for place, term in enumerate(terms) if term in weights]
    if not total:
        return 0.0
    norm = _K1 * (1 - _B + _B * len(terms) / average_length)
    counts = Counter(term for _, term in places)
    bm25 = sum(weights[term] * n * (_K1 + 1) / (n + norm) for term, n in counts.items())
    if len(counts) == 1:  # wherever it stands, nothing can stand beside it
        close = weights[places[0][1]]
    else:
        close = sum(_closest(places, weights, width) for width in WINDOWS) / len(WINDOWS)
    return (0.5 * bm25 + close) / total


def _closest(places: Sequence[tuple[int, str]], weights: Mapping[str, float], width: int) -> float:
    """The largest weight of distinct terms within `width` places."""
    inside: Counter[str] = Counter()
    weight = best = 0.0
    first = 0
    for place, term in places:
        if not inside[term]:
            weight += weights[term]
        inside[term] += 1
        while places[first][0] < place - width:
            gone = places[first][1]
            inside[gone] -= 1
            if not inside[gone]:
                weight -= weights[gone]
            first += 1
        best = max(best, weight)
    return best
