"""What is kept of a tenant's threads: read, decided about and deleted without any engine."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from dragoman.agents.checks import check_thread
from dragoman.agents.loop import Result
from dragoman.agents.outcomes.count import Outcomes, Period, count
from dragoman.agents.outcomes.ratings import rated
from dragoman.agents.privacy.reading import unmasked
from dragoman.agents.result import PendingApproval
from dragoman.agents.storage import Storage
from dragoman.agents.support.inbox import Inbox
from dragoman.agents.thread_export import ThreadExport, gather
from dragoman.agents.training.review import review_turn
from dragoman.agents.training.reviews import Correction, TurnReview, Verdict
from dragoman.agents.transcript import Exchange, ThreadSummary, Turn
from dragoman.agents.waiting import pending
from dragoman.agents.workplace import Workplace
from dragoman.closing import Closing
from dragoman.errors import InvalidInputError
from dragoman.memory.tenancy import validate_tenant
from dragoman.settings import Settings
from dragoman.tools.ledger import Effect


class Records(Closing):
    """The threads, approvals and effects of one tenant in one data folder.

    Methods may be called from any thread. Nothing is opened before the first call.
    """

    def __init__(
        self,
        *,
        tenant: str,
        home: Path,
        settings: Settings,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """Describe the records.

        Args:
            tenant: Whose threads.
            home: Data folder.
            settings: Limits and defaults.
            now: Source of the present moment, aware of its zone; the machine's clock by default.

        Raises:
            InvalidTenantError: the tenant is not a plain identifier.
        """
        self.tenant = validate_tenant(tenant)
        self.home = home
        self.settings = settings
        self._now = now or _system_now
        self._workplace: Workplace | None = None
        self._entering = threading.Lock()

    @property
    def inbox(self) -> Inbox:
        """The tenant's conversations that are with people."""
        return Inbox(
            tenant=self.tenant,
            run=self._run,
            opened=self._opened,
            alone=lambda key: self._entered().alone(key),
            longest=self.settings.question_characters,
        )

    def unfinished(self, thread: str) -> Turn | None:
        """The turn of a thread that a killed process left in its middle; ``None`` if there is none.

        `Assistant.resume` goes on with it; asking the thread something else gives it up.
        """
        turns = self.turns(thread)
        return turns[-1] if turns and turns[-1].status == "running" else None

    def approvals(self) -> list[PendingApproval]:
        """The tenant's turns that wait for a person, the oldest first."""
        return self._run(self._approvals())

    def unknown_effects(self) -> list[Effect]:
        """Effects of the tenant that were begun and of which nobody knows whether they happened.

        A call that is running at this moment is among them.
        """
        return self._run(self._unknown_effects())

    def settle(self, key: str, *, happened: bool, note: str) -> Effect:
        """Write down what a person found out about an effect of `unknown_effects`.

        A turn that is resumed reads `note` in place of a result; nothing is run again.

        Raises:
            EffectNotFoundError: no such effect, or its outcome is known.
        """
        return self._run(self._settle(key, happened=happened, note=note))

    def fork(self, thread: str, *, turns: int, into: str | None = None) -> str:
        """Begin a new thread with the first turns of another, which stays as it is.

        Args:
            thread: The thread to go back in.
            turns: How many of its turns the new one begins with.
            into: Id of the new thread; made up when not given.

        Returns:
            Id of the new thread.

        Raises:
            ThreadNotFoundError: no such thread, or it has fewer turns.
            InvalidInputError: `into` exists or is no thread id, or `turns` is below 1.
        """
        return self._run(self._fork(thread, turns, into or uuid.uuid4().hex))

    def begin_with(self, thread: str, exchanges: Sequence[Exchange]) -> None:
        """Begin a new thread with what was said elsewhere, for example in a client's own record.

        Nobody here knows what those answers were made from, so they count as outside text.

        Raises:
            InvalidInputError: the thread exists, or the id is none.
        """
        self._run(self._begin_with(thread, exchanges))

    def export(self, thread: str) -> ThreadExport:
        """A thread with everything that is kept of it, as it is kept: masked where it was masked.

        Raises:
            ThreadNotFoundError: no such thread.
        """
        return self._run(self._export(thread))

    def review(
        self, thread: str, *, turn: int, verdict: Verdict, correction: Correction | None = None
    ) -> None:
        """Write down what a person says about a finished turn; a later word takes its place.

        Args:
            thread: The thread.
            turn: Number of the turn in it, from 1.
            verdict: Whether a model may learn from it.
            correction: How it should have been; belongs to ``corrected``.

        Raises:
            ThreadNotFoundError: no such thread, or it has no such turn.
            InvalidInputError: the turn has no answer yet, the correction is missing or of no use,
                or it has a call whose result nobody knows.
        """
        self._run(review_turn(self._opened(), self._key(thread), turn, verdict, correction))

    def reviews(self, thread: str) -> dict[str, TurnReview]:
        """What people said about the turns of a thread, by turn id."""
        return self._run(self._reviews(thread))

    def rate(self, thread: str, *, score: int, turn: int | None = None) -> None:
        """Write down what a person thought of an answer; a later score takes its place.

        Args:
            thread: The thread.
            score: 1 (bad) to 5 (good); a thumb down is 1, a thumb up 5.
            turn: Number of the turn in it, from 1; its latest answer when not given.

        Raises:
            ThreadNotFoundError: no such thread, or it has no such turn.
            InvalidInputError: the score is out of range, or the turn has no answer.
        """
        self._run(self._rate(thread, score, turn))

    def outcomes(
        self, *, by: Period = "all", since: date | None = None, until: date | None = None
    ) -> list[Outcomes]:
        """How the tenant's turns ended and were rated, by period, agent and language.

        Args:
            by: ``all``, ``month``, ``week`` or ``day``.
            since: First day that counts (UTC).
            until: Last day that counts (UTC).
        """
        return self._run(self._outcomes(by, since, until))

    def threads(self) -> list[ThreadSummary]:
        """The tenant's threads, the latest first."""
        return self._run(self._threads_list())

    def turns(self, thread: str) -> list[Turn]:
        """The turns of a thread, oldest first; empty for an unknown thread.

        For people: what was masked stands there as it was. `export` gives it masked.
        """
        return self._run(self._turns(thread))

    def delete_thread(self, thread: str) -> int:
        """Forget a thread; the number of turns that were forgotten."""
        return self._run(self._delete(thread))

    def close(self) -> None:
        """Give the database back. Safe to call twice."""
        with self._entering:
            workplace, self._workplace = self._workplace, None
        if workplace is not None:
            try:
                workplace.loop.run(self._aclose())
            finally:
                workplace.leave()

    def _entered(self) -> Workplace:
        with self._entering:
            if self._workplace is None:
                self._workplace = Workplace.enter(self.home)
            return self._workplace

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._entered().loop.run(work)

    async def _arun(self, work: Coroutine[Any, Any, Result]) -> Result:
        return await self._entered().loop.arun(work)

    async def _aclose(self) -> None:
        """Close what a subclass opened on the loop."""

    async def _opened(self) -> Storage:
        return await self._entered().storage()

    async def _approvals(self) -> list[PendingApproval]:
        storage = await self._opened()
        return [
            pending(
                await unmasked(storage.vault, key, turn),
                thread=key.removeprefix(f"{self.tenant}/"),
                settings=self.settings,
                now=self._now(),
            )
            for key, turn in await storage.transcript.waiting(self.tenant)
        ]

    async def _unknown_effects(self) -> list[Effect]:
        storage = await self._opened()
        return [
            await unmasked(storage.vault, f"{self.tenant}/{effect.thread}", effect)
            for effect in await storage.ledger.unknown(f"{self.tenant}/")
        ]

    async def _settle(self, key: str, *, happened: bool, note: str) -> Effect:
        ledger = (await self._opened()).ledger
        return await ledger.settle(f"{self.tenant}/", key, happened=happened, note=note)

    async def _fork(self, thread: str, turns: int, into: str) -> str:
        storage = await self._opened()
        await storage.fork(self._key(thread), self._key(into), turns)
        return into

    async def _begin_with(self, thread: str, exchanges: Sequence[Exchange]) -> None:
        transcript, key = (await self._opened()).transcript, self._key(thread)
        if await transcript.turns(key):
            raise InvalidInputError(f"The thread {thread!r} exists.", cure="Choose another id.")
        await transcript.begin_with(key, exchanges, {"taint": ["a conversation held elsewhere"]})

    async def _export(self, thread: str) -> ThreadExport:
        return await gather(await self._opened(), tenant=self.tenant, thread=check_thread(thread))

    async def _reviews(self, thread: str) -> dict[str, TurnReview]:
        return await (await self._opened()).reviews.of(self._key(thread))

    async def _rate(self, thread: str, score: int, number: int | None) -> None:
        storage, key = await self._opened(), self._key(thread)
        turns = await storage.transcript.turns(key)
        turn = rated(turns, thread=thread, number=number, score=score)
        await storage.ratings.put(key, turn.id, score)

    async def _outcomes(self, by: Period, since: date | None, until: date | None) -> list[Outcomes]:
        return await count(await self._opened(), self.tenant, by=by, since=since, until=until)

    async def _threads_list(self) -> list[ThreadSummary]:
        storage = await self._opened()
        return [
            await unmasked(storage.vault, f"{self.tenant}/{thread.id}", thread)
            for thread in await storage.transcript.threads(self.tenant)
        ]

    async def _turns(self, thread: str) -> list[Turn]:
        storage, key = await self._opened(), self._key(thread)
        return await unmasked(storage.vault, key, await storage.transcript.turns(key))

    async def _delete(self, thread: str) -> int:
        return await (await self._opened()).forget(self._key(thread))

    def _key(self, thread: str) -> str:
        return f"{self.tenant}/{check_thread(thread)}"


def _system_now() -> datetime:
    return datetime.now(UTC)
