"""Passages taken apart into what they state: sentences, and rows of tables with their headings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dragoman.languages import sentences
from dragoman.memory import Passage

_ENDS = tuple(".!?…。！？؟۔।॥:：")
_LONGEST = 400
_SHORTEST = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A span of a passage that says one thing."""

    passage: int
    """Number of its passage, from 1."""

    start: int
    """Offset of the first character in the passage's text."""

    end: int
    """Offset after the last character in the passage's text."""

    text: str
    """The span, exactly as it is stored."""

    shown: str
    """The statement as a model reads it: on one line, under its heading, the cells of a row with
    the names of their columns."""


def statements(passages: Sequence[Passage]) -> list[Statement]:
    """Everything that `passages` state, in their order."""
    return [
        statement
        for number, passage in enumerate(passages, 1)
        for statement in _of(passage, number)
    ]


def _of(passage: Passage, number: int) -> Iterator[Statement]:
    heading = passage.heading_path[-1] if passage.heading_path else passage.title
    columns: list[str] = []
    for start, end in _spans(passage):
        text = passage.text[start:end]
        if text.startswith("#"):
            heading, columns = text.lstrip("# "), []
            continue
        if text.startswith("|"):
            if not columns:
                columns = _cells(text)
                continue
            if not text.strip("|-: "):
                continue
            said = _row(columns, _cells(text))
        else:
            columns = []
            said = " ".join(text.split())
            if len(said.strip("*_ ")) < _SHORTEST:
                continue
        shown = f"({heading}) {said}" if heading else said
        yield Statement(passage=number, start=start, end=end, text=text, shown=shown)


def _spans(passage: Passage) -> list[tuple[int, int]]:
    """Spans of the sentences; one that a page has broken over lines is joined again."""
    spans: list[tuple[int, int]] = []
    for segment in sentences(passage.text, passage.language):
        if spans and _goes_on(passage.text, *spans[-1], segment.start, segment.end):
            spans[-1] = (spans[-1][0], segment.end)
        else:
            spans.append((segment.start, segment.end))
    return spans


def _goes_on(text: str, start: int, end: int, following: int, stop: int) -> bool:
    """Whether the line from `start` to `end` is continued by the one at `following`."""
    before, after = text[start:end].rstrip("*_ "), text[following]
    return (
        text[end:following].count("\n") == 1
        and not before.endswith(_ENDS)
        and not before.startswith(("#", "|", "-", "*"))
        and (after.islower() or not after.isascii())
        and stop - start <= _LONGEST
    )


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _row(columns: Sequence[str], cells: Sequence[str]) -> str:
    named = [f"{name}: {cell}" for name, cell in zip(columns, cells, strict=False)]
    return "; ".join([*named, *cells[len(named) :]])
