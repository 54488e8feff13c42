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
    rows = [
        (
            name,
            language,
            row.texts,
            f"{row.characters / row.real:.2f}",
            f"{error(row):+.1f}",
            f"{100 * row.relative / row.texts:.1f}",
            f"{plain_error(row):+.0f}",
        )
        for (name, language), row in sorted(sums.items())
    ]
    header = ("data", "language", "texts", "chars/token", "error %", "per text %", "chars/4 %")
    table(header, rows, markdown=markdown)
    names = sorted({name for name, _ in sums})
    groups = {name: [row for (own, _), row in sums.items() if own == name] for name in names}
    summary = [
        (
            name,
            len(group),
            f"{max(abs(error(row)) for row in group):.1f}",
            f"{sum(abs(error(row)) for row in group) / len(group):.1f}",
            f"{max(abs(plain_error(row)) for row in group):.0f}",
            f"{sum(abs(plain_error(row)) for row in group) / len(group):.0f}",
        )
        for name, group in groups.items()
    ]
    print()
    header = ("data", "languages", "worst %", "mean %", "chars/4 worst %", "chars/4 mean %")
    table(header, summary, markdown=markdown)


def error(row: Sum) -> float:
    return 100 * (row.estimated / row.real - 1)


def plain_error(row: Sum) -> float:
    return 100 * (row.characters / 4 / row.real - 1)


def table(header: tuple[str, ...], rows: list[tuple[str | int, ...]], *, markdown: bool) -> None:
    if markdown:
        rows = [("---",) * len(header), *rows]
    for row in (header, *rows):
        cells = [str(cell) for cell in row]
        if markdown:
            print("| " + " | ".join(cells) + " |")
        else:
            print(f"{cells[0]:<22}" + "".join(f"{cell:>16}" for cell in cells[1:]))


if __name__ == "__main__":
    main()
