"""Measures how fast the memory takes documents in, how fast it answers, and what it costs.

    python benchmarks/memory.py [--sizes 1000 10000] [--data PATH] [--ingest 60] [--cache FILE]
        [--beside] [--keep FOLDER] [--runs 5]

1. Ingest: files of real paragraphs with the default embedder, against the embedder alone on the
   same passages. CPU time is compared as well, because wall time on a shared machine is noisy.
2. Search at each size, p50 and p99, the medians of five runs, with a real embedding of each
   question and with one that was made before: one tenant, and ten tenants that hold a tenth each.
   `memory_corpus.py` says what the passages are. hit@1 is over questions about paragraphs that
   stand among them unchanged, in eight languages each.
3. With `--beside`, langchain-chroma with its own settings and its default splitter on the same
   texts with the same vectors (`pip install "dragoman[bench]"`).

FILE keeps the vectors of the real paragraphs between runs, FOLDER the filled memories.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np
from memory_corpus import LANGUAGES, Corpus, KnownVectors, Question

from dragoman.memory import Memory
from dragoman.memory.extracted import Extracted
from dragoman.memory.prepare import prepare
from dragoman.models import Embedder, connect_embedder
from dragoman.settings import Settings

TENANTS = 10
HEAD = (
    "| | passages | fill s | p50 ms | p99 ms | CPU ms | p50 ms without embedding | CPU ms without "
    "embedding | hit@1 | in the question's language | disk MB | peak memory MB |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds of `work`."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def ingest(real: Embedder, data: Path, count: int) -> None:
    """Files through `Memory.ingest`, against the embedder alone."""
    with (data / "xquad.dev.jsonl").open(encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file][:: max(1, 1440 // count)][:count]
    inputs = [
        text
        for body in texts
        for text in prepare("x", Extracted(text=body), hash="", source="").inputs
    ]

    def embed_alone() -> None:
        for at in range(0, len(inputs), 32):
            real.embed_passages(inputs[at : at + 32])

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "docs")
        folder.mkdir()
        for i, text in enumerate(texts):
            Path(folder, f"{i:04}.txt").write_text(text, encoding="utf-8")
        real.embed_passages(inputs[:1])
        with Memory(home=Path(place, "home"), embedder=real) as memory:
            memory.search("warm")
            both = measured(lambda: memory.ingest(folder))
            again = measured(lambda: memory.ingest(folder))
    alone = measured(embed_alone)
    print(f"{len(texts)} files, {len(inputs)} passages")
    print("| | wall s | CPU s | passages/s |\n|---|---|---|---|")
    for name, (wall, cpu) in (("embedder alone", alone), ("ingest", both), ("again", again)):
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {len(inputs) / wall:.1f} |")
    print(
        f"ingest at {100 * alone[0] / both[0]:.0f} % (wall), {100 * alone[1] / both[1]:.0f} % (CPU)"
    )


def timed(questions: list[Question], find: Callable[[Question], str]) -> tuple[float, ...]:
    """Milliseconds of one run over `questions`: p50, p99, and p50 of the CPU time."""
    times, busy = [], []
    for question in questions:
        wall, cpu = measured(lambda question=question: find(question))
        times.append(1000 * wall)
        busy.append(1000 * cpu)
    p50, p99 = np.percentile(times, [50, 99])
    return float(p50), float(p99), float(np.median(busy))


def ask(
    name: str,
    size: int,
    fill: float,
    folder: Path,
    questions: list[Question],
    embedder: KnownVectors,
    find: Callable[[Question], str],
    runs: int,
) -> None:
    """A row of the table; `find` gives the id of the best document, empty for none of interest."""
    for question in questions[:20]:
        find(question)
    hits = anywhere = 0
    for question in questions:
        best = find(question)
        hits += best.startswith(f"{question.answer}/")
        # The same paragraph is there in seven other languages; they answer the question as well.
        anywhere += question.answer.partition("/")[2] in best
    whole = [timed(questions, find) for _ in range(runs)]
    embedder.prepare([question.text for question in questions])
    rest = [timed(questions, find) for _ in range(runs)]
    embedder.prepare([])
    disk = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    p50, p99, busy = np.median(whole, axis=0)
    p50_rest, _, busy_rest = np.median(rest, axis=0)
    rates = [f"{100 * count / len(questions):.1f}" if count else "" for count in (anywhere, hits)]
    print(
        f"| {name} | {size:,} | {fill:.0f} | {p50:.1f} | {p99:.1f} | {busy:.1f} "
        f"| {p50_rest:.1f} | {busy_rest:.1f} "
        f"| {' | '.join(rates)} | {disk:.0f} | {peak:.0f} |",
        flush=True,
    )


def filled(memory: Memory, corpus: Corpus, embedder: KnownVectors, size: int, part: slice) -> None:
    """The passages of `part` among the first `size` of the corpus, unless they are there."""
    if len(memory.documents()) == len(range(size)[part]):
        return
    entries = islice(corpus.entries(), part.start or 0, size, part.step)
    while batch := list(islice(entries, 1000)):
        embedder.learn(batch)
        memory.add_texts(
            [entry.text for entry in batch],
            ids=[entry.id for entry in batch],
            metadatas=[{"language": entry.language} for entry in batch],
        )


def search(
    data: Path,
    embedder: KnownVectors,
    size: int,
    tenants: int,
    *,
    keep: Path | None,
    most: int,
    runs: int,
) -> None:
    """Dragoman's latency with `size` passages, shared out among `tenants`."""
    with room(keep, f"{size}-{tenants}") as home:
        corpus = Corpus(data, embedder, LANGUAGES)
        memories = [
            Memory(tenant=f"tenant-{number}" if number else "default", home=home, embedder=embedder)
            for number in range(tenants)
        ]
        began = time.perf_counter()
        for number, memory in enumerate(memories):
            # Reading the corpus anew gives the same passages, because its seed is fixed.
            part = Corpus(data, embedder, LANGUAGES) if tenants > 1 else corpus
            filled(memory, part, embedder, size, slice(number, None, tenants))
        fill = time.perf_counter() - began
        turn = iter(range(10**9))

        def find(question: Question) -> str:
            memory = memories[next(turn) % tenants]
            found = memory.search(question.text, language=question.language)
            # With several tenants the answer mostly lies with another one: only the time counts.
            return found[0].document_id if found and tenants == 1 else ""

        name = "Dragoman" if tenants == 1 else f"Dragoman, {tenants} tenants"
        ask(name, size, fill, home, corpus.questions[:most], embedder, find, runs)
        for memory in memories:
            memory.close()


