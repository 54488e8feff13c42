"""Where the time of a search goes, stage by stage, in a memory that `memory.py --keep` filled.

    python benchmarks/memory.py --sizes 100000 --ingest 0 --tenants 0 --keep FOLDER [--cache FILE]
    python benchmarks/memory_stages.py --size 100000 --keep FOLDER [--cache FILE] [--data PATH]

The stages are timed inside whole searches, with each question embedded for real: embedding it; the
nearest vectors (Chroma) and, at the same time, the best matches of its terms (SQLite FTS5); reading
the candidates; comparing their terms; and all the rest (fusing, translations, reading the passages
found).
`--threads N` sets the embedder's threads, `--questions` how many are asked.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from memory_corpus import LANGUAGES, Corpus, KnownVectors, Question

from dragoman.memory import Memory, retrieve
from dragoman.models import connect_embedder
from dragoman.settings import Settings

STAGES = {
    "_nearest": "nearest vectors",
    "_matching": "best matches of its terms, at the same time",
    "_rows": "reading the candidates",
    "evidence": "comparing their terms",
}


class Clock:
    """Adds up the milliseconds of each stage of one search."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)

    def timed(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """`work`, whose time is added to `stage`."""

        def timed(*values: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return work(*values, **named)
            finally:
                self.spent[stage] += 1000 * (time.perf_counter() - began)

        return timed


def measure(memory: Memory, questions: list[Question], clock: Clock) -> list[dict[str, float]]:
    """The stages of each search, the whole one included."""
    rows = []
    for question in questions:
        clock.spent.clear()
        began = time.perf_counter()
        memory.search(question.text, language=question.language)
        whole = 1000 * (time.perf_counter() - began)
        both = [clock.spent[STAGES[name]] for name in ("_nearest", "_matching")]
        rest = whole - sum(clock.spent.values()) + min(both)
        rows.append({**clock.spent, "all the rest": rest, "whole search": whole})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("DRAGOMAN_DATA", "../shared/data"))
    )
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--questions", type=int, default=432)
    parser.add_argument("--threads", type=int, help="of the embedder; all processors otherwise")
    options = parser.parse_args()
    if options.threads:
        os.environ["OMP_NUM_THREADS"] = str(options.threads)
    embedder = KnownVectors(
        connect_embedder("embedded:multilingual-e5-small", Settings()), options.cache
    )
    questions = Corpus(options.data, embedder, LANGUAGES).questions[: options.questions]
    clock = Clock()
    embedder.embed_queries = clock.timed("embedding the question", embedder.embed_queries)
    for name, stage in STAGES.items():
        setattr(retrieve, name, clock.timed(stage, getattr(retrieve, name)))
    with Memory(home=options.keep / f"{options.size}-1", embedder=embedder) as memory:
        measure(memory, questions[:40], clock)
        rows = measure(memory, questions, clock)
    print(f"{len(questions)} questions, {options.size:,} passages\n")
    print("| stage | p50 ms | p99 ms | mean ms |\n|---|---|---|---|")
    for stage in ("embedding the question", *dict.fromkeys(STAGES.values()), *list(rows[0])[-2:]):
        times = [row.get(stage, 0.0) for row in rows]
        p50, p99 = np.percentile(times, [50, 99])
        print(f"| {stage} | {p50:.2f} | {p99:.2f} | {np.mean(times):.2f} |")


if __name__ == "__main__":
    main()
