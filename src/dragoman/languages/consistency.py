"""Whether a reply is in the language that it should be in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dragoman.languages.detect import detect
from dragoman.languages.text.scripts import counts

Problem = Literal["", "wrong_language", "drift", "foreign_words", "wrong_script"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether a text is in the expected language, and if not, what is wrong."""

    ok: bool
    """Whether the text may be sent."""

    problem: Problem = ""
    """``wrong_language``: the text is in another language; ``drift``: it leaves the language
    midway; ``foreign_words``: stray words of another one; ``wrong_script``: Simplified for
    Traditional characters or the other way round; empty when `ok`."""

    language: str = ""
    """BCP-47 tag of the language found; the expected one when `ok`."""

    start: int = 0
    """Index where the problem begins."""

    end: int = 0
    """Index after the end of the first piece with the problem."""

    abstained: bool = False
    """Whether the text was too short to tell, which counts as `ok`."""


def check(text: str, expected: str, *, ignore: Sequence[str] = ()) -> Verdict:
    """Tell whether `text` is in the language `expected`."""
    for piece in ignore:
        text = text.replace(piece, " ")
    if sum(counts(text).values()) < 12:
        return Verdict(ok=True, language=expected, abstained=True)
    found = detect(text)
    if found.tag == expected or found.confidence < 0.6:
        return Verdict(ok=True, language=expected)
    return Verdict(ok=False, problem="wrong_language", language=found.tag, end=len(text))
