"""Which passages an answer rests on: the model's own marks checked, missing ones found.

A mark counts when its passage exists and does not contradict the figures of the sentence that
carries it. An answer without marks is matched to the passages by its figures, its names and, over
language borders, by the embedder; only a passage with evidence is cited.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dragoman.agents.result import Citation
from dragoman.languages import analyze, figures, sentences
from dragoman.memory import Passage

if TYPE_CHECKING:
    from dragoman.models import Embedder

_MARK = re.compile(r"\s*[\[［【〔](\s*\d{1,2}(?:\s*[,、，،]\s*\d{1,2})*\s*)[\]］】〕]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*[A-Z0-9][A-Za-z0-9-]*")
LEAST_LIKENESS = 0.78
"""Cosine, under multilingual-e5-small, from which an answer and a passage in another language are
taken to say the same. benchmarks/citations.py: of statements in seven languages over English
paragraphs, 65 to 100 % reach it with their own paragraph and at most 3 % with another one.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cited:
    """A text with checked marks."""

    text: str
    """The text; every ``[n]`` in it is the number of a citation."""

    citations: tuple[Citation, ...]
    """The citations, by number."""

    removed: tuple[int, ...]
    """Numbers that were marked without support and have been taken out."""


def cite(
    text: str, passages: Sequence[Passage], *, language: str, embedder: Embedder | None
) -> Cited:
    """Check the marks in `text`, and match passages to it when no mark holds.

    Args:
        text: The draft.
        passages: What the model was shown, in the order of their numbers.
        language: BCP-47 tag of `text`.
        embedder: For texts that share no words with the passages; it blocks for some 100 ms.
    """
    kept, removed = _checked_marks(text, passages, language)
    marked = _numbers(kept)
    numbers = marked or _matched(kept, passages, language, embedder)
    if numbers and not marked:
        kept = f"{kept.rstrip()} " + "".join(f"[{number}]" for number in numbers)
    citations = tuple(
        Citation(
            number=number,
            passage=passages[number - 1],
            quote=_best_sentence(kept, passages[number - 1], language),
            marked=bool(marked),
        )
        for number in sorted(numbers)
    )
    return Cited(text=kept, citations=citations, removed=tuple(sorted(removed)))


def names(text: str) -> set[str]:
    """Ids and product names in Latin letters, such as ``KX-200`` or ``iPhone15``."""
    return {found.casefold() for found in _NAME.findall(unicodedata.normalize("NFKC", text))}


def _numbers(text: str) -> list[int]:
    found = [int(part) for mark in _MARK.finditer(text) for part in re.findall(r"\d+", mark[1])]
    return sorted(set(found))


def _checked_marks(text: str, passages: Sequence[Passage], language: str) -> tuple[str, set[int]]:
    """`text` with every mark written as ``[n]`` and unsupported ones taken out."""
    removed: set[int] = set()

    def replace(mark: re.Match[str]) -> str:
        claimed = figures(_claim(text, mark, language))
        numbers = [int(part) for part in re.findall(r"\d+", mark[1])]
        good = [number for number in numbers if _holds(number, passages, claimed)]
        removed.update(set(numbers) - set(good))
        lead = " " if mark[0][0].isspace() and good else ""
        return lead + "".join(f"[{number}]" for number in good)

    kept = _MARK.sub(replace, text)
    return kept, removed - set(_numbers(kept))


def _claim(text: str, mark: re.Match[str], language: str) -> str:
    """The sentence that carries a mark: the one before it, or the one after a leading mark."""
    before = _MARK.sub("", text[: mark.start()])
    if segments := sentences(before, language):
        return before[segments[-1].start : segments[-1].end]
    after = _MARK.sub("", text[mark.end() :])
    segments = sentences(after, language)
    return after[segments[0].start : segments[0].end] if segments else ""


def _holds(number: int, passages: Sequence[Passage], claimed: set[str]) -> bool:
    """Whether a mark may stand: it has figures of the sentence, or no other passage has any."""
    if not 1 <= number <= len(passages):
        return False
    shared = [len(claimed & figures(passage.text)) for passage in passages]
    return shared[number - 1] > 0 or max(shared) == 0


def _matched(
    text: str, passages: Sequence[Passage], language: str, embedder: Embedder | None
) -> list[int]:
    """The passages with the most evidence for `text`, at most two, best evidence only."""
    if not passages or not text.strip():
        return []
    anchors = figures(text) | names(text)
    terms = set(analyze(text, language))
    likeness = _likeness(text, passages, embedder)
    scored: list[tuple[float, int, set[str]]] = []
    for number, passage in enumerate(passages, 1):
        shared = anchors & (figures(passage.text) | names(passage.text))
        overlap = len(terms & set(analyze(passage.text, passage.language))) / max(len(terms), 1)
        alike = likeness[number - 1]
        if shared or overlap >= 0.5 or alike >= LEAST_LIKENESS:
            scored.append((len(shared) + 2 * overlap + 4 * alike, number, shared))
    scored.sort(key=lambda entry: (-entry[0], entry[1]))
    chosen: list[int] = []
    covered: set[str] = set()
    for _, number, shared in scored[:3]:
        if not chosen or shared - covered:
            chosen.append(number)
            covered |= shared
    return chosen[:2]


def _likeness(text: str, passages: Sequence[Passage], embedder: Embedder | None) -> Sequence[float]:
    if embedder is None:
        return [0.0] * len(passages)
    answer = embedder.embed_passages([text])[0]
    vectors = embedder.embed_passages([passage.text for passage in passages])
    return [float(value) for value in vectors @ answer]


def _best_sentence(text: str, passage: Passage, language: str) -> str:
    """The passage's sentence that shares most with the answer, exactly as it is stored."""
    anchors, terms = figures(text) | names(text), set(analyze(text, language))
    best, best_score = "", -1.0
    for segment in sentences(passage.text, passage.language):
        sentence = passage.text[segment.start : segment.end]
        shared = anchors & (figures(sentence) | names(sentence))
        own = set(analyze(sentence, passage.language))
        score = len(shared) + len(terms & own) / max(len(own), 1)
        if score > best_score:
            best, best_score = sentence, score
    return best or passage.text
