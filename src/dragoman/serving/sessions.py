"""An assistant with its memory, opened for one command and closed however the command ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dragoman.serving.bars import DownloadBar

if TYPE_CHECKING:
    from dragoman.agents.assistant import Assistant
    from dragoman.memory import Memory
    from dragoman.settings import Settings


@contextmanager
def open_memory(settings: Settings) -> Iterator[Memory]:
    """The tenant's memory."""
    from dragoman.memory import Memory

    with Memory(
        tenant=settings.tenant, home=settings.home, embedder=settings.embedder, settings=settings
    ) as memory:
        yield memory


@contextmanager
def open_assistant(settings: Settings, *, memory: Memory | None = None) -> Iterator[Assistant]:
    """An assistant on the tenant's memory, or on `memory`, which then stays open."""
    from dragoman.agents.assistant import Assistant

    with DownloadBar() as progress:
        if memory is not None:
            with Assistant(
                engine=settings.engine, memory=memory, settings=settings, progress=progress
            ) as assistant:
                yield assistant
            return
        with (
            open_memory(settings) as own,
            Assistant(
                engine=settings.engine, memory=own, settings=settings, progress=progress
            ) as assistant,
        ):
            yield assistant
