"""Right-to-left text on a terminal.

A terminal draws cells from left to right. Text of a right-to-left language is therefore set flush
right, and each line is put between isolate marks, so that a terminal that knows the bidirectional
algorithm orders the line by itself and does not let it run into its neighbors.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from dragoman.languages.text.bidi import (
    FIRST_STRONG_ISOLATE,
    POP_ISOLATE,
    RIGHT_TO_LEFT_ISOLATE,
    balanced,
)

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

_RIGHT_TO_LEFT = frozenset({"R", "AL"})


def isolated(text: str) -> str:
    """A name or snippet, safe to stand inside a line that runs from left to right."""
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}"
    return text


def runs_right_to_left(tag: str) -> bool:
    """Whether the language of `tag` is written from right to left; unknown tags are not."""
    from dragoman.errors import InvalidInputError
    from dragoman.languages import profile

    try:
        return profile(tag).direction == "rtl"
    except InvalidInputError:
        return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Prose:
    """Running text, set the way its language is read; usable wherever rich takes a renderable.

    Usage:
        console.print(Prose(text="مرحبا", right_to_left=True))
    """

    text: str
    """The text itself, paragraphs separated by line ends."""

    right_to_left: bool = False
    """Whether the language is written from right to left."""

    style: str = ""
    """Rich style of the whole text."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Wrap, and for right-to-left text align and isolate each line."""
        plain = Text(self.text, style=self.style)
        if not self.right_to_left:
            yield plain
            return
        lines = plain.wrap(console, max(options.max_width, 8))
        for line in lines:
            line.rstrip()
        if not console.is_terminal:  # the text goes to a file or a program: no padding
            yield from lines
            return
        for whole in balanced(line.plain for line in lines):
            yield self._flush_right(whole, options.max_width)

    def _flush_right(self, line: str, width: int) -> Text:
        padding = " " * max(width - cell_len(line), 0)
        marked = padding + RIGHT_TO_LEFT_ISOLATE + line + POP_ISOLATE
        return Text(marked, style=self.style, no_wrap=True, overflow="ignore")
