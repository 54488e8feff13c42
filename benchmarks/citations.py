"""How like its own paragraph a statement in another language is, and how like other paragraphs.

    python benchmarks/citations.py --data PATH

A statement is a question of XQuAD with its answer, the paragraphs are the English ones. The
threshold of `dragoman.agents.citations` is chosen from this table.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import numpy as np

from dragoman.agents.citations import LEAST_LIKENESS
from dragoman.models.embedder import connect_embedder
from dragoman.settings import Settings

LANGUAGES = ("zh", "ar", "de", "es", "ru", "th", "vi")


def measure(data: Path, per_language: int) -> None:
    lines = (data / "xquad.dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    embedder = connect_embedder("embedded:multilingual-e5-small", Settings())
    english = [row for row in rows if row["language"] == "en"]
    places = {row["id"]: index for index, row in enumerate(english)}
    paragraphs = embedder.embed_passages([row["text"] for row in english])
    print("| statements in | own, 5th percentile | own, median | others, median | others, 95th |"
          " own ≥ threshold | others ≥ threshold |\n|---|---|---|---|---|---|---|")  # fmt: skip
    for language in LANGUAGES:
        chosen = [row for row in rows if row["language"] == language][:per_language]
        statements = [
            (f"{row['questions'][0]['text']} {row['questions'][0]['answers'][0]}", row["id"])
            for row in chosen
        ]
        vectors = embedder.embed_passages([text for text, _ in statements])
        likeness = vectors @ paragraphs.T
        own = np.array([likeness[n, places[id_]] for n, (_, id_) in enumerate(statements)])
        mask = np.ones_like(likeness, dtype=bool)
        for n, (_, id_) in enumerate(statements):
            mask[n, places[id_]] = False
        others = likeness[mask]
        print(
            f"| {language} | {np.percentile(own, 5):.3f} | {np.median(own):.3f} "
            f"| {np.median(others):.3f} | {np.percentile(others, 95):.3f} "
            f"| {100 * np.mean(own >= LEAST_LIKENESS):.0f} % "
            f"| {100 * np.mean(others >= LEAST_LIKENESS):.0f} % |",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("DRAGOMAN_DATA", "../shared/data"))
    parser.add_argument("--per-language", type=int, default=60)
    options = parser.parse_args()
    measure(Path(options.data), options.per_language)
