"""Messages that ask nothing: greetings and thanks, known as whole messages in each language.

Usage:
    >>> small_talk("ありがとうございます！", "ja")
    'thanks'
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from dragoman.languages.profiles import profile

Kind = Literal["", "greeting", "thanks"]


def small_talk(text: str, tag: str) -> Kind:
    """What kind of small talk the whole of `text` is; empty when it may ask something."""
    said = _words(text)
    data = _data()[profile(tag).tag]
    for kind in ("greeting", "thanks"):
        if said in data[kind]:
            return kind
    return ""


def plain_sum(text: str, tag: str) -> str:
    """The expression, when `text` is nothing but a sum with words around it; else empty."""
    said = unicodedata.normalize("NFKC", text).casefold().strip(" \t\n=?？!.。؟¿¡,、")
    if not any(char.isdecimal() for char in said):
        return ""
    for words in _data()[profile(tag).tag]["sum"]:
        said = said.removeprefix(words).removesuffix(words).strip(" =:：?？¿,、")
    # Two numbers with an operator between them: neither a date (2026-11-23) nor a phone number.
    if not re.fullmatch(r"[\d٠-٩۰-۹.,\s()%+*/×÷−x^-]+", said) or re.fullmatch(r"[\d\s./-]+", said):
        return said if re.fullmatch(r"\d+(?:[.,]\d+)*\s*[+/]\s*\d+(?:[.,]\d+)*", said) else ""
    return said if re.search(r"\d\s*\)?\s*[+*/×÷−x^%-]", said) else ""


@cache
def _data() -> dict[str, Any]:
    import yaml  # noqa: PLC0415 - read only when a message may be small talk

    text = files("dragoman.languages").joinpath("small_talk.yaml").read_text("utf-8")
    return {
        tag: {
            "greeting": {_words(phrase) for phrase in entry["greeting"]},
            "thanks": {_words(phrase) for phrase in entry["thanks"]},
            "sum": sorted(map(_spelled, entry["sum"]), key=len, reverse=True),
        }
        for tag, entry in yaml.safe_load(text).items()
    }


def _words(text: str) -> str:
    """Letters and digits of `text` with single spaces; marks of Thai and Hindi vowels stay."""
    kept = [char if unicodedata.category(char)[0] in "LNM" else " " for char in _spelled(text)]
    return " ".join("".join(kept).split())


def _spelled(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
