"""Find personal data in a text of any script."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from dragoman.languages import detect
from dragoman.privacy.rules import RULES, Rule

_COUNTRIES = {
    "ja": "JP", "ko": "KR", "zh-Hans": "CN", "zh-Hant": "TW", "yue": "HK", "vi": "VN", "id": "ID",
    "ms": "MY",
}  # fmt: skip
_NEAR = 24
"""Characters before a number in which a word that announces it may stand."""

_ENOUGH = 2000
"""Characters that say in which language a text is."""

_ANY = re.compile(r"[\d@＠﹫]")
"""What all personal data that has a form has."""

_DASHES = dict.fromkeys("‐‑‒–—−－ー", "-")


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Personal data in a text."""

    kind: str
    """What it is: ``id``, ``phone``, ``card``, ``email``; of other finders ``person``, ``place``,
    ``account`` or ``other``."""

    country: str
    """ISO 3166 code of the country whose it is; empty where it is of none."""

    start: int
    """Index of its first character."""

    end: int
    """Index after its last character."""

    text: str
    """The data, as it is written."""


def find(text: str, *, country: str = "") -> list[Found]:
    """Everything in `text` that the rules know, in its order, none over another.

    Full-width, Arabic-Indic, Persian, Thai and Devanagari digits count as digits. What a check
    digit confirms goes before what only looks like something. Where the numbers of several
    countries look alike, the country of the text's language goes first, then the longer number.

    Args:
        text: Any text.
        country: ISO 3166 code of the country whose numbers are likely, instead of a guess.
    """
    if _ANY.search(text) is None:
        return []
    folded = fold(text)
    matches = [
        (rule, match)
        for rule in RULES
        for match in rule.pattern.finditer(folded)
        if _holds(rule, match, folded)
    ]
    if not matches:
        return []
    home = country or _COUNTRIES.get(detect(text[:_ENOUGH]).tag, "")
    candidates = [
        (
            rule.check is None,
            rule.country not in {home, ""},
            match.start() - match.end(),
            match.start(),
            match.end(),
            rule,
        )
        for rule, match in matches
    ]
    found: list[Found] = []
    taken = bytearray(len(text))
    for _, _, _, start, end, rule in sorted(candidates, key=lambda candidate: candidate[:5]):
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            found.append(
                Found(
                    kind=rule.kind,
                    country=rule.country,
                    start=start,
                    end=end,
                    text=text[start:end],
                )
            )
    return sorted(found, key=lambda one: one.start)


def fold(text: str) -> str:
    """`text` with each digit, letter and dash of full width or another script as its ASCII one.

    It has the same length, so that places in it are places in `text`.
    """
    return text.translate(_FOLDED)


def _folded(character: str) -> str:
    if character.isascii():
        return character
    if character in _DASHES:
        return "-"
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 and plain.isascii() else character


def _holds(rule: Rule, match: re.Match[str], folded: str) -> bool:
    if rule.announced is not None:
        before = folded[max(0, match.start() - _NEAR) : match.start()]
        if not rule.announced.search(before):
            return False
    if rule.check is None:
        return True
    return rule.check(re.sub(r"[ .\-()]", "", match[0]).upper())


class _Folded(dict[int, str]):
    """What each character is folded to, by code point; filled as characters come."""

    def __missing__(self, code: int) -> str:
        self[code] = _folded(chr(code))
        return self[code]


_FOLDED = _Folded()
