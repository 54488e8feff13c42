"""Text in Chinese characters alone: Japanese, Cantonese, Simplified or Traditional Chinese.

Every character is judged by itself and by the one before it. The counts behind it are made by
``benchmarks/train_language_id.py``.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dragoman.languages.scripts import CLASSES
from dragoman.languages.wordmodel import Scores, load

_HAN = re.compile(f"[{CLASSES['Hani']}]+")
_STEPS = 32  # as in wordmodel
_ENOUGH = 400  # characters; more would not change the answer


class HanModel:
    """Characters and pairs of characters, with their share in each of the four languages.

    Usage:
        model = han_model()
        model.columns[int(model.scores("確認書類").argmax())]  # "ja"
    """

    def __init__(self) -> None:
        """Read the data file; costs about 0.1 s, so use `han_model`."""
        data = load("han")
        self.columns: tuple[str, ...] = tuple(data["columns"])
        characters, pairs = data["words"], data["grams"]
        self._places = {text: row for row, text in enumerate(characters + pairs)}
        self._rows: NDArray[np.uint8] = np.concatenate([data["rows"], data["gram_rows"]])

    def scores(self, text: str) -> Scores:
        """Log-likelihood of the Chinese characters of `text` in each column, up to a constant."""
        places = self._places
        found: list[int] = []
        for run in _HAN.findall(text):
            before = ""
            for character in run:
                row = places.get(before + character)
                if row is None and before:
                    row = places.get(character)
                if row is not None:
                    found.append(row)
                before = character
            if len(found) > _ENOUGH:
                break
        total: Scores = self._rows[found].sum(axis=0, dtype=np.float32) / np.float32(-_STEPS)
        return total


@cache
def han_model() -> HanModel:
    """The model of Chinese characters, read once."""
    return HanModel()
