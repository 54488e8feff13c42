"""How well a small model answers from documents alone, and says when they hold no answer.

Asks the questions of `examples/internal_docs/questions.yaml` over the documents beside them, with
`documents_only` and, in the same run, without (`--plain`). An answer is right when it cites the
document that holds the answer and says the figure; a question whose answer is not there is answered
rightly by saying so. With `documents_only` every quote is checked against the stored text.

Usage:
    python benchmarks/internal_docs.py [--engine SPEC] [--plain] [--parts answerable,unanswerable]
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from dragoman import Answer, Assistant, Memory
from dragoman.agents.spec import AgentSpec
from dragoman.languages import profile
from dragoman.serving.sample_store import plain_digits
from dragoman.settings import Settings

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "internal_docs"
PARTS = ("answerable", "unanswerable", "follow_ups", "groups")
NOT_THERE = re.compile(
    r"not (?:stated|mentioned|specified|provided|contain|found|in the)|no information|nicht|kein"
    r"|ありません|記載|わかりません|見つかり|없습니다|찾을 수 없|没有|未提|沒有|無法|không"
    r"|لا |لم |ไม่|no se|aucun|ne .* pas",
    re.IGNORECASE,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", default="embedded:qwen2.5-coder:1.5b")
    parser.add_argument("--plain", action="store_true", help="Ask an ordinary assistant too.")
    parser.add_argument("--parts", default=",".join(PARTS))
    options = parser.parse_args()
    questions = yaml.safe_load((EXAMPLE / "questions.yaml").read_text("utf-8"))
    with Memory(tenant="docs", home=Path(tempfile.mkdtemp())) as memory:
        memory.ingest(EXAMPLE / "documents" / "everyone")
        memory.ingest(EXAMPLE / "documents" / "hr", groups=["hr"])
        memory.ingest(EXAMPLE / "documents" / "finance", groups=["finance"])
        rows = [row(options, questions, memory, documents_only=True)]
        if options.plain:
            rows.append(row(options, questions, memory, documents_only=False))
    print(
        f"\n| {options.engine} | " + " | ".join(options.parts.split(",")) + " | calls | seconds |"
    )
    print("|---" * (len(options.parts.split(",")) + 3) + "|")
    print("\n".join(rows))


def row(options: Any, questions: dict[str, Any], memory: Memory, *, documents_only: bool) -> str:
    spec = AgentSpec(name="docs", documents_only=documents_only)
    settings = Settings(tenant="docs")
    cells, calls, seconds, count = [], 0, 0.0, 0
    with Assistant(engine=options.engine, memory=memory, settings=settings, spec=spec) as assistant:
        for part in options.parts.split(","):
            right = 0
            for number, entry in enumerate(questions[part]):
                thread, began = f"{part}-{number}", time.perf_counter()
                if "after" in entry:
                    assistant.ask(entry["after"], thread=thread, groups=())
                answer = assistant.ask(entry["text"], thread=thread, groups=entry.get("groups", ()))
                good = is_right(answer, entry, memory, verified=documents_only)
                right += good
                count += 1
                calls += answer.usage.model_calls
                seconds += time.perf_counter() - began
                print(part, entry["tag"], "ok" if good else "NO", entry["text"], "→", answer.text)
            cells.append(f"{right} of {len(questions[part])}")
    name = "documents only" if documents_only else "ordinary"
    return f"| {name} | {' | '.join(cells)} | {calls / count:.1f} | {seconds / count:.0f} |"


def is_right(answer: Answer, entry: dict[str, Any], memory: Memory, *, verified: bool) -> bool:
    if "document" not in entry:
        if verified:
            return answer.text == profile(answer.language).replies.not_found
        return not answer.citations or bool(NOT_THERE.search(answer.text))
    if verified and not all(memory.verify(c.passage, c.quote) for c in answer.citations):
        return False
    text = plain_digits(answer.text)
    return any(
        citation.passage.source.endswith(entry["document"]) for citation in answer.citations
    ) and any(figure.casefold() in text.casefold() for figure in entry["figures"])


if __name__ == "__main__":
    main()
