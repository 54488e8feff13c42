"""Kills an ingest with `kill -9` many times at random moments and checks what the next start finds.

    python benchmarks/memory_kill.py [--kills 20] [--files 2000] [--seed 0]

After each kill: everything that the ingest had reported must be there, and the journal, the lexical
index and Chroma must hold the same passages. In the end one undisturbed ingest must complete the
folder. The embedder is a stand-in that hashes words, so that the storing is what is interrupted.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dragoman.memory import Memory


class HashedWords:
    """A deterministic embedder that costs nothing."""

    spec = "benchmark:hashed-words"
    dimensions = 384

    def embed_passages(self, texts: list[str]) -> npt.NDArray[np.float32]:
        """Vectors of passages."""
        vectors = np.full((len(texts), self.dimensions), 1e-3, dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in text.split():
                vector[zlib.crc32(word.encode()) % self.dimensions] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    embed_queries = embed_passages


def ingest(home: str, folder: str) -> None:
    """What the child does until it is killed."""
    with Memory(home=home, embedder=HashedWords()) as memory:
        print("open", flush=True)
        memory.ingest(folder, progress=lambda step: print(step.current, flush=True))


def differences(memory: Memory) -> int:
    """How many passages the three indexes disagree about."""
    store = memory._store  # noqa: SLF001 - the benchmark looks inside
    with store.journal.reading() as db:
        chunks = dict(db.execute("SELECT number, id FROM chunks").fetchall())
        lexical = {row[0] for row in db.execute("SELECT id FROM lexical_docsize")}
    return len(set(store.collection.ids()) ^ set(chunks.values())) + len(lexical ^ set(chunks))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", nargs=2, metavar=("HOME", "FOLDER"))
    options = parser.parse_args()
    if options.child:
        ingest(*options.child)
        return
    chance = random.Random(options.seed)
    faults = 0
    with tempfile.TemporaryDirectory() as place:
        home, folder = Path(place, "home"), Path(place, "docs")
        folder.mkdir()
        for i in range(options.files):
            Path(folder, f"{i:05}.txt").write_text(f"Text number {i} about parcel {i * 7}.")
        reported: set[str] = set()
        print("| kill | after a report and | reported | stored | repaired | lost | differ |")
        print("|---|---|---|---|---|---|---|")
        for kill in range(1, options.kills + 1):
            command = [sys.executable, __file__, "--child", str(home), str(folder)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
                assert child.stdout is not None
                child.stdout.readline()  # "open"
                for _ in range(chance.randrange(1, 200)):
                    reported.add(child.stdout.readline().strip())
                seconds = chance.uniform(0.0, 0.15)
                time.sleep(seconds)
                child.send_signal(signal.SIGKILL)
                reported |= {line.strip() for line in child.stdout if line.endswith("\n")}
            with Memory(home=home, embedder=HashedWords()) as memory:
                found = {document.source for document in memory.documents()}
                repair = memory._store.repaired  # noqa: SLF001 - the benchmark looks inside
                lost, differ = len(reported - found), differences(memory)
                faults += lost + differ
                print(
                    f"| {kill} | {1000 * seconds:.0f} ms | {len(reported)} | {len(found)} "
                    f"| +{repair.added} -{repair.deleted} | {lost} | {differ} |",
                    flush=True,
                )
            for i in chance.sample(range(options.files), 20):
                Path(folder, f"{i:05}.txt").write_text(f"Text number {i}, version {kill}.")
        with Memory(home=home, embedder=HashedWords()) as memory:
            report = memory.ingest(folder)
            faults += differences(memory) + abs(len(memory.documents()) - options.files)
            print(f"\nAfter an undisturbed ingest: {report}\nFaults: {faults}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
