"""Words by which a message is for a person: they are asked for, or a machine should not go on.

Usage:
    >>> reason_in("担当者につないでください", ["ja"])
    'asked'
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from dragoman.languages import joins_words, normalize, profile, profiles

WordReason = Literal["", "asked", "legal", "angry"]

_KINDS: tuple[tuple[WordReason, str], ...] = (
    ("asked", "person"),
    ("legal", "legal"),
    ("angry", "angry"),
)


def reason_in(text: str, tags: Iterable[str]) -> WordReason:
    """Why a message is for a person; empty when none of its words say so.

    Args:
        text: The message as it was written.
        tags: BCP-47 tags of the languages that it may be in.
    """
    known = [patterns_of(profile(tag).tag) for tag in dict.fromkeys(tags)]
    said = {tag: normalize(text, tag) for tag, _ in known}
    for reason, kind in _KINDS:
        if any(patterns[kind].search(said[tag]) for tag, patterns in known):
            return reason
    return ""


def languages_with_words() -> list[str]:
    """Tags of the languages that have such words."""
    return list(_data())


@cache
def patterns_of(tag: str) -> tuple[str, dict[str, re.Pattern[str]]]:
    """The language's patterns by kind, for texts that are folded."""
    return tag, {kind: _pattern(_data()[tag][kind], tag) for _, kind in _KINDS}


def read_words() -> None:
    """Read the words of all languages now, so that no turn reads a file."""
    for known in profiles():
        patterns_of(known.tag)


def _pattern(phrases: Iterable[str], tag: str) -> re.Pattern[str]:
    return re.compile("|".join(_one(phrase, tag) for phrase in phrases))


def _one(phrase: str, tag: str) -> str:
    open_ended = phrase.endswith("*")
    words = re.escape(normalize(phrase.removesuffix("*"), tag))
    if joins_words(tag):
        return words
    return rf"(?<!\w){words}" if open_ended else rf"(?<!\w){words}(?!\w)"


@cache
def _data() -> dict[str, Any]:
    import yaml  # noqa: PLC0415 - read only where messages are handed to people

    text = files("dragoman.agents.support").joinpath("words.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found
