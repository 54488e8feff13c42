"""How much memory an ingest takes as it grows: it must follow the index, not the documents.

    python benchmarks/ingest_bounds.py [--passages 100000] [--per-file 50]

Synthetic files of short sections and an embedder that hashes words. The vectors that Chroma holds
in memory (1.5 kB each) are part of what is measured, and are shown beside it.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dragoman.memory import IngestProgress, Memory

DIMENSIONS = 384
WORDS = [f"{a}{b}{c}" for a in ("ka", "so", "mi", "ten") for b in ("ra", "lo", "de") for c in "nst"]


class HashedWords:
    """A deterministic embedder that costs nothing."""

    spec = "benchmark:hashed-words"
    dimensions = DIMENSIONS

    def embed_passages(self, texts: list[str]) -> npt.NDArray[np.float32]:
        """Vectors of passages."""
        seeds = [zlib.crc32(text.encode()) for text in texts]
        rows = [np.random.default_rng(s).standard_normal(DIMENSIONS, np.float32) for s in seeds]
        vectors = np.stack(rows)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    embed_queries = embed_passages


def resident() -> float:
    """Resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--per-file", type=int, default=50)
    arguments = parser.parse_args()
    generator = random.Random(0)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "docs")
        folder.mkdir()
        for number in range(arguments.passages // arguments.per_file):
            sections = (
                f"# Section {n}\n\n{' '.join(generator.choices(WORDS, k=12))} {number}.{n}\n"
                for n in range(arguments.per_file)
            )
            (folder / f"{number:05}.md").write_text("\n".join(sections), encoding="utf-8")
        with Memory(home=Path(temporary, "home"), embedder=HashedWords()) as memory:
            measure(memory, folder, arguments.passages // 10)


def measure(memory: Memory, folder: Path, step: int) -> None:
    """Ingest `folder` and print a line for every `step` passages."""
    began, start, following = time.perf_counter(), resident(), step
    print(f"before: {start:.0f} MB")
    print("| passages | resident MB | of it vectors MB | passages/s so far |\n|---|---|---|---|")

    def progress(done: IngestProgress) -> None:
        nonlocal following
        if done.passages >= following:
            following += step
            vectors = done.passages * DIMENSIONS * 4 / 1e6
            rate = done.passages / (time.perf_counter() - began)
            row = f"| {done.passages:,} | {resident():.0f} | {vectors:.0f} | {rate:.0f} |"
            print(row, flush=True)

    memory.ingest(folder, progress=progress)
    print(f"stored: {sum(document.passages for document in memory.documents()):,}")
    again = time.perf_counter()
    report = memory.ingest(folder)
    print(f"again: {report.unchanged} unchanged in {time.perf_counter() - again:.1f} s")


if __name__ == "__main__":
    main()
