"""What in a sentence is written in another script than its language's.

Latin names, brands and units are at home everywhere; lower-case words are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dragoman.languages.detect import detect
from dragoman.languages.profiles import profile
from dragoman.languages.scripts import CLASSES, SOLE, WRITTEN_IN, Script, runs
from dragoman.languages.text.chinese import simplified_only, traditional_only

# Languages that put a space or a hyphen between a Latin word and their own.
_SPACED = frozenset({"ar", "fa", "ur", "ru", "uk", "hi"})
_LATIN_RUN = re.compile(
    rf"[{CLASSES['Latn']}]+(?:['’-][{CLASSES['Latn']}]+)*"
    rf"(?:[ \u00a0,]+[{CLASSES['Latn']}]+(?:['’-][{CLASSES['Latn']}]+)*)*"
)
_LATIN_WORD = re.compile(rf"[{CLASSES['Latn']}]+(?:['’-][{CLASSES['Latn']}]+)*")

# Letters of a script that may stand in a sentence of another one without being a stray word:
# の in Chinese, a Greek variable or root, a single hanja in Korean.
_HARMLESS: dict[Script, int] = {"Kana": 2, "Grek": 12}
_HARMLESS_HANJA = 1

# Words that carry an English sentence and are no name, unit or loanword.
_ENGLISH_WORDS = (
    "the and of is are to with for that this was were which have has you your from can will not "
    "but be been they it in on by as or at an we our their its if when how what into"
)
_ENGLISH = frozenset(_ENGLISH_WORDS.split())

# Lower-case words that every language writes in Latin letters now and then.
_LOAN_WORDS = (
    "app apps email mail online offline blog blogger chat chatbot cloud cookie cookies code data "
    "login logout link pixel plugin podcast server smartphone software hardware spam tablet tweet "
    "update upgrade video vlog website web wifi site desktop laptop router bluetooth token tokens "
    "prompt bit byte open source iphone ipad imac macos ios android google facebook twitter "
    "youtube instagram tiktok github docker linux windows python java javascript html http https "
    "versus feat live remix cover hashtag meme startup startups barista espresso latte pizza "
    "ping root admin user null true false mini plus lite home page news menu click shop store"
)
_LOANS = frozenset(_LOAN_WORDS.split())
_SHORTEST_STRAY = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A run of foreign letters."""

    script: Script
    """Script of the letters."""

    start: int
    """Index of the first letter."""

    end: int
    """Index after the last letter."""

    length: int
    """Number of letters."""

    words: int
    """Number of words that are no names; 1 for scripts without letter case."""


def native_scripts(tag: str) -> frozenset[Script]:
    """The scripts that the language `tag` is written in."""
    return WRITTEN_IN[profile(tag).script]


def foreign_pieces(sentence: str, expected: str) -> list[Piece]:
    """The runs of foreign letters in `sentence`, in order; Latin names are left out."""
    native = native_scripts(expected)
    found = [
        Piece(script=script, start=start, end=end, length=end - start, words=1)
        for script, start, end in runs(sentence)
        if script not in native and script != "Latn"
    ]
    if "Latn" not in native:
        found += _latin_pieces(sentence)
    return sorted(found, key=lambda piece: piece.start)


def stray(sentence: str, pieces: list[Piece], expected: str) -> Piece | None:
    """The first of `pieces` that has no business in a sentence in the language `expected`."""
    for piece in pieces:
        if piece.script == "Latn":
            found = _is_stray_latin(sentence[piece.start : piece.end])
            found = found or (expected in _SPACED and _is_glued(sentence, piece))
        elif piece.script == "Hani" and expected == "ko":
            found = piece.length > _HARMLESS_HANJA
        else:
            found = piece.length > _HARMLESS.get(piece.script, 0)
        if found:
            return piece
    return None


def language_of(text: str, script: Script) -> str:
    """The tag of the language that foreign `text`, mostly in `script`, is in."""
    found = {name for name, _, _ in runs(text)}
    if script == "Hani" and "Kana" not in found:
        traditional, simplified = len(traditional_only(text)), len(simplified_only(text))
        return "zh-Hant" if traditional > simplified else "zh-Hans"
    sole = "Kana" if script == "Hani" else script
    return SOLE.get(sole) or detect(text).tag


def _latin_pieces(sentence: str) -> list[Piece]:
    """Latin runs with lower-case words in them.

    A run of several lower-case words counts with its capitals: "Microsoft is a company" is
    English as a whole, "Microsoft Windows" is a name.
    """
    found = []
    for run in _LATIN_RUN.finditer(sentence):
        words = _LATIN_WORD.findall(run.group())
        common = [word for word in words if word.islower() and len(word) > 1]
        if not common or 2 * len(common) < len(words):
            continue  # The Sound of Music
        counted = words if len(common) >= 3 else common
        found.append(
            Piece(
                script="Latn",
                start=run.start(),
                end=run.end(),
                length=sum(map(len, counted)),
                words=len(common),
            )
        )
    return found


def _is_stray_latin(run: str) -> bool:
    words = [word for word in _LATIN_WORD.findall(run) if len(word) > 1]
    common = [word for word in words if word.islower()]
    if len(words) > 1 and 2 * len(common) > len(words) and not _ENGLISH.isdisjoint(common):
        return True
    if len(common) < len(words) or _LOANS.issuperset(common):
        return False
    shortest = 1 if len(words) >= 3 else _SHORTEST_STRAY
    return all(word.isalpha() and len(word) >= shortest for word in words)


def _is_glued(sentence: str, piece: Piece) -> bool:
    """Whether one word begins in one script and goes on in another."""
    before = sentence[max(0, piece.start - 1) : piece.start]
    after = sentence[piece.end : piece.end + 1]
    return before.isalpha() or after.isalpha()
