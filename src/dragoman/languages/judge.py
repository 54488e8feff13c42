"""Whether one sentence is in the language that it should be in.

The script decides where it can: `foreign` finds what is in another one. Within one script,
`same_script` tells neighbors apart. Both lean towards the expected language, because a guard that
cries wolf is switched off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dragoman.languages.foreign import Piece, foreign_pieces, language_of, native_scripts, stray
from dragoman.languages.same_script import neighbor
from dragoman.languages.scripts import Script, runs
from dragoman.languages.text.masking import asides, blank

# How much one letter of a script says, in Latin letters.
_WEIGHTS: dict[Script, float] = {"Hani": 3.0, "Kana": 2.0, "Hang": 2.5, "Thai": 1.3, "Deva": 1.2}

SHORTEST = 9.0
"""Weight below which a sentence says nothing about its language: three ideographs, two words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgment:
    """What is known about one sentence."""

    finding: Literal["right", "wrong", "stray", "script", "unclear"]
    """``right`` or ``wrong`` language, ``stray`` foreign words in a right sentence, the other
    ``script`` of Chinese, or ``unclear`` where there is too little to tell."""

    weight: float
    """How much text it is, in Latin letters."""

    foreign: float = 0.0
    """How much of a right sentence is in another language, where that is a run of words."""

    tag: str = ""
    """Language of what is wrong; empty when nothing is."""

    start: int = 0
    """Index in the sentence where what is wrong begins."""

    end: int = 0
    """Index in the sentence after what is wrong."""


def judge(sentence: str, expected: str) -> Judgment:  # noqa: PLR0911 - one rule after the other
    """Judge `sentence`, whose code and ids are masked, against the language tag `expected`."""
    native = native_scripts(expected)
    plain = blank(sentence, asides(sentence))
    if _weight(plain) < _weight(sentence) / 3:
        plain = sentence  # most of it is quoted or in brackets, so that is what it says
    ours = _weight(plain, native)
    pieces = foreign_pieces(plain, expected)
    theirs = sum(piece.length * _WEIGHTS.get(piece.script, 1.0) for piece in pieces)
    if theirs > ours:
        return _of_foreign(plain, pieces, theirs)
    if ours < SHORTEST:
        return Judgment(finding="unclear", weight=ours)
    other = neighbor(plain, expected)
    if other.kind in {"language", "title"}:
        weight = ours if other.kind == "language" else ours / 3  # a title alone is no drift
        start = len(plain) - len(plain.lstrip())
        end = len(plain.rstrip())
        return Judgment(finding="wrong", weight=weight, tag=other.tag, start=start, end=end)
    if other.kind in {"script", "words"}:
        finding: Literal["script", "stray"] = "script" if other.kind == "script" else "stray"
        return Judgment(
            finding=finding, weight=ours, tag=other.tag, start=other.start, end=other.end
        )
    odd = stray(plain, pieces, expected)
    if odd:
        tag = language_of(plain[odd.start : odd.end], odd.script)
        return Judgment(
            finding="stray",
            weight=ours,
            foreign=odd.length * _WEIGHTS.get(odd.script, 1.0),
            tag=tag,
            start=odd.start,
            end=odd.end,
        )
    if other.kind == "unclear":
        return Judgment(finding="unclear", weight=ours)
    return Judgment(finding="right", weight=ours)


def _of_foreign(plain: str, pieces: list[Piece], weight: float) -> Judgment:
    """A sentence that is mostly in another script."""
    words = sum(piece.words for piece in pieces)
    script = max(pieces, key=lambda piece: piece.length).script
    if weight < SHORTEST or (script == "Latn" and words < 3):
        return Judgment(finding="unclear", weight=weight)  # a name, a brand, a heading
    tag = language_of(plain, script)
    start, end = pieces[0].start, pieces[-1].end
    return Judgment(finding="wrong", weight=weight, tag=tag, start=start, end=end)


def _weight(text: str, scripts: frozenset[Script] | None = None) -> float:
    return sum(
        (end - start) * _WEIGHTS.get(script, 1.0)
        for script, start, end in runs(text)
        if scripts is None or script in scripts
    )
