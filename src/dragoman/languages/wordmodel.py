"""Which language the words of one script are in, from the words themselves and their letters.

A word that the lists know has a row of probabilities, one for each language; an unknown word gets
one from its letters. The rows are made by ``benchmarks/train_language_id.py``.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

_STEPS = 32  # a stored byte is the distance to the likeliest language, in nats / _STEPS
_LONGEST = 5  # letters of the longest n-gram
_GUESS = 0.6  # how far letters alone are trusted; the trainer counts on the same number
_LONGEST_WORD = 40  # letters; what is longer is not a word

# The most that one word can say for or against a language, as the chance that a word in a text
# is a loan: a capitalized one inside a text is often a name, which every language can have.
_LOAN, _NAME = 0.001, 0.15


def load(name: str) -> dict[str, Any]:
    """The arrays of one data file, its strings split."""
    raw = (files("dragoman.languages") / "data" / f"{name}.npz").read_bytes()
    with np.load(io.BytesIO(raw)) as data:
        arrays = {key: data[key] for key in data.files}
    for key in ("columns", "words", "grams"):
        arrays[key] = arrays[key].tobytes().decode().split("\n")
    for key in ("rows", "gram_rows"):
        arrays[key] = np.ascontiguousarray(arrays[key])
    return arrays


class WordModel:
    """The words of one script: Latin, Cyrillic or Arabic.

    Usage:
        model = word_model("latin")
        scores = model.scores(["where", "is", "my", "order"])
        model.columns[int(scores.argmax())]  # "en"
    """

    def __init__(self, name: str) -> None:
        """Read the data file `name`; costs 0.1 to 0.3 s, so use `word_model`."""
        data = load(name)
        self.columns: tuple[str, ...] = tuple(data["columns"])
        self._words = {word: row for row, word in enumerate(data["words"])}
        self._grams = {gram: row for row, gram in enumerate(data["grams"])}
        self._rows: NDArray[np.uint8] = data["rows"]
        self._gram_rows: NDArray[np.uint8] = data["gram_rows"]
        distances = np.exp(-np.arange(256, dtype=np.float32) / _STEPS)
        self._plain = np.log(distances + np.float32(_LOAN))
        self._name = np.log(distances + np.float32(_NAME))
        self._guess = lru_cache(maxsize=4096)(self._spell)

    def scores(self, words: Iterable[str]) -> Scores:
        """Log-likelihood of `words` in each column, up to a constant.

        Columns whose name begins with ``-`` are groups of languages that are none of ours.

        Args:
            words: Words as they were written; the first may be capitalized for its place alone.
        """
        plain: list[int] = []
        names: list[int] = []
        total = np.zeros(len(self.columns), np.float32)
        for place, word in enumerate(words):
            name = place > 0 and word[0] != word[0].lower()
            row = self._words.get(word.lower().replace("i̇", "i"))
            if row is not None:
                (names if name else plain).append(row)
            elif len(word) <= _LONGEST_WORD:
                guess = self._guess(word.lower())
                total += np.log(np.exp(guess) + np.float32(_NAME)) if name else guess
        if plain:
            total += self._plain[self._rows[plain]].sum(axis=0)
        if names:
            total += self._name[self._rows[names]].sum(axis=0)
        return total

    def _spell(self, word: str) -> Scores:
        framed = f"^{word}$"
        found: list[int] = []
        for end in range(2, len(framed) + 1):
            for start in range(max(0, end - _LONGEST), end):
                row = self._grams.get(framed[start:end])
                if row is not None:
                    found.append(row)
                    break
        total = self._gram_rows[found].sum(axis=0, dtype=np.float32) * np.float32(-_GUESS / _STEPS)
        smooth: Scores = np.log(np.exp(total - total.max()) + np.float32(_LOAN))
        return smooth


@cache
def word_model(name: str) -> WordModel:
    """The words of the script `name`, read once: ``latin``, ``cyrillic`` or ``arabic``."""
    return WordModel(name)
