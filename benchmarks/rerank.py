"""Does an engine as judge put the right passage first more often? Small, because it is slow.

Each XQuAD paragraph is stored in one language only, and asked about in another: the case in which
the search leaves the most room. Run: python benchmarks/rerank.py --data PATH
[--engine embedded:qwen2.5-coder:0.5b] [--questions 20]
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from dragoman import Memory
from dragoman.memory.rerank import rerank
from dragoman.memory.rerank_judge import JudgeReranker
from dragoman.settings import Settings

LANGUAGES = ("ar", "de", "en", "es", "ru", "th", "vi", "zh")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("DRAGOMAN_DATA", "../shared/data"))
    parser.add_argument("--engine", default="embedded:qwen2.5-coder:0.5b")
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--paragraphs", type=int, default=80)
    parser.add_argument("--depth", type=int, default=4)
    chosen = parser.parse_args()

    rows: dict[str, dict[str, dict]] = {}
    for line in (Path(chosen.data) / "xquad.dev.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["language"] in LANGUAGES:
            rows.setdefault(row["id"], {})[row["language"]] = row
    paragraphs = [row for row in rows.values() if len(row) == len(LANGUAGES)][: chosen.paragraphs]
    judge = JudgeReranker.connect(chosen.engine, Settings())
    hits = {"search": 0, judge.spec: 0, "within reach": 0}
    asked, seconds = 0, 0.0
    with tempfile.TemporaryDirectory() as home, Memory(home=home) as memory:
        stored = [LANGUAGES[i % len(LANGUAGES)] for i in range(len(paragraphs))]
        memory.add_texts(
            [row[tag]["text"] for row, tag in zip(paragraphs, stored, strict=True)],
            ids=[str(i) for i in range(len(paragraphs))],
        )
        step = max(1, len(paragraphs) // chosen.questions)
        for i in list(range(0, len(paragraphs), step))[: chosen.questions]:
            tag = LANGUAGES[(i // step + 3) % len(LANGUAGES)]
            if tag == stored[i]:
                tag = LANGUAGES[(i // step + 4) % len(LANGUAGES)]
            question = _question(paragraphs[i][tag])
            found = memory.search(question, k=chosen.depth, language=tag)
            began = time.perf_counter()
            again = rerank(judge, question, found)
            seconds += time.perf_counter() - began
            asked += 1
            hits["search"] += found[0].document_id == str(i)
            hits[judge.spec] += again[0].document_id == str(i)
            hits["within reach"] += any(p.document_id == str(i) for p in found)
            print(f"{asked:3} {tag} in {stored[i]}: {hits}", flush=True)
    print(f"{asked} questions, depth {chosen.depth}, {seconds / asked:.1f} s for each")


def _question(row: dict) -> str:
    return str(row["questions"][0]["text"])


if __name__ == "__main__":
    main()
