"""Which script carries a text, and how much it says.

Latin letters stand in every kind of text, as names and products, so they count less beside another
script, and a capitalized word inside a text counts for little.
"""

from __future__ import annotations

from typing import NamedTuple

from dragoman.languages.scripts import Script, runs

# What one letter says, measured in letters of an alphabet: a Chinese character is a word.
_WEIGHTS: dict[str, float] = {"Hani": 3.0, "Kana": 2.0, "Hang": 2.5, "Arab": 1.3, "Deva": 1.3}
_BESIDE = 0.6  # Latin letters beside another script
_NAME = 0.25  # a capitalized word inside a text


class Run(NamedTuple):
    """A run of letters of one script."""

    script: Script
    start: int
    end: int
    weight: float


def weighed_runs(text: str) -> list[Run]:
    """The runs of letters in `text`, kana with the ideographs around them, each with its weight."""
    found: list[Run] = []
    for script, start, end in runs(text):
        weight = (end - start) * _WEIGHTS.get(script, 1.0)
        if script == "Latn" and found and text[start].isupper():
            weight *= _NAME
        found.append(Run(script, start, end, weight))
    return found


def main_script(text: str, found: list[Run] | None = None) -> tuple[str, float]:
    """ISO 15924 code of the script that carries `text`, and its weight in letters.

    Han and kana together are ``Jpan``; no letters at all are ``""``.
    """
    found = weighed_runs(text) if found is None else found
    weights: dict[str, float] = {}
    for run in found:
        weights[run.script] = weights.get(run.script, 0.0) + run.weight
    if not weights:
        return "", 0.0
    if len(weights) == 1:
        return next(iter(weights.items()))
    if "Kana" in weights and "Hani" in weights:
        weights["Jpan"] = weights.pop("Kana") + weights.pop("Hani")
    if "Latn" in weights and len(weights) > 1 and not _frames(found):
        weights["Latn"] *= _BESIDE
    return max(weights.items(), key=lambda item: item[1])


def _frames(found: list[Run]) -> bool:
    """Whether Latin words open and close the text: ``What does 谢谢 mean?``."""
    return found[0].script == found[-1].script == "Latn"
