"""How many tokens a text is likely to be for Qwen's tokenizer, without loading one.

The tokenizer cuts a text into words, single digits and runs of punctuation, then each word into
the pieces that it knows. How many pieces depends on the script, the length of the word and on how
much of the language it was trained on, so the rates below are for kinds of words. They were fitted
by least squares to the real tokenizer's counts on the Universal Declaration of Human Rights,
Django's translations and words drawn by their frequency, and are checked on other texts by
`benchmarks/token_estimate.py`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from dragoman.languages.scripts import CLASSES

_PIECES = re.compile(
    rf"(?P<latin>[{CLASSES['Latn']}]+)"
    rf"|(?P<han>[{CLASSES['Hani']}]+)"
    r"|(?P<hiragana>[\u3041-\u309f]+)"
    r"|(?P<katakana>[\u30a0-\u30ff\uff66-\uff9f]+)"
    rf"|(?P<hangul>[{CLASSES['Hang']}]+)"
    rf"|(?P<arabic>[{CLASSES['Arab']}]+)"
    rf"|(?P<cyrillic>[{CLASSES['Cyrl']}]+)"
    rf"|(?P<thai>[{CLASSES['Thai']}]+)"
    rf"|(?P<devanagari>[{CLASSES['Deva']}]+)"
    rf"|(?P<greek>[{CLASSES['Grek']}]+)"
    r"|(?P<lines>[ \t]*[\r\n]+)"
    r"|(?P<spaces>\s+)"
    r"|(?P<digit>\d)"
    r"|(?P<ascii>[!-/:-@\[-`{-~]+)"
    r"|(?P<punctuation>[\u3000-\u303f\uff00-\uffef\u2010-\u2027])"
    r"|(?P<other>.)"
)

# Tokens for each run and for each character of it.
_RUNS = {
    "hiragana": (0.22, 0.52),
    "katakana": (0.74, 0.35),
    "hangul": (1.02, 0.45),
    "thai": (0.15, 0.53),
    "devanagari": (0.56, 1.0),
    "greek": (0.3, 0.85),
    "ascii": (0.56, 0.08),
    "lines": (1.0, 0.0),
}
# Tokens for each, whatever its length.
_SINGLES = {"digit": 1.0, "punctuation": 0.57, "other": 1.41}
_TAKES_NO_SPACE = frozenset({"han", "hiragana", "katakana", "thai", "digit"})

# The texts of the fit are laws, interfaces and frequent words; documents have more names in them.
_NAMES = 1.04

_ENGLISH_WORDS = (
    "the of and to in a is that for it on with as was are be by at or this from have an not you "
    "which i my what how can we they will if but his their has he all me"
)
_ROMANCE_WORDS = (
    "de la que et le les des en el los las y un una do da o e não é du est une pour dans por con "
    "para se del al à os as um uma em no na ou au qui sur lo su com dos das"
)
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_ROMANCE = frozenset(_ROMANCE_WORDS.split())
_VIETNAMESE = frozenset("ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")
_POLISH = frozenset("ąęłńśźż")
_UKRAINIAN = frozenset("іїєґ")
_URDU = frozenset("ٹڈڑںھہے")
_PERSIAN = frozenset("پچژگکی")


def estimate_tokens(text: str) -> int:
    """About how many tokens `text` is; 0 only for an empty text."""
    if not text:
        return 0
    text = unicodedata.normalize("NFC", text)
    words: dict[str, list[str]] = {"latin": [], "han": [], "arabic": [], "cyrillic": []}
    total = 0.0
    after_space = False
    for match in _PIECES.finditer(text):
        kind, piece = str(match.lastgroup), match.group()
        if kind == "spaces":
            after_space = piece.endswith(" ")
            total += 0.9 * (len(piece) > 1)
            continue
        if after_space and kind in _TAKES_NO_SPACE:
            total += 1  # elsewhere the space is a part of the word's first token
        after_space = False
        if kind in words:
            words[kind].append(piece)
        elif kind in _SINGLES:
            total += _SINGLES[kind]
        else:
            run, character = _RUNS[kind]
            total += run + character * len(piece)
    total += sum(count(words[kind]) for kind, count in _COUNTERS.items() if words[kind])
    return max(1, round(total * _NAMES))


def _latin(words: list[str]) -> float:
    lowered = [word.lower() for word in words]
    vietnamese = _share(sum(not _VIETNAMESE.isdisjoint(word) for word in lowered), words, 0.3)
    if vietnamese >= 1:
        return 1.15 * len(words)
    english = _share(sum(word in _ENGLISH for word in lowered), words, 0.3)
    romance = _share(sum(word in _ROMANCE for word in lowered), words, 0.25) * (1 - english)
    polish = _share(sum(not _POLISH.isdisjoint(word) for word in lowered), words, 0.12)
    rest = 0.11 * polish + 0.16 * romance + 0.3 * (1 - english - romance)
    total = 1.02 * len(words)
    for word in words:
        size = len(word)
        total += 0.05 * english * max(0, size - 4) + rest * max(0, size - 3)
        if not word.isascii():
            total += 0.3 * sum(char > "\x7f" for char in word)
        if size > 1 and word.isupper():
            total += 0.11 * size
    return total


def _cyrillic(words: list[str]) -> float:
    letters = "".join(words).lower()
    ukrainian = _share(sum(char in _UKRAINIAN for char in letters), letters, 0.04)
    size = sum(max(0, len(word) - 3) for word in words)
    more = sum(max(0, len(word) - 2) for word in words)
    return 1.34 * len(words) + (1 - ukrainian) * 0.22 * size + ukrainian * 0.48 * more


def _arabic(words: list[str]) -> float:
    letters = "".join(words)
    urdu = _share(sum(char in _URDU for char in letters), letters, 0.05)
    persian = _share(sum(char in _PERSIAN for char in letters), letters, 0.05) * (1 - urdu)
    total = 1.23 * len(words)
    for word in words:
        signs = sum("\u064b" <= char <= "\u065f" for char in word)
        size = len(word) - signs
        total += 1.46 * signs + (1 - urdu - persian) * 0.27 * max(0, size - 2)
        total += (0.64 * urdu + 0.48 * persian) * max(0, size - 1)
    return total


def _han(words: list[str]) -> float:
    """Ideographs by how common they are: the levels of GB 2312 and Big5 tell."""
    letters = "".join(words)
    simplified = letters.encode("gb2312", "ignore")
    common = sum(lead < 0xD8 for lead in simplified[::2])
    total = 0.64 * common + 1.2 * (len(simplified) // 2 - common)
    if len(simplified) < 2 * len(letters):
        others = "".join(char for char in letters if not char.encode("gb2312", "ignore"))
        traditional = others.encode("big5", "ignore")
        frequent = sum(lead < 0xC9 for lead in traditional[::2])
        total += 0.91 * frequent + 2.1 * (len(others) - frequent)
    return total


def _share(count: int, of: list[str] | str, full: float) -> float:
    """How far `count` goes towards the share `full` of `of` that running text has, 0 to 1."""
    return min(1.0, count / len(of) / full)


_COUNTERS: dict[str, Callable[[list[str]], float]] = {
    "latin": _latin,
    "han": _han,
    "arabic": _arabic,
    "cyrillic": _cyrillic,
}
