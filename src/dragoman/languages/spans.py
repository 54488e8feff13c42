"""Runs of other languages inside a text: by script, and by clause within a script."""

from __future__ import annotations

import re
from itertools import islice

from dragoman.languages.detection import UNDETERMINED, Span
from dragoman.languages.identify import identify
from dragoman.languages.scripts import SOLE
from dragoman.languages.weighing import Run

_CLAUSES = re.compile(r"[^.!?;:,()\[\]\n\"“”„«»。！？；：，、（）「」『』؟،؛।—–]+")
_WORD = re.compile(r"[^\W\d_]+")

_JAPANESE = frozenset({"Hani", "Kana", "Jpan"})
_CLAUSE_WORDS = 3  # a shorter clause does not show its language
_CLAUSE_IDEOGRAPHS = 5
_MOST_CLAUSES = 100  # a longer text is a document, whose language is asked for and not its spans
# How much likelier, in nats, a clause must be in another language than in the text's own.
_MARGIN = 6.0


def find_spans(text: str, found: list[Run], script: str, tag: str) -> tuple[Span, ...]:
    """The runs of other languages in `text`, in order.

    A single capitalized foreign word is taken for a name and is no span.

    Args:
        text: The text, with what is nobody's language blanked out.
        found: Its runs of letters.
        script: Its main script.
        tag: Its language.
    """
    if not found or tag == UNDETERMINED:
        return ()
    spans: list[Span] = []
    if any(_group(run.script) != _group(script) for run in found):
        spans += _by_script(text, found, script, tag)
    if script in {"Latn", "Cyrl", "Arab", "Hani", "Jpan"}:
        spans += _by_clause(text, script, tag)
    return tuple(sorted(spans, key=lambda span: span.start))


def _group(script: str) -> str:
    return "Jpan" if script in _JAPANESE else script


def _by_script(text: str, found: list[Run], script: str, tag: str) -> list[Span]:
    """Neighboring runs of one other script, with the digits and spaces between them."""
    spans: list[Span] = []
    start = 0
    while start < len(found) and len(spans) < _MOST_CLAUSES:
        end = start + 1
        while end < len(found) and _continues(text, found[end - 1], found[end]):
            end += 1
        first, last = found[start], found[end - 1]
        if _group(first.script) != _group(script):
            piece = text[first.start : last.end]
            other = _language(piece, first.script)
            if other not in {UNDETERMINED, tag}:
                spans.append(Span(start=first.start, end=last.end, tag=other))
        start = end
    return spans


def _continues(text: str, before: Run, after: Run) -> bool:
    between = text[before.end : after.start]
    return _group(before.script) == _group(after.script) and len(_CLAUSES.findall(between)) < 2


def _language(piece: str, script: str) -> str:
    if script == "Latn":
        words = _WORD.findall(piece)
        if len(words) == 1 and (piece[0].isupper() or len(piece) < 4):
            return UNDETERMINED
        tag, confidence = identify(piece, script)
        # Latin letters inside another script are English unless they clearly are not.
        return tag if tag != UNDETERMINED and confidence > 0.8 and len(words) > 1 else "en"
    if script in SOLE:
        return SOLE[script] if len(piece) > 1 else UNDETERMINED
    return identify(piece, script)[0]


def _by_clause(text: str, script: str, tag: str) -> list[Span]:
    """Clauses in the text's own script that are in another language."""
    clauses = list(islice(_CLAUSES.finditer(text), _MOST_CLAUSES))
    if len(clauses) < 2:
        return []
    from dragoman.languages.likelihood import scores_of  # noqa: PLC0415 - brings numpy

    model = "Hani" if script == "Jpan" else script
    spans: list[Span] = []
    for clause in clauses:
        piece = clause.group()
        if not _long_enough(piece, script):
            continue
        columns, scores = scores_of(piece, model)
        if tag not in columns:
            return []
        best = int(scores.argmax())
        if columns[best][0] == "-" or columns[best] == tag:
            continue
        if scores[best] - scores[columns.index(tag)] < _MARGIN:
            continue
        start = clause.start() + len(piece) - len(piece.lstrip())
        end = clause.start() + len(piece.rstrip())
        if (
            spans
            and spans[-1].tag == columns[best]
            and not _WORD.search(text[spans[-1].end : start])
        ):
            start = spans.pop().start
        spans.append(Span(start=start, end=end, tag=columns[best]))
    return spans


def _long_enough(piece: str, script: str) -> bool:
    if script in _JAPANESE:
        letters = _WORD.findall(piece)
        kana = any("\u3041" <= sign <= "\u30ff" for word in letters for sign in word)
        return not kana and sum(map(len, letters)) >= _CLAUSE_IDEOGRAPHS
    return len(_WORD.findall(piece)) >= _CLAUSE_WORDS
