"""How far `estimate_tokens` is from the real tokenizer, by data set and language.

    python benchmarks/token_estimate.py MODEL.gguf [--data FOLDER] [--markdown]

Needs the extra `embedded`, whose server counts with the model's own tokenizer. Beside ours it
prints the common rule of four characters a token.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import xllamacpp

from dragoman.languages import FAMILIES, clean, estimate_tokens

LANGUAGES = {*FAMILIES, "zh"}  # some sets do not say which Chinese


@dataclass(kw_only=True, slots=True)
class Sum:
    """What one language of one data set adds up to."""

    real: int = 0
    estimated: int = 0
    characters: int = 0
    texts: int = 0
    relative: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    default = os.environ.get("DRAGOMAN_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--limit", type=int, default=100, help="texts a language and data set")
    parser.add_argument("--markdown", action="store_true")
    arguments = parser.parse_args()

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(arguments.model)
    parameters.n_ctx = 256
    parameters.n_parallel = 1
    server = xllamacpp.Server(parameters)
    sums: dict[tuple[str, str], Sum] = defaultdict(Sum)
    with httpx.Client(base_url=server.listening_address) as client:
        for name, language, text in texts(arguments.data, arguments.limit):
            real = count(client, text)
            estimated = estimate_tokens(text)
            row = sums[name, language]
            row.real += real
            row.estimated += estimated
            row.characters += len(text)
            row.texts += 1
            row.relative += abs(estimated - real) / real
    report(sums, markdown=arguments.markdown)


def count(client: httpx.Client, text: str) -> int:
    reply = client.post("/tokenize", json={"content": text, "add_special": False})
    return len(reply.raise_for_status().json()["tokens"])


def texts(folder: Path, limit: int) -> Iterator[tuple[str, str, str]]:
    """Data set, language and text, at most `limit` a language of each set."""
    sets = {
        "ntrex_sentences": "text",
        "xsid_intents": "text",
        "xquad": "text",
        "jsquad": "text",
        "cmrc": "text",
        "language_confusion": "completion",
    }
    only = {"jsquad": "ja", "cmrc": "zh"}
    for name, field in sets.items():
        seen: dict[str, int] = defaultdict(int)
        for line in (folder / f"{name}.dev.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            language = row.get("language", only.get(name, ""))
            text = clean(row[field]).shown.strip()
            if language in LANGUAGES and text and seen[language] < limit:
                seen[language] += 1
                yield name, language, text


def report(sums: dict[tuple[str, str], Sum], *, markdown: bool) -> None:
    header = ("data", "language", "texts", "chars/token", "error %", "per text %", "chars/4 %")
    line = (
        "| {} | {} | {} | {} | {} | {} | {} |"
        if markdown
        else "{:<20}{:<9}{:>6}{:>12}{:>9}{:>11}{:>11}"
    )
    print(line.format(*header))
    if markdown:
        print(line.format(*("---",) * len(header)))
    for (name, language), row in sorted(sums.items()):
        print(
            line.format(
                name,
                language,
                row.texts,
                f"{row.characters / row.real:.2f}",
                f"{100 * (row.estimated / row.real - 1):+.1f}",
                f"{100 * row.relative / row.texts:.1f}",
                f"{100 * (row.characters / 4 / row.real - 1):+.0f}",
            )
        )
    worst = max(sums.values(), key=lambda row: abs(row.estimated / row.real - 1))
    print(f"\nLargest error: {100 * abs(worst.estimated / worst.real - 1):.1f} %")


if __name__ == "__main__":
    main()
