"""How often a text without a declaration is read right, by the encoding that it was saved in.

    python benchmarks/encodings.py [--data PATH]

Sentences of NTREX, one at a time and five together, in each encoding that their language was
written in. A sentence that the encoding cannot hold is left out.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import defaultdict
from pathlib import Path

from dragoman.errors import DocumentError
from dragoman.memory.encodings import decode

ENCODINGS = {
    "cp932": ["ja"],
    "euc_jp": ["ja"],
    "cp949": ["ko"],
    "gb18030": ["zh-Hans"],
    "big5": ["zh-Hant"],
    "cp1256": ["ar", "fa"],
    "cp1251": ["ru", "uk"],
    "koi8_r": ["ru"],
    "cp874": ["th"],
    "cp1252": ["de", "fr", "es"],
    "utf-16-le": ["ja", "ar", "ru", "en"],
    "utf-16-be": ["ja", "ar", "ru", "en"],
}
"""Languages by encoding."""


def read_right(text: str, encoding: str) -> bool | None:
    """Whether `text` comes back; None when the encoding cannot hold it."""
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        return None
    try:
        return decode(data).text == text
    except DocumentError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    data = os.environ.get("DRAGOMAN_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(data))
    file = parser.parse_args().data / "ntrex_sentences.dev.jsonl"
    texts: dict[str, list[str]] = defaultdict(list)
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        texts[row["language"]].append(row["text"])
    print("| encoding | languages | one sentence | five sentences |\n|---|---|---|---|")
    for encoding, languages in ENCODINGS.items():
        cells = []
        for size in (1, 5):
            cuts = [
                "\n".join(texts[tag][at : at + size])
                for tag in languages
                for at in range(0, len(texts[tag]), size)
            ]
            verdicts = [v for v in (read_right(cut, encoding) for cut in cuts) if v is not None]
            cells.append(f"{100 * sum(verdicts) / len(verdicts):.1f} % of {len(verdicts)}")
        print(f"| {encoding} | {' '.join(languages)} | {cells[0]} | {cells[1]} |", flush=True)


if __name__ == "__main__":
    main()
