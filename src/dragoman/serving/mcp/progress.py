"""What happens during a turn, told as progress notifications."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from dragoman.agents.events import Event

Report = Callable[[float, float | None, str | None], Awaitable[None]]

_PIECE = 40  # characters; a notification for every token would cost more than the token


class Narrator:
    """Tells a turn's events to whoever asked for progress.

    Steps are told in square brackets, such as ``[4 passages]``; what is written is told as it is,
    in pieces that put together are the draft. A draft that failed a check is told as ``[rewrite]``:
    then the pieces so far are void. The result holds the checked text in any case.
    """

    def __init__(self, report: Report) -> None:
        """Tell `report`: a count that only grows, no total, and the words."""
        self._report = report
        self._told = 0
        self._piece = ""

    async def tell(self, event: Event) -> None:
        """Tell one event."""
        if event.type == "token":
            self._piece += event.text
            if len(self._piece) >= _PIECE:
                await self._say_piece()
            return
        if self._piece:
            await self._say_piece()
        if step := _step(event):
            await self._say(f"[{step}]")

    async def _say_piece(self) -> None:
        piece, self._piece = self._piece, ""
        await self._say(piece)

    async def _say(self, words: str) -> None:
        self._told += 1
        await self._report(float(self._told), None, words)


def _step(event: Event) -> str:
    if event.type == "language":
        return f"language {event.detection.tag}"
    if event.type == "passages":
        return f"{len(event.passages)} passages"
    if event.type == "tool_start":
        return event.call.tool
    return "rewrite" if event.type == "rewrite" else ""
