"""The threads of a data folder, read without an engine: nothing is downloaded or loaded for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from dragoman.agents.transcript import ThreadSummary, Transcript, Turn
from dragoman.ownership import Ownership

if TYPE_CHECKING:
    from dragoman.settings import Settings

Result = TypeVar("Result")

DATABASE = "threads.sqlite"
"""File name of the threads' database in the data folder."""


def list_threads(settings: Settings) -> list[ThreadSummary]:
    """The tenant's threads, the latest first."""
    return _with_transcript(settings, lambda found: found.threads(settings.tenant), [])


def turns_of(settings: Settings, thread: str) -> list[Turn]:
    """The turns of a thread, oldest first; empty when there is no such thread."""
    return _with_transcript(settings, lambda found: found.turns(_key(settings, thread)), [])


def delete_thread(settings: Settings, thread: str) -> int:
    """Forget a thread; the number of turns that were forgotten."""
    return _with_transcript(settings, lambda found: found.delete(_key(settings, thread)), 0)


def _key(settings: Settings, thread: str) -> str:
    return f"{settings.tenant}/{thread}"


def _with_transcript(
    settings: Settings, work: Callable[[Transcript], Awaitable[Result]], nothing: Result
) -> Result:
    path = settings.home / DATABASE
    if not path.is_file():
        return nothing

    async def run() -> Result:
        import aiosqlite

        async with aiosqlite.connect(path) as connection:
            transcript = Transcript(connection)
            await transcript.setup()
            return await work(transcript)

    with Ownership(settings.home):
        return asyncio.run(run())
