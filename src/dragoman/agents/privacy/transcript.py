"""The transcript of a guarded turn: the last look at what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dragoman.agents.privacy.guard import Guard
from dragoman.agents.transcript import Transcript, Turn, TurnStatus


class MaskedTranscript(Transcript):
    """The transcript of a policy that masks the storage.

    What comes here was masked where it came in; numbers in calls were not, because they must fit
    the tool's schema.
    """

    def __init__(self, inner: Transcript, guard: Guard) -> None:
        """Write into `inner`."""
        self._inner = inner
        self._guard = guard

    async def begin(self, thread: str, turn: str, question: str, *, agent: str = "") -> None:
        """Write down a question, and whom it was put to, before anything is done about it."""
        masked = await self._guard.masked(question)
        await self._inner.begin(thread, turn, masked, agent=agent)

    async def finish(
        self, turn: str, *, answer: str, language: str, record: Mapping[str, Any]
    ) -> None:
        """Write down the answer; doing it again changes nothing."""
        masked = await self._guard.masked(record)
        await self._inner.finish(
            turn, answer=await self._guard.masked(answer), language=language, record=masked
        )

    async def wait(self, turn: str, record: Mapping[str, Any]) -> None:
        """Write down that the turn waits for a person, and for what."""
        await self._inner.wait(turn, await self._guard.masked(record))

    async def mark(self, turn: str, status: TurnStatus) -> None:
        """Write down how the turn stands."""
        await self._inner.mark(turn, status)

    async def turns(self, thread: str) -> list[Turn]:
        """All turns of a thread, masked, also those from before the policy."""
        return await self._guard.masked(await self._inner.turns(thread))


class RevealedTranscript(MaskedTranscript):
    """The transcript of a policy that masks for the model only: restored as it is written."""

    async def begin(self, thread: str, turn: str, question: str, *, agent: str = "") -> None:
        """Write down a question, and whom it was put to, before anything is done about it."""
        await self._inner.begin(thread, turn, self._guard.restored(question), agent=agent)

    async def finish(
        self, turn: str, *, answer: str, language: str, record: Mapping[str, Any]
    ) -> None:
        """Write down the answer; doing it again changes nothing."""
        restored = self._guard.restored(record)
        await self._inner.finish(
            turn, answer=self._guard.restored(answer), language=language, record=restored
        )

    async def wait(self, turn: str, record: Mapping[str, Any]) -> None:
        """Write down that the turn waits for a person, and for what."""
        await self._inner.wait(turn, self._guard.restored(record))
