"""Which way of writing Chinese characters a text uses, told by the old national character sets.

GB 2312 holds the Simplified characters, Big5 the Traditional ones and Shift JIS the Japanese
ones; a character that only one of them has was written in its country's way, while the many
that are alike, or are used on both sides (后, 里, 台, 干), say nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dragoman.languages.scripts import CLASSES

_HAN = re.compile(f"[{CLASSES['Hani']}]")


def simplified_only(text: str) -> list[int]:
    """Indices of the characters in `text` that only Simplified Chinese writes."""
    return [match.start() for match in _HAN.finditer(text) if _side(match.group()) == "Hans"]


def traditional_only(text: str) -> list[int]:
    """Indices of the characters in `text` that Simplified Chinese does not write."""
    return [match.start() for match in _HAN.finditer(text) if _side(match.group()) == "Hant"]


def not_japanese(text: str) -> list[int]:
    """Indices of the Simplified characters in `text` that Japanese cannot write."""
    return [
        match.start()
        for match in _HAN.finditer(text)
        if _side(match.group()) == "Hans" and not _has(match.group(), "shift_jis")
    ]


@lru_cache(maxsize=8192)
def _side(character: str) -> str:
    simplified, traditional = _has(character, "gb2312"), _has(character, "big5")
    if simplified == traditional:
        return ""
    return "Hans" if simplified else "Hant"


def _has(character: str, encoding: str) -> bool:
    return bool(character.encode(encoding, "ignore"))
