"""Right-to-left text on a terminal.

A terminal draws cells from left to right. Text of a right-to-left language is therefore set flush
right, and each line is put between isolate marks, so that a terminal that knows the bidirectional
algorithm orders the line by itself and does not let it run into its neighbors.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

RIGHT_TO_LEFT_ISOLATE = "\u2067"
FIRST_STRONG_ISOLATE = "\u2068"
POP_ISOLATE = "\u2069"

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
        for line in plain.wrap(console, max(options.max_width, 8)):
            line.rstrip()
            # Without a terminal the text goes to a file or a program: no padding, no marks.
            yield self._flush_right(line, options.max_width) if console.is_terminal else line

    def _flush_right(self, line: Text, width: int) -> Text:
        padding = " " * max(width - line.cell_len, 0)
        marked = padding + RIGHT_TO_LEFT_ISOLATE + line.plain + POP_ISOLATE
        return Text(marked, style=self.style, no_wrap=True, overflow="ignore")
