"""The staff's inbox: conversations that wait for a person, taken, answered and given back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, TypeVar

from dragoman.agents.checks import check_question
from dragoman.agents.privacy.border import masked_for_storage
from dragoman.agents.privacy.reading import unmasked
from dragoman.agents.storage import Storage
from dragoman.agents.support.deliver import deliver
from dragoman.agents.support.handoff import HandOff
from dragoman.errors import HandOffNotFoundError, HandOffTakenError, InvalidInputError
from dragoman.settings import PrivacySettings

Value = TypeVar("Value")

_LONGEST_NAME = 80


class Inbox:
    """The conversations of one tenant that are with people. Methods may be called from any thread.

    Usage:
        for waiting in assistant.inbox.list():
            assistant.inbox.take(waiting.id, person="Aoki")
            assistant.inbox.reply(waiting.id, "確認いたしました。", person="Aoki")
    """

    def __init__(
        self,
        *,
        tenant: str,
        run: Callable[[Coroutine[Any, Any, Any]], Any],
        opened: Callable[[], Awaitable[Storage]],
        alone: Callable[[str], AbstractAsyncContextManager[None]],
        longest: int,
    ) -> None:
        """Show a tenant's inbox.

        Args:
            tenant: Whose.
            run: Runs a coroutine on the assistant's loop.
            opened: Gives the threads' database.
            alone: Holds a thread, so that no turn goes on in it meanwhile.
            longest: Characters that a reply may have.
        """
        self._tenant = tenant
        self._run = run
        self._opened = opened
        self._alone = alone
        self._longest = longest

    def list(self, *, closed: bool = False) -> tuple[HandOff, ...]:
        """The conversations that are with a person or wait for one, the oldest first.

        Args:
            closed: Whether to list those that went back to the agent, too.
        """
        found: tuple[HandOff, ...] = self._run(self._list(closed))
        return found

    def show(self, id_: str) -> HandOff:
        """One of them, also one that is over.

        Raises:
            HandOffNotFoundError: there is none of that id.
        """
        found: HandOff = self._run(self._show(id_))
        return found

    def take(self, id_: str, *, person: str, by_force: bool = False) -> HandOff:
        """Take one; taking one's own again changes nothing.

        Args:
            id_: Its id.
            person: Who takes it.
            by_force: Whether to take it from somebody else.

        Raises:
            HandOffNotFoundError: there is none of that id.
            HandOffTakenError: somebody else has it, or it is over.
        """
        found: HandOff = self._run(self._take(id_, _name(person), by_force))
        return found

    def reply(self, id_: str, text: str, *, person: str, keep: bool = False) -> HandOff:
        """Answer the customer, word for word; one that is open is taken with it.

        Args:
            id_: Its id.
            text: The answer, in whatever language it is written.
            person: Who answers.
            keep: Whether the conversation stays with the person; else the agent goes on with it.

        Raises:
            HandOffNotFoundError: there is none of that id.
            HandOffTakenError: somebody else has it, or it is over.
            InvalidInputError: the text is empty or too long.
        """
        check_question(text, longest=self._longest)
        found: HandOff = self._run(self._reply(id_, text, _name(person), keep=keep))
        return found

    def close(self, id_: str, *, person: str) -> HandOff:
        """Give a conversation back to the agent without a word.

        Raises:
            HandOffNotFoundError: there is none of that id.
            HandOffTakenError: somebody else has it, or it is over.
        """
        found: HandOff = self._run(self._close(id_, _name(person)))
        return found

    async def _list(self, closed: bool) -> tuple[HandOff, ...]:
        storage = await self._opened()
        found = await storage.hand_offs.all(self._tenant, closed=closed)
        return tuple([await self._shown(storage, one) for one in found])

    async def _show(self, id_: str) -> HandOff:
        storage = await self._opened()
        return await self._shown(storage, await self._get(storage, id_))

    async def _take(self, id_: str, person: str, by_force: bool) -> HandOff:
        storage = await self._opened()
        found = await self._get(storage, id_)
        if not await storage.hand_offs.take(found.id, person, by_force=by_force):
            raise _taken(await self._get(storage, id_))
        return await self._show(id_)

    async def _reply(self, id_: str, text: str, person: str, *, keep: bool) -> HandOff:
        storage = await self._opened()
        found = await self._get(storage, id_)
        async with self._alone(found.thread):
            if not await storage.hand_offs.take(found.id, person):
                raise _taken(await self._get(storage, id_))
            policy = PrivacySettings.model_validate_json(await storage.hand_offs.privacy(found.id))
            kept = await masked_for_storage(storage, found.thread, policy, text)
            turn = await storage.hand_offs.say(found.id, person, kept)
            if not turn:
                raise _taken(await self._get(storage, id_))
            await deliver(storage.transcript, storage.hand_offs, found.thread, turn)
            if not keep:
                await storage.hand_offs.close(found.id, person)
        return await self._show(id_)

    async def _close(self, id_: str, person: str) -> HandOff:
        storage = await self._opened()
        found = await self._get(storage, id_)
        async with self._alone(found.thread):
            if not await storage.hand_offs.take(found.id, person):
                raise _taken(await self._get(storage, id_))
            await storage.hand_offs.close(found.id, person)
        return await self._show(id_)

    async def _get(self, storage: Storage, id_: str) -> HandOff:
        found = await storage.hand_offs.get(self._tenant, id_)
        if found is None:
            raise HandOffNotFoundError(
                f"Nothing in the inbox has the id {id_!r:.40}.",
                cure="See them all: Assistant.inbox.list(closed=True), of the same tenant.",
            )
        return found

    async def _shown(self, storage: Storage, found: HandOff) -> HandOff:
        """As people read it: with the data in the place of masks, and the thread's own id."""
        read = await unmasked(storage.vault, found.thread, found)
        return replace(read, thread=found.thread.removeprefix(f"{self._tenant}/"))


def _name(person: str) -> str:
    name = " ".join(person.split())
    if not name or len(name) > _LONGEST_NAME:
        raise InvalidInputError(
            f"Who are you? A name has 1 to {_LONGEST_NAME} characters.", cure="Say who answers."
        )
    return name


def _taken(found: HandOff) -> HandOffTakenError:
    if found.status == "closed":
        return HandOffTakenError(
            f"The conversation {found.id} went back to the agent at {found.closed_at[:16]} UTC.",
            cure="Its thread shows how it goes on.",
        )
    return HandOffTakenError(
        f"{found.person} has the conversation {found.id} since {found.taken_at[:16]} UTC.",
        cure="Leave it to them, or take it over: Assistant.inbox.take(…, by_force=True).",
    )
