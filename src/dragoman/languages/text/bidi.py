"""Isolate marks: what keeps a Latin id in one piece inside text that runs from right to left.

Without them ``AB-1234`` shows as ``1234-AB`` in an Arabic line. The marks are invisible and change
no letter; `without_isolates` takes them out again where a program needs the plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LEFT_TO_RIGHT_ISOLATE = "\u2066"
RIGHT_TO_LEFT_ISOLATE = "\u2067"
FIRST_STRONG_ISOLATE = "\u2068"
POP_ISOLATE = "\u2069"

_LATIN = re.compile(r"[A-Za-z0-9+][A-Za-z0-9]*(?:[-_./:+#&@ ]{1,2}[A-Za-z0-9]+)*(?:\+\+|#)?")
# Addresses stay bare: what makes links of them would take the closing mark for a part of them, and
# letters from the left hold them together well enough.
_KEPT = re.compile(
    r"[\u2066-\u2068][^\u2069]*\u2069|(?:https?|ftp)://[!-~]+|www\.[!-~]+"
    r"|```.*?(?:```|\Z)|`[^`]*`|\[[0-9, ]+\]",
    re.DOTALL,
)
_MARKS = re.compile("[\u2066-\u2069]")


def isolate(text: str) -> str:
    """`text` kept left to right in the middle of right-to-left text."""
    return f"{LEFT_TO_RIGHT_ISOLATE}{text}{POP_ISOLATE}"


def isolate_runs(text: str) -> str:
    """`text` with isolates around Latin names, ids, telephone numbers and numbers with signs.

    Plain numbers are ordered well without. Addresses, code, citations and what is isolated already
    are left as they are.
    """
    pieces: list[str] = []
    position = 0
    for kept in _KEPT.finditer(text):
        pieces.append(_LATIN.sub(_isolated, text[position : kept.start()]))
        pieces.append(kept.group())
        position = kept.end()
    pieces.append(_LATIN.sub(_isolated, text[position:]))
    return "".join(pieces)


def without_isolates(text: str) -> str:
    """`text` without isolate marks: ids come out as they went in."""
    return _MARKS.sub("", text)


def balanced(lines: Iterable[str]) -> Iterator[str]:
    """Wrapped lines, an isolate that runs over an end of line closed there and opened anew."""
    opened: list[str] = []
    for line in lines:
        before = "".join(opened)
        for mark in _MARKS.findall(line):
            if mark != POP_ISOLATE:
                opened.append(mark)
            elif opened:
                opened.pop()
        yield before + line + POP_ISOLATE * len(opened)


def _isolated(match: re.Match[str]) -> str:
    piece = match.group()
    return piece if piece.isdigit() else isolate(piece)