def beside(data: Path, embedder: KnownVectors, size: int, most: int, runs: int) -> None:
    """langchain-chroma as its documentation shows it, on the same texts and vectors."""
    from langchain_chroma import Chroma
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    class Wrapped(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return embedder.embed_passages(texts).tolist()

        def embed_query(self, text: str) -> list[float]:
            return embedder.embed_queries([text])[0].tolist()

    corpus = Corpus(data, embedder, LANGUAGES)
    with tempfile.TemporaryDirectory() as home:
        store = Chroma("documents", Wrapped(), persist_directory=home)
        splitter = RecursiveCharacterTextSplitter()
        entries = islice(corpus.entries(), size)
        began = time.perf_counter()
        while batch := list(islice(entries, 1000)):
            embedder.learn(batch)
            documents = [Document(entry.text, metadata={"id": entry.id}) for entry in batch]
            store.add_documents(splitter.split_documents(documents))
        fill = time.perf_counter() - began

        def find(question: Question) -> str:
            return store.similarity_search(question.text, k=5)[0].metadata["id"]

        asked = corpus.questions[:most]
        ask("langchain-chroma", size, fill, Path(home), asked, embedder, find, runs)


@contextmanager
def room(keep: Path | None, name: str) -> Iterator[Path]:
    """A folder for one measurement, kept when that is wanted."""
    if keep is not None:
        yield keep / name
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("DRAGOMAN_DATA", "../shared/data"))
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--ingest", type=int, default=60, help="files; 0 leaves this part out")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--questions", type=int, default=432)
    parser.add_argument("--beside", action="store_true", help="langchain-chroma as well")
    parser.add_argument("--tenants", type=int, default=TENANTS, help="0 leaves them out")
    parser.add_argument("--runs", type=int, default=5, help="the median of so many is shown")
    options = parser.parse_args()
    real = connect_embedder("embedded:multilingual-e5-small", Settings())
    if options.ingest:
        ingest(real, options.data, options.ingest)
    if options.sizes:
        print(f"\nSearch, {len(LANGUAGES)} languages\n\n{HEAD}")
    for size in options.sizes:
        embedder = KnownVectors(real, options.cache)
        shared = {"keep": options.keep, "most": options.questions, "runs": options.runs}
        search(options.data, embedder, size, 1, **shared)
        if options.beside:
            beside(options.data, embedder, size, options.questions, options.runs)
        if options.tenants:
            search(options.data, embedder, size, options.tenants, **shared)


if __name__ == "__main__":
    main()
