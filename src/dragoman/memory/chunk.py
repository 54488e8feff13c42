"""Cuts an extracted text into passages along headings, pages, paragraphs and sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from dragoman.languages import estimate_tokens, sentences
from dragoman.memory.extracted import Extracted

MAX_TOKENS = 320
"""Largest passage by our estimate. The default embedder reads 512 tokens, and an estimate can be
a third too low; smaller passages also leave room for several of them in a small model's prompt."""

_PARAGRAPH_BREAK = re.compile(r"\n[ \t\r]*\n\s*")
# Rows of tables, list items and code stay whole lines instead of being read as sentences.
_LINE_LIKE = re.compile(r"\s*(?:\||[-*+•・] |\d+[.)] |```|\t)")
_SPLIT_POINT = re.compile(r"\s")


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """Where a passage lies in its document."""

    start: int
    """Offset of its first character."""

    end: int
    """Offset after its last character."""

    headings: tuple[str, ...]
    """Headings above it, outermost first."""

    page: int | None
    """Page on which it starts, from 1."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence or a line that is not cut; `closes` marks the last one of a paragraph."""

    start: int
    end: int
    tokens: int
    closes: bool


def chunk(extracted: Extracted, language: str, *, max_tokens: int = MAX_TOKENS) -> list[Chunk]:
    """Cut `extracted` into passages of at most about `max_tokens` estimated tokens.

    A section or page that fits stays whole; a longer one is cut into pieces of similar size, at
    the end of a paragraph where one is near, else at the end of a sentence. Passages do not
    overlap, hold no blank margins, and together hold every visible character of the text, except
    for a heading that has no text of its own, which lives on in the heading path below it.
    """
    chunks: list[Chunk] = []
    for start, end, path, page in _sections(extracted):
        units = _units(extracted.text, start, end, language, max_tokens)
        chunks += [
            Chunk(start=piece[0].start, end=piece[-1].end, headings=path, page=page)
            for piece in _pack(units, max_tokens)
        ]
    return chunks


def _sections(extracted: Extracted) -> Iterator[tuple[int, int, tuple[str, ...], int | None]]:
    text, headings = extracted.text, extracted.headings
    cuts = sorted({0, len(text), *(h.start for h in headings), *extracted.pages})
    by_start = {h.start: h for h in headings}
    path: list[tuple[int, str]] = []
    page = 0
    for start, end in pairwise(cuts):
        while page < len(extracted.pages) and extracted.pages[page] <= start:
            page += 1
        heading = by_start.get(start)
        if heading is not None:
            path = [step for step in path if step[0] < heading.level]
            path.append((heading.level, heading.title))
            following = by_start.get(end)
            bare = not text[heading.end : end].strip()
            if bare and following is not None and following.level > heading.level:
                continue
        yield start, end, tuple(title for _, title in path), page or None


def _units(text: str, start: int, end: int, language: str, max_tokens: int) -> Iterator[_Unit]:
    for left, right in _paragraphs(text, start, end):
        tokens = estimate_tokens(text[left:right])
        if tokens <= max_tokens // 4:
            yield _Unit(left, right, tokens, closes=True)
            continue
        spans = list(_lines_or_sentences(text, left, right, language))
        for i, (a, b) in enumerate(spans):
            yield from _fitting(text, a, b, max_tokens, closes=i == len(spans) - 1)


def _paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for match in _PARAGRAPH_BREAK.finditer(text, start, end):
        yield from _trimmed(text, at, match.start())
        at = match.end()
    yield from _trimmed(text, at, end)


def _lines_or_sentences(
    text: str, start: int, end: int, language: str
) -> Iterator[tuple[int, int]]:
    paragraph = text[start:end]
    if _LINE_LIKE.match(paragraph):
        at = start
        for line in paragraph.splitlines(keepends=True):
            yield from _trimmed(text, at, at + len(line))
            at += len(line)
        return
    for segment in sentences(paragraph, language):
        yield from _trimmed(text, start + segment.start, start + segment.end)


def _fitting(text: str, start: int, end: int, max_tokens: int, *, closes: bool) -> Iterator[_Unit]:
    """Cut a sentence that is too long by itself, at white space where there is some."""
    while start < end:
        piece = text[start:end]
        tokens = estimate_tokens(piece)
        if tokens <= max_tokens:
            yield _Unit(start, end, tokens, closes=closes)
            return
        size = max(1, len(piece) * max_tokens // (tokens + 1))
        spaces = [m.start() for m in _SPLIT_POINT.finditer(piece, size // 2, size)]
        cut = start + (spaces[-1] if spaces else size)
        for left, right in _trimmed(text, start, cut):
            yield _Unit(left, right, estimate_tokens(text[left:right]), closes=False)
        start = next((left for left, _ in _trimmed(text, cut, end)), end)


def _pack(units: Iterator[_Unit], max_tokens: int) -> Iterator[list[_Unit]]:
    pending = list(units)
    total = sum(unit.tokens for unit in pending)
    pieces = -(-total // max_tokens) or 1
    target = total / pieces
    piece: list[_Unit] = []
    size = 0
    for unit in pending:
        if piece and size + unit.tokens > max_tokens:
            yield piece
            piece, size = [], 0
        piece.append(unit)
        size += unit.tokens
        near = size >= 0.6 * target and unit.closes
        if pieces > 1 and (near or size >= target):
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span without white space at its ends; nothing when nothing is left."""
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = end - (len(piece) - len(piece.rstrip()))
    if left < right:
        yield left, right
