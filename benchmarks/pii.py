"""How well personal data is found: precision and recall by country, beside Presidio's defaults.

`pii_strings.jsonl` has 367 strings in eight languages: made-up identity numbers with right check digits,
phone numbers as people write them, cards and addresses, in full-width and Arabic-Indic digits too; and
look-alikes (orders, prices, dates, numbers with a wrong check digit). The numbers were drawn by a
program, so a set of real messages will have forms that are not here.

Usage:
    python benchmarks/pii.py          # Presidio's row with: pip install presidio-analyzer
"""  # noqa: E501 - the interface of Presidio

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from dragoman.privacy import find

STRINGS = Path(__file__).with_name("pii_strings.jsonl")
Spans = Iterable[tuple[int, int]]


def main() -> None:
    rows = [json.loads(line) for line in STRINGS.read_text("utf-8").splitlines()]
    print(f"{len(rows)} strings\n")
    table("Dragoman", rows, lambda text: [(one.start, one.end) for one in find(text)])
    if presidio := presidio_defaults():
        table("Presidio, its defaults for English", rows, presidio)
    right = sum(
        any((one.kind, one.country) == (row["kind"], row["country"]) for one in find(row["text"]))
        for row in rows
        if row["value"]
    )
    print(f"kind and country right: {right} of {sum(bool(row['value']) for row in rows)}")


def table(name: str, rows: list[dict[str, str]], found: Callable[[str], Spans]) -> None:
    """Print recall by country and kind, and precision over everything."""
    hits: Counter[str] = Counter()
    total: Counter[str] = Counter()
    marked = good = 0
    for row in rows:
        spans = list(found(row["text"]))
        marked += len(spans)
        if not row["value"]:
            continue
        group = f"{row['country']} {row['kind']}".strip()
        total[group] += 1
        start = row["text"].index(row["value"])
        end = start + len(row["value"])
        overlapping = [s for s in spans if s[0] < end and s[1] > start]
        good += len(overlapping)
        # The whole datum has to be covered: half a number is still a number.
        hits[group] += any(s[0] <= start + 1 and s[1] >= end - 1 for s in overlapping)
    print(f"{name}: precision {good}/{marked}, recall {hits.total()}/{total.total()}")
    print("| " + " | ".join(sorted(total)) + " |")
    print("|---" * len(total) + "|")
    print("| " + " | ".join(f"{hits[group]}/{total[group]}" for group in sorted(total)) + " |\n")


def presidio_defaults() -> Callable[[str], Spans] | None:
    """Presidio's predefined recognizers without a language model, where it is installed."""
    try:
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
        from spacy import blank
    except ImportError:
        return None

    class NoModel(NlpEngine):
        """Tokens only: the recognizers that are compared look at patterns."""

        def __init__(self) -> None:
            self.words = blank("en")

        def load(self) -> None: ...
        def is_loaded(self) -> bool:
            return True

        def process_text(self, text: str, language: str) -> Any:
            doc = self.words(text)
            lemmas = [token.text for token in doc]
            indices = [token.idx for token in doc]
            return NlpArtifacts([], doc, indices, lemmas, self, language)

        def process_batch(self, texts: Iterable[str], language: str, **_: Any) -> Any:
            return [(text, self.process_text(text, language)) for text in texts]

        def is_stopword(self, word: str, language: str) -> bool:  # noqa: ARG002 - the interface of Presidio
            return False

        def is_punct(self, word: str, language: str) -> bool:  # noqa: ARG002 - the interface of Presidio
            return False

        def get_supported_entities(self) -> list[str]:
            return []

        def get_supported_languages(self) -> list[str]:
            return ["en"]

    engine = AnalyzerEngine(nlp_engine=NoModel())
    return lambda text: [
        (one.start, one.end) for one in engine.analyze(text, "en", score_threshold=0.4)
    ]


if __name__ == "__main__":
    main()
