"""Telling a language from its neighbors that are written in the same script."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from dragoman.languages.detect import detect
from dragoman.languages.profiles import profile
from dragoman.languages.scripts import CLASSES
from dragoman.languages.text.chinese import not_japanese, simplified_only, traditional_only

_HAN = re.compile(f"[{CLASSES['Hani']}]")
_KANA = re.compile(f"[{CLASSES['Kana']}]")
_YUE = re.compile("[嘅咗喺哋嚟冇啲嗰咁佢唔嘢畀]")
_MANDARIN = re.compile("[的是这這们們没沒了他她它]")
_CHINESE_WORDS = re.compile("[的是这這们們没沒了你您吗嗎呢吧么么啊]")
_PERSIAN = re.compile("[پچژگکی]")
_URDU = re.compile("[ٹڈڑںے]")
_ARABIC_ONLY = re.compile("[ةىكيإأ]")
_ARABIC_LETTER = re.compile(f"[{CLASSES['Arab']}]")
_RUSSIAN = re.compile("[ыэъёЫЭЪЁ]")
_CYRILLIC_LETTER = re.compile(f"[{CLASSES['Cyrl']}]")
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
_WORD = re.compile(rf"[{CLASSES['Latn']}]+(?:['’-][{CLASSES['Latn']}]+)*")

# Languages that a detector cannot tell apart in one sentence; a whole text decides.
SIBLINGS = ({"id", "ms"}, {"zh-Hant", "yue"})

_FEWEST_WORDS = 3
_SHORTEST_TITLE = 27
_SURE = 0.9


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbor:
    """What another language of the same script has to do with a sentence."""

    kind: Literal["none", "unclear", "language", "title", "script", "words"]
    """The sentence is in the other ``language``, looks like a ``title`` in it, is in the other
    ``script`` of Chinese, has some of its ``words``, or none of these; ``unclear`` when it is too
    short to tell."""

    tag: str = ""
    """Tag of the other language."""

    start: int = 0
    """Index where its first character stands, for ``script`` and ``words``."""

    end: int = 0
    """Index after its last character."""


_NONE = Neighbor(kind="none")
_UNCLEAR = Neighbor(kind="unclear")


def neighbor(sentence: str, expected: str) -> Neighbor:
    """Look for a language of the same script in `sentence`, which should be in `expected`."""
    script = profile(expected).script
    if script in {"Hans", "Hant"}:
        return _in_chinese(sentence, expected)
    if script == "Jpan":
        return _in_japanese(sentence)
    if script == "Arab":
        return _in_arabic_script(sentence, expected)
    if script == "Cyrl":
        return _in_cyrillic(sentence, expected)
    if script == "Latn":
        return _in_latin(sentence, expected)
    return _NONE


def _in_chinese(sentence: str, expected: str) -> Neighbor:
    han = len(_HAN.findall(sentence))
    if len(_KANA.findall(sentence)) > max(4, han // 2):
        return Neighbor(kind="language", tag="ja")
    if expected == "zh-Hans":
        odd, fitting, tag = traditional_only(sentence), simplified_only(sentence), "zh-Hant"
    else:
        odd, fitting, tag = simplified_only(sentence), traditional_only(sentence), "zh-Hans"
    if len(odd) > len(fitting) and len(odd) >= max(2, han // 6):
        return Neighbor(kind="script", tag=tag, start=odd[0], end=odd[-1] + 1)
    if len({sentence[index] for index in odd}) >= 2:  # one alone may be somebody's name
        return Neighbor(kind="words", tag=tag, start=odd[0], end=odd[-1] + 1)
    yue = len(_YUE.findall(sentence))
    if expected != "yue" and 2 <= yue > len(_MANDARIN.findall(sentence)) and yue * 15 > han:
        return Neighbor(kind="language", tag="yue")
    return _NONE


def _in_japanese(sentence: str) -> Neighbor:
    han, kana = len(_HAN.findall(sentence)), len(_KANA.findall(sentence))
    foreign = not_japanese(sentence)
    words = len(_CHINESE_WORDS.findall(sentence))
    if not kana and (len(foreign) >= 2 or (han >= 8 and words >= 2)):
        tag = "zh-Hans" if foreign else "zh-Hant"
        return Neighbor(kind="language", tag=tag)
    if foreign:
        return Neighbor(kind="words", tag="zh-Hans", start=foreign[0], end=foreign[-1] + 1)
    return _NONE if kana else _UNCLEAR


def _in_arabic_script(sentence: str, expected: str) -> Neighbor:
    letters = len(_ARABIC_LETTER.findall(sentence))
    urdu, persian = len(_URDU.findall(sentence)), len(_PERSIAN.findall(sentence))
    arabic = len(_ARABIC_ONLY.findall(sentence))
    if expected != "ur" and urdu >= 3:
        return Neighbor(kind="language", tag="ur")
    if expected == "ar" and persian >= max(3, letters // 12) and persian > arabic:
        return Neighbor(kind="language", tag="fa")
    if letters < 25:
        return _NONE if persian or arabic else _UNCLEAR
    if expected == "fa" and not persian and arabic >= 3:
        return Neighbor(kind="language", tag="ar")
    if expected == "ur" and not urdu:
        return Neighbor(kind="language", tag="fa" if persian > arabic else "ar")
    return _NONE


def _in_cyrillic(sentence: str, expected: str) -> Neighbor:
    russian, ukrainian = len(_RUSSIAN.findall(sentence)), len(_UKRAINIAN.findall(sentence))
    if expected == "ru" and ukrainian >= 2 and not russian:
        return Neighbor(kind="language", tag="uk")
    letters = len(_CYRILLIC_LETTER.findall(sentence))
    if expected == "uk" and not ukrainian:  # every fifteenth Ukrainian letter is one
        if russian >= 2:
            return Neighbor(kind="language", tag="ru")
        found = detect(sentence)
        if letters >= 30 and found.tag == "ru" and found.confidence >= _SURE:
            return Neighbor(kind="language", tag="ru")
    return _NONE


def _in_latin(sentence: str, expected: str) -> Neighbor:
    words = _WORD.findall(sentence)
    common = [word for word in words if not word[0].isupper()]
    if len(common) < _FEWEST_WORDS:
        return _in_title(sentence, words, expected)
    found = detect(sentence, thread=expected)
    if found.tag == expected or any({found.tag, expected} <= pair for pair in SIBLINGS):
        return _NONE
    # Foreign names must not decide: without the capitalized words it has to look the same.
    if detect(" ".join(common), thread=expected).tag == expected:
        return _UNCLEAR
    return Neighbor(kind="language", tag=found.tag)


def _in_title(sentence: str, words: list[str], expected: str) -> Neighbor:
    """A line in title case: a heading in another language, or only the name of a book."""
    if len(words) < 5 or sum(map(len, words)) < _SHORTEST_TITLE:
        return _UNCLEAR
    found = detect(sentence.lower(), thread=expected)
    if found.tag == expected:
        return _NONE
    return Neighbor(kind="title", tag=found.tag) if found.confidence >= _SURE else _UNCLEAR
