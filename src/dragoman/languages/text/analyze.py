"""Text cut into lexical terms for BM25.

Every run of one script is cut in that script's way, whatever the language of the whole text, so
that a product name inside Japanese is a word and kanji inside English are bigrams:

- Han, kana and Hangul: overlapping character bigrams, which do as well as a dictionary;
- Thai: overlapping trigrams;
- words of all other scripts: folded and stemmed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dragoman.languages.scripts import CLASSES
from dragoman.languages.text.normalize import fold, strip_accents
from dragoman.languages.text.stem import (
    Stemmer,
    snowball,
    stem_arabic,
    stem_persian,
    stem_ukrainian,
    stem_urdu,
)

_CJK = CLASSES["Hani"] + CLASSES["Kana"] + CLASSES["Hang"]
_WORD = "".join(CLASSES[script] for script in ("Latn", "Grek", "Hebr", "Cyrl"))
_TOKENS = re.compile(
    rf"(?P<cjk>[{_CJK}]+)"
    rf"|(?P<thai>[{CLASSES['Thai']}]+)"
    rf"|(?P<arab>[{CLASSES['Arab']}]+)"
    rf"|(?P<deva>[{CLASSES['Deva']}]+)"
    r"|(?P<number>\d{1,3}(?:[.,]\d{3})+(?!\d))"
    rf"|(?P<code>(?=[{_WORD}0-9_-]{{0,64}}\d)(?=[{_WORD}0-9_-]{{0,64}}[{_WORD}])[{_WORD}0-9]+(?:[-_][{_WORD}0-9]+)*)"
    rf"|(?P<word>[{_WORD}]+(?:'[{_WORD}]+)*)"
    r"|(?P<digits>\d+)"
)
_CODE_PARTS = re.compile(r"\d+|[^\W\d_]+")

# The stemmer of words in a script when the text's own language is written in another one.
_LATIN = {
    "en": "english",
    "fr": "french",
    "de": "german",
    "es": "spanish",
    "pt": "portuguese",
    "it": "italian",
    "nl": "dutch",
    "pl": "polish",
    "tr": "turkish",
    "id": "indonesian",
    "ms": "indonesian",  # close enough: the same affixes
}
_ARABIC: dict[str, Stemmer] = {"ar": stem_arabic, "fa": stem_persian, "ur": stem_urdu}


def analyze(text: str, tag: str) -> list[str]:
    """The lexical terms of `text`, in order, repeated as often as they occur.

    Args:
        text: Any text; it is folded here.
        tag: BCP-47 tag of its language, which decides how words are stemmed.
    """
    return [
        term
        for match in _TOKENS.finditer(fold(text, tag))
        for term in _terms(str(match.lastgroup), match.group(), tag)
    ]


def _terms(kind: str, token: str, tag: str) -> Iterator[str]:
    if kind == "cjk":
        yield from _grams(token, 2)
    elif kind == "thai":
        yield from _grams(token, 3)
    elif kind == "arab":
        yield _ARABIC.get(tag, stem_arabic)(token)
    elif kind == "deva":
        yield snowball("hindi")(token)
    elif kind == "number":
        yield re.sub(r"\D", "", token)
    elif kind == "code":
        yield from _code_terms(token)
    elif kind == "word":
        yield _stem_word(token, tag)
    else:
        yield token


def _grams(run: str, size: int) -> Iterator[str]:
    if len(run) <= size:
        yield run
    else:
        for start in range(len(run) - size + 1):
            yield run[start : start + size]


def _code_terms(token: str) -> Iterator[str]:
    """An order number or model name: whole, and its parts, as people quote only one of them."""
    parts = _CODE_PARTS.findall(strip_accents(token))
    yield "".join(parts)
    if len(parts) > 1:
        yield from parts


def _stem_word(word: str, tag: str) -> str:
    if tag == "tr":
        word = word.partition("'")[0]  # İstanbul'da is about İstanbul
    elif tag in {"fr", "it"}:
        word = word.rpartition("'")[2]  # l'eau, dell'acqua
    if "\u0400" <= word[0] <= "\u052f":
        return stem_ukrainian(word) if tag == "uk" else snowball("russian")(word)
    if tag == "vi":
        return word
    return strip_accents(snowball(_LATIN.get(tag, "english"))(word))
