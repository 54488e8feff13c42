"""Measures retrieval: each language alone, question and document in two languages, and all mixed.

Every figure comes from `Memory` itself with the default embedder. Three simpler rankings of the
same index stand beside it: vectors only, BM25 only, and both stretched to 0..1 and averaged (the
baseline to beat).

    python benchmarks/retrieval.py --data PATH [--cache FILE] [--only alone|pairs|mixed|parallel]

PATH holds `xquad.dev.jsonl`, `jsquad.dev.jsonl` and `cmrc.dev.jsonl`: a paragraph a line, with
`language`, `id`, `text` and `questions`. FILE keeps the vectors between runs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pickle
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dragoman.languages import analyze
from dragoman.memory import Memory
from dragoman.models import connect_embedder
from dragoman.settings import Settings

MIXED = ["ar", "de", "en", "es", "ru", "th", "vi", "zh"]
TAGS = {"zh": "zh-Hans"}
TOPS = (1, 5, 10)
Vectors = npt.NDArray[np.float32]


class CachedEmbedder:
    """An embedder that remembers what it has embedded."""

    def __init__(self, path: Path | None) -> None:
        self._inner = connect_embedder("embedded:multilingual-e5-small", Settings())
        self.spec, self.dimensions = self._inner.spec, self._inner.dimensions
        self._path = path
        self._known = pickle.loads(path.read_bytes()) if path and path.exists() else {}

    def embed_queries(self, texts: list[str]) -> Vectors:
        """Vectors of questions."""
        return self._embed(texts, "query", self._inner.embed_queries)

    def embed_passages(self, texts: list[str]) -> Vectors:
        """Vectors of passages."""
        return self._embed(texts, "passage", self._inner.embed_passages)

    def _embed(self, texts: list[str], kind: str, embed: Callable[[list[str]], Vectors]) -> Vectors:
        keys = [hashlib.sha256(f"{kind}\0{text}".encode()).digest() for text in texts]
        new = [i for i, key in enumerate(keys) if key not in self._known]
        for i in new:
            self._known[keys[i]] = embed([texts[i]])[0]
        return np.stack([self._known[key] for key in keys])

    def save(self) -> None:
        """Keep the vectors for the next run."""
        if self._path:
            self._path.write_bytes(pickle.dumps(self._known))


class Hits:
    """Counts how often the right paragraph is among the first 1, 5 and 10."""

    def __init__(self) -> None:
        self._counts = defaultdict(lambda: np.zeros(len(TOPS) + 1))

    def add(self, name: str, ranked: list[str], gold: str) -> None:
        """Count one question."""
        self._counts[name] += [*(gold in ranked[:top] for top in TOPS), 1]

    def rate(self, name: str, top: int = 1) -> float:
        """Percentage of questions whose paragraph is among the first `top`."""
        count = self._counts[name]
        return 100 * count[TOPS.index(top)] / max(1, count[-1])

    def cells(self, name: str) -> str:
        """All rates, for a table."""
        return " / ".join(f"{self.rate(name, top):.1f}" for top in TOPS)


def rows_of(data: Path, name: str) -> list[dict[str, Any]]:
    with (data / f"{name}.dev.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def fill(memory: Memory, rows: list[dict[str, Any]]) -> None:
    memory.add_texts(
        [row["text"] for row in rows],
        ids=[f"{row['language']}/{row['id']}" for row in rows],
        metadatas=[{"language": TAGS.get(row["language"], row["language"])} for row in rows],
    )


class Baselines:
    """The three simple rankings over the passages of a memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        with memory._store.journal.reading() as db:  # noqa: SLF001 - the benchmark looks inside
            rows = db.execute(
                "SELECT chunks.number, documents.id, vector FROM chunks "
                "JOIN documents ON documents.number = document"
            ).fetchall()
        self._place = {row[0]: i for i, row in enumerate(rows)}
        self._ids = [row[1] for row in rows]
        self._vectors = np.stack([np.frombuffer(row[2], "<f4") for row in rows])

    def rank(self, question: str, language: str) -> dict[str, list[str]]:
        """Document ids by each ranking."""
        vector = self._memory.embedder.embed_queries([question])[0]
        dense = self._vectors @ vector
        lexical = np.zeros(len(dense))
        terms = dict.fromkeys(analyze(question, language))
        match = " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)
        if match:
            with self._memory._store.journal.reading() as db:  # noqa: SLF001 - the same
                for number, score in db.execute(
                    "SELECT rowid, -bm25(lexical) FROM lexical WHERE lexical MATCH ?", (match,)
                ):
                    lexical[self._place[number]] = score
        both = unit(dense) + unit(lexical)
        return {
            "dense": self._best(dense),
            "lexical": self._best(lexical),
            "min-max": self._best(both),
        }

    def _best(self, scores: Vectors) -> list[str]:
        order = np.argsort(-scores, kind="stable")[:30]
        return list(dict.fromkeys(self._ids[i] for i in order if scores[i] > 0))


def unit(scores: Vectors) -> Vectors:
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else scores * 0


def found(memory: Memory, question: str) -> list[str]:
    return list(dict.fromkeys(p.document_id for p in memory.search(question, k=15)))


def questions_of(row: dict[str, Any], most: int) -> list[str]:
    return [question["text"] for question in row["questions"][:most]]


