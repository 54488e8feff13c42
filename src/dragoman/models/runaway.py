"""Stop a reply that goes round in circles, or a thought that finds no end.

Small models do both: the 0.8B is known for endless thinking, and a greedy decoder that has repeated
a sentence three times repeats it until the context is full.
"""

from __future__ import annotations

from dragoman.errors import EngineRunawayError

_WINDOW = 1200
_CHECK_EVERY = 40
_LONGEST_UNIT = 200
_LEAST_REPEATS = 6
_LEAST_LENGTH = 300


class RunawayWatch:
    """Watches one reply while it streams.

    A reply is endless when its last `_LEAST_LENGTH` characters or more are one unit of at most
    `_LONGEST_UNIT` characters, `_LEAST_REPEATS` times or more. A ruled line or a table's border
    stays far below that.

    Usage:
        watch = RunawayWatch(thinking_tokens=2048)
        watch.saw("text")           # some text came
        watch.saw("", thought="so") # one token of thinking came
    """

    def __init__(self, *, thinking_tokens: int) -> None:
        """Allow `thinking_tokens` pieces of thinking."""
        self._thinking_left = self._thinking_tokens = thinking_tokens
        self._tail = ""
        self._unchecked = 0

    def saw(self, text: str, *, thought: str = "") -> None:
        """One piece of the reply came: some text, or some thinking.

        Raises:
            EngineRunawayError: the reply has been repeating itself, or the thinking has gone on
                for too long.
        """
        if thought:
            self._thinking_left -= 1
        if self._thinking_left < 0:
            raise EngineRunawayError(
                f"The model was stopped after {self._thinking_tokens} tokens of thinking.",
                cure="Ask with thinking off, or take a larger model.",
            )
        self._tail = (self._tail + thought + text)[-_WINDOW:]
        self._unchecked += len(thought) + len(text)
        if self._unchecked < _CHECK_EVERY:
            return
        self._unchecked = 0
        unit = repeated_unit(self._tail)
        if unit:
            raise EngineRunawayError(
                f"The model was stopped because it kept repeating {unit[:40]!r}.",
                cure="Ask again in other words, or take a larger model.",
            )


def repeated_unit(text: str) -> str:
    """The unit that the end of `text` repeats endlessly, empty when there is none."""
    for size in range(1, _LONGEST_UNIT + 1):
        length = max(_LEAST_LENGTH, _LEAST_REPEATS * size)
        if length > len(text):
            break
        # The end has period `size` exactly when it equals itself shifted by `size`.
        end = text[-length:]
        if end[size:] == end[:-size]:
            return end[-size:]
    return ""
