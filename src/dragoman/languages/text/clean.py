"""Text made safe to look at: what cannot be seen is found, named and taken out of the checks.

Invisible characters hide instructions from people (tag characters spell ASCII that only a model
reads), bidirectional overrides show a text in another order than it is in, and zero-width
characters split a word that a filter looks for. The raw text is always kept. Joiners that
Persian, Hindi and emoji need stay where they join something.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from dragoman.errors import BrokenTextError

FindingKind = Literal["invisible", "bidi", "tag", "variation", "control"]

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_TAG_END = "\U000e007f"
_BLACK_FLAG = "\U0001f3f4"

_KINDS: tuple[tuple[FindingKind, str], ...] = (
    ("bidi", "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"),
    ("tag", "\U000e0000-\U000e007f"),
    ("variation", "\ufe00-\ufe0f\U000e0100-\U000e01ef"),
    (
        "invisible",
        (
            "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2028\u2029"
            "\u2060-\u2065\u206a-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb"
            "\U0001d173-\U0001d17a"
        ),
    ),
    ("control", "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"),
)
_SUSPECTS = re.compile("|".join(f"(?P<{kind}>[{inside}]+)" for kind, inside in _KINDS))
_SURROGATES = re.compile("[\ud800-\udfff]")
_JOINING = re.compile(
    "[\u0620-\u064a\u064b-\u065f\u066e-\u06d3\u06d5-\u06dc\u06fa-\u06ff\u0750-\u077f]"
)
_INDIC = re.compile("[\u0900-\u0dff]")
_BREAKING = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")  # Thai, Lao, Burmese, Khmer
_EMOJI = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u27bf\u2934-\u2b55"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff#*0-9]"
)
_MARKS = "\u200e\u200f\u061c"
_ISOLATES = {"\u2066", "\u2067", "\u2068"}
_POP_ISOLATE = "\u2069"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something in a text that a reader does not see."""

    kind: FindingKind
    """What it is: an ``invisible`` character, a ``bidi`` control, a ``tag`` character, a run of
    ``variation`` selectors that select nothing, or a ``control`` character."""

    start: int
    """Index of its first character in the raw text."""

    end: int
    """Index after its last character in the raw text."""

    hidden: str = ""
    """What it spells to a machine, for tag characters; empty otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CleanText:
    """One text in the three forms that the rooms need.

    Usage:
        text = clean(message)
        if text.findings: ...  # somebody hid something
        detect(text.checked)
    """

    raw: str
    """As it came."""

    shown: str
    """For people and models: composed (NFC), without what can't be seen; balanced isolates and
    direction marks stay, as right-to-left text with Latin names in it needs them."""

    checked: str
    """For detectors, filters and comparisons: compatibility forms unified (NFKC) and direction
    controls gone as well."""

    findings: tuple[Finding, ...]
    """What was taken out of `shown`, in the order of the raw text."""


def clean(text: str) -> CleanText:
    """Find and neutralize what cannot be seen in `text`.

    Raises:
        BrokenTextError: `text` holds lone surrogates, the traces of broken UTF-8.
    """
    broken = _SURROGATES.search(text)
    if broken:
        raise BrokenTextError(
            f"The text is not valid Unicode: a lone surrogate at character {broken.start()}.",
            cure="Decode it again with the encoding that it was written in.",
        )
    if text.isascii() and text.isprintable():
        return CleanText(raw=text, shown=text, checked=text, findings=())
    isolates = _balanced_isolates(text)
    pieces: list[str] = []
    findings: list[Finding] = []
    position = 0
    for match in _SUSPECTS.finditer(text):
        pieces.append(text[position : match.start()])
        kept = "".join(
            text[index]
            for index in range(match.start(), match.end())
            if _is_needed(text, index, isolates)
        )
        pieces.append(kept or _gap(match.group()))
        position = match.end()
        if len(kept) < match.end() - match.start():
            findings.append(_finding(match))
    pieces.append(text[position:])
    shown = unicodedata.normalize("NFC", "".join(pieces).replace("\r\n", "\n").replace("\r", "\n"))
    checked = unicodedata.normalize("NFKC", re.sub(f"[{_KINDS[0][1]}\u200b]", "", shown))
    return CleanText(raw=text, shown=shown, checked=checked, findings=tuple(findings))


def _finding(match: re.Match[str]) -> Finding:
    kind: FindingKind = match.lastgroup  # type: ignore[assignment] # the groups are named by kind
    hidden = ""
    if kind == "tag":
        hidden = "".join(chr(ord(char) & 0x7F) for char in match.group()).strip("\x00\x01\x7f")
    return Finding(kind=kind, start=match.start(), end=match.end(), hidden=hidden)


def _gap(taken: str) -> str:
    """What stands in for characters that were taken out: line breaks and blanks still divide."""
    if "\u2028" in taken or "\u2029" in taken or "\x0b" in taken or "\x0c" in taken:
        return "\n"
    return " " if "\u2800" in taken or "\u3164" in taken else ""


def _is_needed(text: str, index: int, isolates: frozenset[int]) -> bool:  # noqa: PLR0911 - one for each kind
    char = text[index]
    before = text[index - 1] if index else ""
    after = text[index + 1] if index + 1 < len(text) else ""
    if char in (_ZWNJ, _ZWJ):
        return _joins(char, before, after)
    if char in _MARKS:
        return bool(before) and before not in _MARKS  # one is enough
    if char in _ISOLATES or char == _POP_ISOLATE:
        return index in isolates
    if char == "\u200b":
        return bool(_BREAKING.match(before) and _BREAKING.match(after))
    if "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return _selects(char, before)
    if "\U000e0020" <= char <= _TAG_END:
        return _is_flag(text, index)
    return False


def _joins(char: str, before: str, after: str) -> bool:
    if _JOINING.match(before) or _INDIC.match(before):
        return True  # the first one, that is: after another joiner `before` is no letter
    if char == _ZWJ and after:
        return bool(_EMOJI.match(after) and (before == "\ufe0f" or _EMOJI.match(before)))
    return False


def _selects(char: str, before: str) -> bool:
    """A variation selector needs something to vary: an emoji, an ideograph or a symbol."""
    if not before:
        return False
    if char in "\ufe0e\ufe0f":
        return bool(_EMOJI.match(before)) or unicodedata.category(before)[0] == "S"
    is_ideograph = "\u3400" <= before <= "\u9fff" or "\U00020000" <= before <= "\U0003ffff"
    return is_ideograph or (char < "\ufe03" and unicodedata.category(before)[0] == "S")


def _is_flag(text: str, index: int) -> bool:
    """Whether the tag at `index` spells a region after a black flag, as in England's flag."""
    start = index
    while start and "\U000e0020" <= text[start - 1] <= _TAG_END:
        start -= 1
    end = text.find(_TAG_END, start, start + 8)
    return text[start - 1 : start] == _BLACK_FLAG and start <= index <= end


def _balanced_isolates(text: str) -> frozenset[int]:
    """Indices of the isolates of `text` that are opened and closed within one line."""
    kept: set[int] = set()
    opened: list[int] = []
    for index, char in enumerate(text):
        if char in _ISOLATES:
            opened.append(index)
        elif char == _POP_ISOLATE and opened:
            kept.update((opened.pop(), index))
        elif char == "\n":
            opened.clear()
    return frozenset(kept)