def alone(data: Path, embedder: CachedEmbedder, most: int) -> None:
    """Each language alone: its paragraphs, its questions."""
    print("| set | questions | dense | lexical | min-max | Dragoman | @10 |")
    print("|---|---|---|---|---|---|---|")
    sets = [("jsquad", "ja"), ("cmrc", "zh"), *(("xquad", tag) for tag in MIXED)]
    macro = defaultdict(list)
    for name, tag in sets:
        rows = [row for row in rows_of(data, name) if row.get("language", tag) == tag]
        rows = [{**row, "language": tag} for row in rows]
        with tempfile.TemporaryDirectory() as home, Memory(home=home, embedder=embedder) as memory:
            fill(memory, rows)
            baselines, hits, asked = Baselines(memory), Hits(), 0
            for row in rows:
                gold = f"{tag}/{row['id']}"
                for question in questions_of(row, most):
                    asked += 1
                    for label, ranked in baselines.rank(question, TAGS.get(tag, tag)).items():
                        hits.add(label, ranked, gold)
                    hits.add("Dragoman", found(memory, question), gold)
        rates = {label: hits.rate(label) for label in ("dense", "lexical", "min-max", "Dragoman")}
        for label, rate in rates.items():
            macro[label].append(rate)
        cells = " | ".join(f"{rate:.1f}" for rate in rates.values())
        print(f"| {name} {tag} | {asked} | {cells} | {hits.rate('Dragoman', 10):.1f} |", flush=True)
    print("| macro | | " + " | ".join(f"{np.mean(rates):.2f}" for rates in macro.values()) + " | |")


def pairs(data: Path, embedder: CachedEmbedder, most: int) -> None:
    """Documents in one language, questions in all others."""
    print("| documents | dense @1 / @5 / @10 | Dragoman @1 / @5 / @10 |\n|---|---|---|")
    everything = rows_of(data, "xquad")
    for home_tag in ("en", "zh", "ar"):
        rows = [row for row in everything if row["language"] == home_tag]
        hits = Hits()
        with tempfile.TemporaryDirectory() as home, Memory(home=home, embedder=embedder) as memory:
            fill(memory, rows)
            baselines = Baselines(memory)
            for row in everything:
                if row["language"] in MIXED and row["language"] != home_tag:
                    for question in questions_of(row, most):
                        gold = f"{home_tag}/{row['id']}"
                        tag = TAGS.get(row["language"], row["language"])
                        hits.add("dense", baselines.rank(question, tag)["dense"], gold)
                        hits.add("Dragoman", found(memory, question), gold)
        print(f"| {home_tag} | {hits.cells('dense')} | {hits.cells('Dragoman')} |", flush=True)


def mixed(data: Path, embedder: CachedEmbedder, most: int) -> None:
    """Eight languages in one index, each paragraph in one of them only, questions in all."""
    everything = [row for row in rows_of(data, "xquad") if row["language"] in MIXED]
    ids = sorted({row["id"] for row in everything})
    order = np.random.default_rng(0).permutation(len(ids))
    home_of = {ids[i]: MIXED[int(place) % len(MIXED)] for i, place in enumerate(order)}
    hits = {"another language": Hits(), "the question's language": Hits()}
    with tempfile.TemporaryDirectory() as home, Memory(home=home, embedder=embedder) as memory:
        fill(memory, [row for row in everything if row["language"] == home_of[row["id"]]])
        baselines = Baselines(memory)
        for row in everything:
            tag, answer_tag = row["language"], home_of[row["id"]]
            where = "the question's language" if tag == answer_tag else "another language"
            gold = f"{answer_tag}/{row['id']}"
            for question in questions_of(row, most):
                for label, ranked in baselines.rank(question, TAGS.get(tag, tag)).items():
                    hits[where].add(label, ranked, gold)
                hits[where].add("Dragoman", found(memory, question), gold)
    print("| the answer is in | ranking | @1 / @5 / @10 |\n|---|---|---|")
    for where, counts in hits.items():
        for label in ("dense", "lexical", "min-max", "Dragoman"):
            print(f"| {where} | {label} | {counts.cells(label)} |", flush=True)


def parallel(data: Path, embedder: CachedEmbedder, most: int) -> None:
    """Eight languages in one index, each paragraph in all of them."""
    everything = [row for row in rows_of(data, "xquad") if row["language"] in MIXED]
    hits = {"any language": Hits(), "the question's language": Hits()}
    with tempfile.TemporaryDirectory() as home, Memory(home=home, embedder=embedder) as memory:
        fill(memory, everything)
        baselines = Baselines(memory)
        for row in everything:
            tag, gold = row["language"], f"{row['language']}/{row['id']}"
            for question in questions_of(row, most):
                rankings = baselines.rank(question, TAGS.get(tag, tag))
                rankings["Dragoman"] = found(memory, question)
                for label, ranked in rankings.items():
                    hits["the question's language"].add(label, ranked, gold)
                    ids = list(dict.fromkeys(id_.partition("/")[2] for id_ in ranked))
                    hits["any language"].add(label, ids, row["id"])
    print("| the paragraph is wanted in | ranking | @1 / @5 / @10 |\n|---|---|---|")
    for where, counts in hits.items():
        for label in ("dense", "lexical", "min-max", "Dragoman"):
            print(f"| {where} | {label} | {counts.cells(label)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("DRAGOMAN_DATA", "../shared/data"))
    )
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--only", choices=["alone", "pairs", "mixed", "parallel"])
    parser.add_argument("--questions", type=int, default=4, help="most questions of a paragraph")
    options = parser.parse_args()
    embedder = CachedEmbedder(options.cache)
    for part in (alone, pairs, mixed, parallel):
        if options.only in {None, part.__name__}:
            print(f"\n{part.__doc__}\n")
            part(options.data, embedder, options.questions)
            embedder.save()


if __name__ == "__main__":
    main()
