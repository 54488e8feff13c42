"""How often the reply-language guard is right, on labeled lines of language confusion.

    python benchmarks/reply_guard.py [--data FOLDER] [--errors]

The labels in `reply_guard_labels.jsonl` were given by reading lines that were drawn at random:
`right`; `wrong`, the line is in another language; `mixed`, stray foreign words or letters in a
right line; `unclear`, nobody's language. The guard's rules were improved while looking at the
first draw (300 lines, 20 of each language); the second (140 lines of other completions) was
labeled before the guard saw it and left alone since. The text itself stays in the data folder.

A second table gives the line-level pass rate by model: the share of completions without a line in
a wrong language. A third takes sentences of each language for answers in each other one.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter, defaultdict
from pathlib import Path
from time import perf_counter

from dragoman.languages import consistency

# LPR in percent that Marchisio et al. (2024), "Understanding and Mitigating Language Confusion in
# LLMs", give for the same models on the whole benchmark, monolingual and cross-lingual, with
# fastText as the detector; None where the figure could not be checked.
PUBLISHED = {
    "llama-2-instruct": (48.3, 38.4),
    "llama-3-instruct": (46.0, 30.3),
    "mistral-8x7b": (73.0, None),
    "mistral-large": (69.9, None),
    "command-r": (98.6, None),
    "command-r-plus": (99.2, None),
    "gpt-4-turbo": (99.3, None),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("DRAGOMAN_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--errors", action="store_true", help="print the lines judged otherwise")
    arguments = parser.parse_args()
    path = arguments.data / "language_confusion.dev.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for draw in (1, 2):
        agreement(rows, draw, errors=arguments.errors)
    pass_rates(rows)
    pairs(arguments.data / "ntrex_sentences.dev.jsonl")


def agreement(rows: list[dict[str, str]], draw: int, *, errors: bool) -> None:
    labels = Path(__file__).with_name("reply_guard_labels.jsonl").read_text(encoding="utf-8")
    outcomes: dict[str, Counter[str]] = {
        label: Counter() for label in ("right", "wrong", "mixed", "unclear")
    }
    long: Counter[str] = Counter()
    for record in map(json.loads, labels.splitlines()):
        if record["draw"] != draw:
            continue
        line = rows[record["row"]]["completion"].split("\n")[record["line"]]
        outcome = judged(line, record["language"])
        outcomes[record["label"]][outcome] += 1
        alarm = outcome == "alarm"
        if record["label"] == "wrong" and len(line.split()) >= 5:
            long[outcome] += 1
        if errors and record["label"] != "unclear" and alarm == (record["label"] == "right"):
            print(f"{record['language']} {record['label']} -> {outcome}: {line.strip()[:150]}")
    print(f"\n{f'draw {draw}':<10}{'lines':>7}{'alarm':>7}{'ok':>7}{'abstained':>11}")
    for label, counts in outcomes.items():
        print(
            f"{label:<10}{counts.total():>7}{counts['alarm']:>7}{counts['ok']:>7}"
            f"{counts['abstained']:>11}"
        )
    right, wrong, mixed = (outcomes[label] for label in ("right", "wrong", "mixed"))
    missed = long.total() - long["alarm"]
    print(f"False alarms on right lines: {100 * right['alarm'] / right.total():.1f} %")
    print(
        f"Misses on wrong lines: {100 * wrong['ok'] / wrong.total():.1f} % judged right, "
        f"{100 * wrong['abstained'] / wrong.total():.1f} % abstained on;"
    )
    print(
        f"  of the {long.total()} with five words or more, which the benchmark itself counts, "
        f"{100 * missed / long.total():.1f} % not caught"
    )
    print(f"Stray words found: {mixed['alarm']} of {mixed.total()}")


def judged(line: str, language: str) -> str:
    verdict = consistency.check(line, language)
    if verdict.abstained:
        return "abstained"
    other_chinese = language == "zh" and verdict.language == "zh-Hant"
    return "ok" if verdict.ok or other_chinese else "alarm"


def pass_rates(rows: list[dict[str, str]]) -> None:
    passed: dict[tuple[str, str], dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    started = perf_counter()
    for row in rows:
        lines = [line for line in row["completion"].split("\n") if line.strip()]
        good = all(in_language(line, row["language"]) for line in lines)
        if lines:
            passed[row["model"], row["task"]][row["language"]].append(good)
    seconds = perf_counter() - started
    print(
        f"\n{'LPR %':<22}{'monolingual':>12}{'published':>11}{'crosslingual':>14}{'published':>11}"
    )
    for model in sorted({model for model, _ in passed}):
        published = [value or "" for value in PUBLISHED.get(model, (None, None))]
        mono, cross = (average(passed[model, task]) for task in ("monolingual", "crosslingual"))
        print(f"{model:<22}{mono:>12.1f}{published[0]:>11}{cross:>14.1f}{published[1]:>11}")
    print(f"\n{len(rows) / seconds:.0f} completions a second")


def in_language(line: str, language: str) -> bool:
    verdict = consistency.check(line, language)
    other_chinese = language == "zh" and verdict.language == "zh-Hant"
    return verdict.ok or other_chinese or verdict.problem not in {"wrong_language", "drift"}


def average(by_language: dict[str, list[bool]]) -> float:
    return 100 * sum(sum(good) / len(good) for good in by_language.values()) / len(by_language)


def pairs(path: Path, count: int = 40) -> None:
    """Sentences of one language as answers in another, and in their own."""
    sentences: dict[str, list[str]] = defaultdict(list)
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        sentences[row["language"]].append(row["text"])
    missed: Counter[tuple[str, str]] = Counter()
    abstained, total = 0, 0
    for expected in sentences:
        for written in sentences.keys() - {expected}:
            for text in sentences[written][:count]:
                verdict = consistency.check(text, expected)
                total += 1
                abstained += verdict.abstained
                missed[expected, written] += verdict.ok and not verdict.abstained
    alarms = sum(not consistency.check(t, tag).ok for tag, ts in sentences.items() for t in ts)
    own = sum(map(len, sentences.values()))
    print(f"\nSentences in their own language: {100 * alarms / own:.2f} % false alarms of {own}")
    print(
        f"In each of the others: {100 * missed.total() / total:.2f} % judged right, "
        f"{100 * abstained / total:.2f} % abstained on, of {total}"
    )
    for (expected, written), times in missed.most_common(6):
        print(f"  {written} passed for {expected}: {times} of {count}")


if __name__ == "__main__":
    main()
