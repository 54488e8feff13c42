"""The threads' database of one data folder: transcript, checkpoints and the ledger of effects."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import aiosqlite
from anyio.to_thread import run_sync
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from dragoman.agents.checkpoint_serializer import StrictSerializer
from dragoman.agents.outcomes.ratings import Ratings
from dragoman.agents.pictures import Pictures
from dragoman.agents.privacy.vault import Vault
from dragoman.agents.support.deliver import deliver_left
from dragoman.agents.support.handoffs import HandOffs
from dragoman.agents.training.reviews import Reviews
from dragoman.agents.transcript import Transcript
from dragoman.errors import InvalidInputError, ThreadNotFoundError
from dragoman.ownership import Ownership
from dragoman.tools.ledger import Ledger
from dragoman.tools.results import Results


@dataclass(frozen=True, kw_only=True, slots=True)
class Storage:
    """What is kept of threads; needs no engine."""

    transcript: Transcript
    """What was said."""

    ledger: Ledger
    """What was done to the world."""

    results: Results
    """Long results of tools, a part at a time."""

    pictures: Pictures
    """The images that came with questions."""

    reviews: Reviews
    """What people said about finished turns."""

    ratings: Ratings
    """What people thought of answers."""

    hand_offs: HandOffs
    """Conversations that are with a person."""

    vault: Vault
    """The personal data that names stand for."""

    saver: AsyncSqliteSaver
    """Checkpoints of turns in progress."""

    closing: AsyncExitStack
    """What has to be closed."""

    @classmethod
    async def open(cls, home: Path) -> Self:
        """Claim the data folder and open its database.

        Raises:
            DataFolderLockedError: another process owns the folder.
        """
        async with AsyncExitStack() as stack:
            ownership = await run_sync(Ownership, home)
            stack.callback(ownership.release)
            path = ownership.home / "threads.sqlite"
            saving = await _connect(stack, path, synchronous="NORMAL")
            # A row of the ledger must be on the disk before the effect happens, power cut or not.
            recording = await _connect(stack, path, synchronous="FULL")
            # Only plain values are read back: a checkpoint never names code to be run.
            saver = AsyncSqliteSaver(saving, serde=StrictSerializer())
            transcript, ledger = Transcript(recording), Ledger(recording)
            results = Results(recording)
            pictures = Pictures(recording, ownership.home / "images")
            reviews = Reviews(recording)
            vault, ratings = Vault(recording), Ratings(recording)
            hand_offs = HandOffs(recording)
            parts = (
                saver,
                transcript,
                ledger,
                results,
                pictures,
                reviews,
                ratings,
                vault,
                hand_offs,
            )
            for part in parts:
                await part.setup()
            await deliver_left(transcript, hand_offs)
            return cls(
                transcript=transcript,
                ledger=ledger,
                results=results,
                pictures=pictures,
                reviews=reviews,
                ratings=ratings,
                hand_offs=hand_offs,
                vault=vault,
                saver=saver,
                closing=stack.pop_all(),
            )

    async def forget(self, thread: str) -> int:
        """Forget the thread of that key, waiting turns too; the number of turns that it had.

        What its tools did stays in the ledger: that is a record of the world, not of the thread.
        """
        for turn in await self.transcript.turns(thread):
            await self.saver.adelete_thread(checkpoint_id(thread, turn.id))
        await self.results.forget(thread)
        await self.pictures.forget(thread)
        await self.reviews.forget(thread)
        await self.ratings.forget(thread)
        await self.hand_offs.forget(thread)
        await self.vault.forget(thread)
        return await self.transcript.delete(thread)

    async def fork(self, thread: str, target: str, turns: int) -> None:
        """Begin the thread `target` with the first turns of `thread`; both are keys.

        Raises:
            ThreadNotFoundError: `thread` has not that many turns.
            InvalidInputError: `target` exists, or `turns` is below 1.
        """
        if turns < 1:
            raise InvalidInputError("A thread is forked after its first turn or a later one.")
        known = len(await self.transcript.turns(thread))
        if known < turns:
            raise ThreadNotFoundError(
                f"The thread has {known} turns, not {turns}.",
                cure="See them: dragoman threads list (--tenant NAME)",
            )
        if await self.transcript.turns(target):
            raise InvalidInputError(
                "The thread to fork into exists already.", cure="Choose another id."
            )
        await self.transcript.copy(thread, target, turns)
        await self.pictures.copy(thread, target)
        await self.vault.copy(thread, target)

    async def aclose(self) -> None:
        """Close the database and give the folder back."""
        await self.closing.aclose()


def checkpoint_id(thread: str, turn: str) -> str:
    """What the saver knows a turn by: its checkpoints are its own and go when it is over."""
    return f"{thread}#{turn}"


async def _connect(stack: AsyncExitStack, path: Path, *, synchronous: str) -> aiosqlite.Connection:
    # Each statement is its own transaction: one that is cancelled before its commit would keep the
    # database locked for the other connection. For the same reason rows are always fetched at once:
    # a cursor that is open while the other connection writes makes this one's next write fail.
    connection = await stack.enter_async_context(aiosqlite.connect(path, isolation_level=None))
    await connection.execute("PRAGMA journal_mode = WAL")
    await connection.execute(f"PRAGMA synchronous = {synchronous}")
    await connection.execute("PRAGMA busy_timeout = 10000")
    return connection
