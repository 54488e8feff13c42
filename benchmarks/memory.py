"""Measures how fast the memory takes documents in, how fast it answers, and what it costs.

    python benchmarks/memory.py [--sizes 1000 10000] [--data PATH] [--ingest 200]

1. Ingest: files of real paragraphs with the default embedder, against the embedder alone on the
   same passages. CPU time is compared as well, because wall time on a shared machine is noisy.
2. Search at each size: p50 and p99 with a real question embedding, in one language and in eight.
   The passages are synthetic there, so that filling does not take hours.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dragoman.memory import Memory
from dragoman.memory.extracted import Extracted
from dragoman.memory.prepare import prepare
from dragoman.models import Embedder, connect_embedder
from dragoman.settings import Settings

TAGS = ("en", "de", "fr", "es", "ru", "ja", "ko", "zh-Hans")
LETTERS = {
    "ru": "абвгдежзиклмнопрстуф",
    "ja": "日本語東京大学研究会社時間商品返送料金",
    "ko": "가나다라마바사아자차카타파하고노도로모보",
    "zh-Hans": "中国商品时间退货运费订单客户服务电话地址",
}


class Synthetic:
    """Vectors from hashed words; questions cost what a real embedding costs."""

    spec = "benchmark:synthetic"
    dimensions = 384

    def __init__(self, real: Embedder) -> None:
        self._real = real

    def embed_passages(self, texts: list[str]) -> npt.NDArray[np.float32]:
        """Vectors of passages."""
        rows = []
        for text in texts:
            row = np.full(self.dimensions, 0.05, dtype=np.float32)
            for word in text.split() or [text]:
                row += np.random.default_rng(zlib.crc32(word.encode())).standard_normal(
                    self.dimensions, dtype=np.float32
                )
            rows.append(row / np.linalg.norm(row))
        return np.stack(rows)

    def embed_queries(self, texts: list[str]) -> npt.NDArray[np.float32]:
        """Vectors of questions."""
        self._real.embed_queries(texts)
        return self.embed_passages(texts)


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


def synthetic_text(random: np.random.Generator, tag: str) -> str:
    """Sixty words or two hundred characters of a made-up language with a natural word frequency."""
    ranks = np.minimum(random.zipf(1.3, 60), 20_000)
    letters = LETTERS.get(tag, "abcdefghijklmnoprstu")
    if tag in {"ja", "zh-Hans"}:
        return "".join(letters[int(r * 7 + i) % len(letters)] for i, r in enumerate(ranks)) * 3
    return " ".join(
        "".join(
            letters[(int(rank) * 31 + 7 * place * (int(rank) % 13 + 1)) % len(letters)]
            for place in range(6)
        )
        + (str(int(rank)) if rank > 300 else "")
        for rank in ranks
    )


def search(real: Embedder, sizes: list[int], tags: tuple[str, ...]) -> None:
    """Latency at each size."""
    embedder = Synthetic(real)
    random = np.random.default_rng(0)
    print(f"\nSearch, {len(tags)} language(s)\n")
    print(
        "| passages | fill s | p50 ms | p99 ms | CPU ms | embedding CPU ms | disk MB | memory MB |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as home, Memory(home=home, embedder=embedder) as memory:
        stored = 0
        for size in sizes:
            start = time.perf_counter()
            while stored < size:
                count = min(1000, size - stored)
                chosen = [tags[(stored + i) % len(tags)] for i in range(count)]
                memory.add_texts(
                    [
                        f"{synthetic_text(random, tag)} N{stored + i}"
                        for i, tag in enumerate(chosen)
                    ],
                    ids=[str(stored + i) for i in range(count)],
                    metadatas=[{"language": tag} for tag in chosen],
                )
                stored += count
            fill = time.perf_counter() - start
            questions = [
                (
                    " ".join(synthetic_text(random, tags[i % len(tags)]).split()[:8])[:40],
                    tags[i % len(tags)],
                )
                for i in range(110)
            ]
            for text, tag in questions[:10]:
                memory.search(text, language=tag)
            times, busy, embedding = [], [], []
            for text, tag in questions[10:]:
                wall, cpu = measured(lambda t=text, g=tag: memory.search(t, language=g))
                times.append(1000 * wall)
                busy.append(1000 * cpu)
                embedding.append(1000 * measured(lambda t=text: embedder.embed_queries([t]))[1])
            disk = sum(p.stat().st_size for p in Path(home).rglob("*") if p.is_file()) / 1e6
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
            p50, p99 = np.percentile(times, [50, 99])
            print(
                f"| {stored:,} | {fill:.0f} | {p50:.1f} | {p99:.1f} | {np.median(busy):.1f} "
                f"| {np.median(embedding):.1f} "
                f"| {disk:.0f} | {peak:.0f} |",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("DRAGOMAN_DATA", "../shared/data"))
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--ingest", type=int, default=200, help="files; 0 leaves this part out")
    options = parser.parse_args()
    real = connect_embedder("embedded:multilingual-e5-small", Settings())
    if options.ingest:
        ingest(real, options.data, options.ingest)
    for tags in (TAGS[:1], TAGS):
        search(real, options.sizes, tags)


if __name__ == "__main__":
    main()
