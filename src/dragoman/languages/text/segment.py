"""Text cut into sentences, with offsets.

A line break always ends a sentence: loaders join the lines that a page has wrapped. Thai writes
no sentence ends; its spaces are taken for them once a sentence is long enough to be one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Always the end, whatever follows.
_HARD = "。！？｡．؟۔।॥⁇⁈⁉‼\u1362\u104b"
# The end only before a space or the end of the text.
_SOFT = ".!?…"
_CLOSERS = "\"'”’»」』）)】〉》］]›“"
_CANDIDATES = re.compile(
    rf"[\r\n]+|(?P<hard>[{_HARD}][{_HARD}{_SOFT}]*)(?P<closers>[{re.escape(_CLOSERS)}]*)"
    rf"|(?P<soft>[{re.escape(_SOFT)}]+)(?:[{re.escape(_CLOSERS)}]*)(?=\s|$|[\u3000-\u9fff])"
)
_THAI_SPACE = re.compile(r"(?<=[\u0e01-\u0e4e]) +(?=[\u0e01-\u0e4e])")
_THAI_LETTER = re.compile("[\u0e01-\u0e4e]")
_SHORTEST_THAI = 40

# 「はい。」と答えた: a quotation that the sentence goes on after.
_JAPANESE_QUOTED = re.compile("[」』）]$")
_JAPANESE_GOES_ON = re.compile("(?:と|って|という|の|が|を|は|に|で|も|など|、)")

_ABBREVIATIONS = {
    "en": (
        "mr mrs ms dr prof sr jr st vs etc inc ltd co corp no vol fig dept approx est "
        "e.g i.e a.m p.m jan feb mar apr aug sept oct nov dec u.s u.k"
    ),
    "de": (
        "bzw ca dr evtl ggf inkl max min mio mrd nr prof sog st str tel usw vgl z.b d.h "
        "u.a o.ä s abs art zzgl jh bspw hr fr"
    ),
    "fr": "m mm mme mlle dr pr etc p.ex av env cf art n° tél vol bd fig éd",
    "es": "sr sra srta dr dra ud uds etc p.ej pág núm art tel av ee.uu aprox vol a.c d.c",
    "pt": "sr sra dr dra prof etc p.ex pág núm art tel av aprox vol exa v.exa",
    "it": "sig sigg dott prof ecc es pag art tel n ing avv d.c a.c p.es",
    "nl": (
        "dhr mevr dr prof bijv enz nr blz bv ca o.a m.b.t t.a.v d.w.z a.u.b i.p.v incl excl max min"
    ),
    "pl": ("dr prof np itd itp m.in tzn tj ul al nr tel ok godz r w mln mld tys zł św str pt"),
    "ru": (
        "г гг в вв т.е т.д т.п т.к др пр ул д стр см рис руб тыс млн млрд им проф напр "
        "тел ст обл н.э"
    ),
    "uk": ("р рр м вул буд стор див рис грн тис млн млрд ім проф напр тел ст обл т.д т.п т.зв"),
    "tr": "dr prof doç sn vb vs bkz no cad sok mah tel örn yy m.ö m.s av sf",
    "id": "dr prof dll dsb dst hlm no jl tel drs ir sdr yth a.n",
    "ms": "dr prof dll dsb hlm no jln tel en pn yb",
    "vi": "tp ths ts gs pgs v.v",
    "hi": "डॉ श्री प्रो",
    "ar": "د أ م ص ق.م",
}
_ORDINAL_LANGUAGES = {"de", "pl", "tr"}  # am 3. Oktober, 3. maja, 3. gün


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A piece of a text."""

    start: int
    """Index of its first character."""

    end: int
    """Index after its last character."""


def sentences(text: str, tag: str) -> list[Segment]:
    """The sentences of `text`, without the white space around them.

    Args:
        text: Any text.
        tag: BCP-47 tag of its language, which decides what is an abbreviation.
    """
    found: list[Segment] = []
    start = 0
    for end in _ends(text, tag):
        segment = _trimmed(text, start, end)
        if segment:
            found.append(segment)
        start = end
    return found


def _ends(text: str, tag: str) -> Iterator[int]:
    start = 0
    for match in _CANDIDATES.finditer(text):
        if match["soft"] and not _ends_here(text, match, tag):
            continue
        if match["hard"] and _goes_on(text, match):
            continue
        yield from _thai_ends(text, start, match.end())
        start = match.end()
        yield start
    yield from _thai_ends(text, start, len(text))
    yield len(text)


def _ends_here(text: str, match: re.Match[str], tag: str) -> bool:
    """Whether a full stop ends a sentence and not an abbreviation, an initial or an ordinal."""
    rest = text[match.end() :].lstrip(" \t\u00a0")[:1]
    if rest.islower():
        return False
    if match["soft"] != ".":
        return True
    before = text[max(0, match.start() - 12) : match.start()]
    word = re.split(r"[\s(\[\"'«„“]", before)[-1]
    if len(word) == 1 and word.isalpha() and word.isupper():
        return False  # an initial
    if word.isdigit() and (tag in _ORDINAL_LANGUAGES or _begins_line(text, match.start(), word)):
        return not rest.isalpha()
    known = _ABBREVIATIONS.get(tag, "").split()
    return word.lower() not in known


def _begins_line(text: str, end: int, word: str) -> bool:
    """Whether `word`, which ends at `end`, is the number of a list's item."""
    start = end - len(word)
    return not text[text.rfind("\n", 0, start) + 1 : start].strip()


def _goes_on(text: str, match: re.Match[str]) -> bool:
    return bool(
        _JAPANESE_QUOTED.search(match["closers"]) and _JAPANESE_GOES_ON.match(text, match.end())
    )


def _thai_ends(text: str, start: int, end: int) -> Iterator[int]:
    if not _THAI_LETTER.search(text, start, end):
        return
    for match in _THAI_SPACE.finditer(text, start, end):
        if match.start() - start >= _SHORTEST_THAI and end - match.end() >= _SHORTEST_THAI // 2:
            yield match.end()
            start = match.end()


def _trimmed(text: str, start: int, end: int) -> Segment | None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    stripped = piece.strip()
    if not stripped:
        return None
    return Segment(start=start + left, end=start + left + len(stripped))
