"""What a tool said, in the formats of the answer's language."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from dragoman.languages import localize, requested_formats
from dragoman.tools import Call
from dragoman.tools.call import as_plain
from dragoman.tools.results import as_text

_COUNTING = frozenset({"calculator"})
"""Tools whose whole result is a quantity; every other bare number may be an id."""


_MOST_SPELLINGS = 12


def localized(call: Call, question: str, language: str) -> str:
    """The call's outcome as text, dates and amounts as `language` writes them.

    Args:
        call: A call that ran. What it said stays as it is where it failed.
        question: What was asked: it may name a calendar, or ask for round numbers.
        language: BCP-47 tag of the answer.
    """
    _, shown = _both(call, question, language)
    return replace(call, result=shown).observation()


def in_full(call: Call, question: str, language: str) -> str:
    """`localized` of a call that succeeded, without a limit of length."""
    _, shown = _both(call, question, language)
    return as_text(shown)


def as_lines(call: Call, question: str, language: str) -> str:
    """`localized` for people: fields as ``name: value``, one a line, no JSON."""
    _, shown = _both(call, question, language)
    if call.error or not isinstance(shown, dict | list):
        return localized(call, question, language)
    return "\n".join(_lines(shown))


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [
            f"{name.replace('_', ' ')}: {'; '.join(_lines(item))}" for name, item in value.items()
        ]
    if isinstance(value, list):
        return [f"- {'; '.join(_lines(item))}" for item in value]
    return [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]


def spellings(call: Call, question: str, language: str) -> list[tuple[str, str]]:
    """What `localized` writes otherwise than the tool: each value as it was and as it is written.

    At most twelve, the first ones: a small model reads no further, and a long result would double.
    """
    found: dict[str, str] = {}
    _compare(*_both(call, question, language), found)
    return list(found.items())[:_MOST_SPELLINGS]


def _both(call: Call, question: str, language: str) -> tuple[Any, Any]:
    plain = as_plain(call.result)
    if call.error or plain is None:
        return plain, plain
    counts = call.tool in _COUNTING
    return plain, localize(plain, language, requested_formats(question), counts=counts)


def _compare(raw: Any, shown: Any, found: dict[str, str]) -> None:
    if isinstance(raw, dict) and isinstance(shown, dict):
        for name, value in raw.items():
            _compare(value, shown[name], found)
    elif isinstance(raw, list):
        for before, after in zip(raw, shown, strict=True):
            _compare(before, after, found)
    elif raw != shown:
        text = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False)
        found.setdefault(text, shown)
