"""An assistant with its memory, opened for one command and closed however the command ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from dragoman.serving import render
from dragoman.serving.bars import DownloadBar

if TYPE_CHECKING:
    from dragoman.agents.assistant import Assistant
    from dragoman.agents.spec import AgentSpec
    from dragoman.memory import Memory
    from dragoman.memory.reading import ImageReader
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
def open_assistant(
    settings: Settings, *, memory: Memory | None = None, spec: AgentSpec | None = None
) -> Iterator[Assistant]:
    """An assistant on the tenant's memory, or on `memory`, which then stays open.

    Its engine is connected, and was fetched if it had to be, before the first question.
    """
    from dragoman.agents.assistant import Assistant

    with (
        nullcontext(memory) if memory is not None else open_memory(settings) as documents,
        DownloadBar() as progress,
        Assistant(
            engine=settings.engine,
            memory=documents if spec is None or spec.documents else None,
            settings=settings,
            progress=progress,
            spec=spec,
        ) as assistant,
    ):
        engine = assistant.engine()
        progress.stop()
        if engine.reason:  # nobody named an engine: say once which one it is
            render.notices().print(engine.reason, style="dim")
        yield assistant


@contextmanager
def image_reader(settings: Settings) -> Iterator[ImageReader]:
    """What reads images for an ingest: the engine, which is closed afterwards.

    Raises:
        UnsupportedFeatureError: the engine has no vision.
    """
    from dragoman.models import blocking
    from dragoman.models.connect import connect
    from dragoman.models.images import describe_image, require_vision

    engine = blocking.run(lambda: connect(settings.engine, settings))

    async def described(data: bytes) -> str:
        with engine.turn(tenant=settings.tenant):
            return await describe_image(engine, data)

    try:
        require_vision(engine)
        render.notices().print(f"Images are read by {engine.spec}. {engine.reason}", style="dim")
        yield lambda data: blocking.run(lambda: described(data))
    finally:
        blocking.run(engine.aclose)
