"""What a language detector says: a tag, how sure it is, and the runs of other languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Family = Literal["cjk", "arabic", "european", "other"]

UNDETERMINED = "und"
"""The tag of text that is nobody's language, as BCP-47 writes it."""

FAMILIES: dict[str, Family] = {
    "zh-Hans": "cjk",
    "zh-Hant": "cjk",
    "yue": "cjk",
    "ja": "cjk",
    "ko": "cjk",
    "ar": "arabic",
    "fa": "arabic",
    "ur": "arabic",
    "en": "european",
    "fr": "european",
    "de": "european",
    "es": "european",
    "pt": "european",
    "it": "european",
    "nl": "european",
    "pl": "european",
    "ru": "european",
    "uk": "european",
    "tr": "european",
    "th": "other",
    "vi": "other",
    "id": "other",
    "ms": "other",
    "hi": "other",
}
"""Every language that Dragoman knows, by BCP-47 tag, with the branch that serves it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A run of another language inside a text."""

    start: int
    """Index of the first character in the text."""

    end: int
    """Index after the last character."""

    tag: str
    """BCP-47 tag of the run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Detection:
    """Which language a text is in, and how sure we are.

    Usage:
        found = detect("バッテリー交換はいくらですか？")
        found.tag, found.family  # ("ja", "cjk")
    """

    tag: str
    """BCP-47 tag, for example ``zh-Hant`` or ``ar``; ``und`` for nobody's language."""

    script: str
    """ISO 15924 code of the script that carries the text, ``Zyyy`` when it has no letters."""

    family: Family
    """Branch of the assistant that serves the language."""

    confidence: float
    """Probability of ``tag`` among the supported languages, 0 to 1."""

    spans: tuple[Span, ...] = ()
    """Runs of other languages inside the text, empty when it is all one language."""
