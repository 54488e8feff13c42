"""What an assistant opens when it is first used: the engine, the threads' database, the graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import aiosqlite
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from dragoman.agents.graph import AssistantGraph, build_graph
from dragoman.agents.parts import Parts
from dragoman.agents.prompts.preamble import preamble
from dragoman.agents.transcript import Transcript
from dragoman.memory import Memory
from dragoman.models import Engine
from dragoman.ownership import Ownership
from dragoman.settings import Settings
from dragoman.tools.ledger import Ledger
from dragoman.tools.registry import Registry


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """The open resources of one assistant."""

    parts: Parts
    """What the graph's nodes work with."""

    graph: AssistantGraph
    """The compiled graph."""

    saver: AsyncSqliteSaver
    """Checkpoints of turns in progress."""

    ownership: Ownership
    """The claim to the data folder."""

    connections: Sequence[aiosqlite.Connection]
    """Connections to the threads' database."""

    @classmethod
    async def open(
        cls,
        *,
        engine: Engine,
        registry: Registry,
        memory: Memory | None,
        ownership: Ownership,
        settings: Settings,
    ) -> Self:
        """Open the threads' database in the owned folder and build the graph."""
        path = ownership.home / "threads.sqlite"
        saving = await _connect(path, synchronous="NORMAL")
        # A row of the ledger must be on the disk before the effect happens, power cut or not.
        recording = await _connect(path, synchronous="FULL")
        # Only plain values are read back: a checkpoint never names code to be run.
        saver = AsyncSqliteSaver(saving, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        await saver.setup()
        transcript, ledger = Transcript(recording), Ledger(recording)
        await transcript.setup()
        await ledger.setup()
        parts = Parts(
            engine=engine,
            registry=registry,
            memory=memory,
            ledger=ledger,
            transcript=transcript,
            settings=settings,
            preamble=preamble(registry),
        )
        graph = build_graph(max_steps=settings.max_steps, checkpointer=saver)
        return cls(
            parts=parts,
            graph=graph,
            saver=saver,
            ownership=ownership,
            connections=(saving, recording),
        )

    async def aclose(self) -> None:
        """Close everything that `open` opened, and the engine."""
        for connection in self.connections:
            await connection.close()
        await self.parts.engine.aclose()
        self.ownership.release()


async def _connect(path: Path, *, synchronous: str) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(path)
    await connection.execute("PRAGMA journal_mode = WAL")
    await connection.execute(f"PRAGMA synchronous = {synchronous}")
    await connection.execute("PRAGMA busy_timeout = 10000")
    return connection
